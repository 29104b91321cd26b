// A map of movies. The places of the dots are those of the static picture's paths.
function start(root, data) {
  const { width, height, groups, genres } = data;
  const still = root.querySelector("svg");
  const places = [...still.querySelectorAll("path")].flatMap((path) =>
    (path.getAttribute("d").match(/M-?\d+ -?\d+/g) || []).map((dot) => dot.slice(1).split(" ").map(Number)));
  const movies = data.movies.map(([title, year, those, ratings], i) => ({
    title, year, ratings, genres: those, x: places[i][0], y: places[i][1],
    group: Number(data.group[i]), plain: plain(title),
  }));
  const byFame = [...movies].sort((a, b) => b.ratings - a.ratings);
  const view = { x: width / 2, y: height / 2, zoom: 1 };
  let hovered = null, chosen = null, genre = null, hits = new Set();

  function plain(text) {
    return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }
  const element = (tag, attributes = {}, text = "") => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  };
  const label = (movie) => movie.title + (movie.year === null ? "" : ` (${movie.year})`);
  const about = (movie) =>
    `${movie.genres.map((i) => genres[i]).join(", ") || "no genre listed"} · ` +
    `${movie.ratings.toLocaleString("en")} rating${movie.ratings === 1 ? "" : "s"}`;

  // The controls.
  const bar = element("div", { class: "bar" });
  const search = element("input", { type: "search", placeholder: "Search a title", "aria-label": "Search a title" });
  const buttons = [["+", "Zoom in", () => zoomBy(1.5)], ["−", "Zoom out", () => zoomBy(1 / 1.5)],
    ["Whole map", "Show the whole map", () => look(width / 2, height / 2, 1)]].map(([sign, name, act]) => {
    const button = element("button", { type: "button", "aria-label": name, title: name }, sign);
    button.addEventListener("click", act);
    return button;
  });
  bar.append(search, ...buttons);
  const chips = element("div", { class: "bar", role: "group", "aria-label": "Genres to show" });
  const chipOf = genres.map((name, i) => {
    const chip = element("button", { type: "button", "aria-pressed": "false" });
    const group = groups.findIndex(([g]) => g === name);
    if (group >= 0) chip.append(swatch(group));
    chip.append(name);
    chip.addEventListener("click", () => {
      genre = genre === i ? null : i;
      chipOf.forEach((other, j) => other.setAttribute("aria-pressed", String(genre === j)));
      draw();
    });
    chips.append(chip);
    return chip;
  });
  const list = element("ul", { class: "hits" });
  const frame = element("div", { class: "frame" });
  const canvas = element("canvas", { tabindex: "0", role: "application",
    "aria-label": `Map of ${movies.length} movies. Arrow keys move it, plus and minus zoom, 0 shows all, ` +
      "Enter chooses the movie nearest to the middle. The search field finds a movie by its title." });
  const tip = element("div", { class: "tip", hidden: "" });
  frame.append(canvas, tip);
  const details = element("div", { "aria-live": "polite" });
  root.querySelector(".static").remove();
  still.replaceWith(bar, chips, list, frame, details);

  // Markers differ in shape as well as in colour.
  function shape(pen, kind, x, y, r) {
    const polygon = (corners, turn, size = r) => {
      for (let i = 0; i < corners; i += 1) {
        const angle = turn + 2 * Math.PI * i / corners;
        pen[i ? "lineTo" : "moveTo"](x + size * Math.sin(angle), y - size * Math.cos(angle));
      }
      pen.closePath();
    };
    pen.beginPath();
    if (kind === 0) pen.arc(x, y, r, 0, 7);
    else if (kind === 1) polygon(4, Math.PI / 4, r * 1.2);
    else if (kind === 2) polygon(3, 0, r * 1.25);
    else if (kind === 3) polygon(4, 0, r * 1.25);
    else if (kind === 4) polygon(3, Math.PI, r * 1.25);
    else if (kind === 5) polygon(5, 0, r * 1.15);
    else pen.arc(x, y, r * 0.75, 0, 7);
  }
  function swatch(group) {
    const kind = group === groups.length - 1 ? 6 : group;
    const picture = element("canvas", { width: 28, height: 28, "aria-hidden": "true",
      style: "display:inline-block;width:14px;height:14px;vertical-align:-2px;margin-right:4px" });
    const pen = picture.getContext("2d");
    pen.fillStyle = groups[group][1];
    shape(pen, kind, 14, 14, 10);
    pen.fill();
    return picture;
  }

  const pen = canvas.getContext("2d");
  let scale = 1, across = 0, down = 0;  // pixels per unit of the plane, and the canvas
  const screen = (movie) => [
    across / 2 + (movie.x - view.x) * scale * view.zoom,
    down / 2 + (movie.y - view.y) * scale * view.zoom];
  const inView = ([x, y]) => x > -9 && y > -9 && x < across + 9 && y < down + 9;
  const fits = (movie) => genre === null || movie.genres.includes(genre);

  function draw() {
    const sharp = window.devicePixelRatio || 1, ink = getComputedStyle(root).color;
    across = frame.clientWidth || 800;
    down = Math.round(across * Math.min(height / width, 0.72));
    scale = Math.min(across / width, down / height);
    if (canvas.width !== Math.round(across * sharp)) {
      canvas.width = Math.round(across * sharp);
      canvas.height = Math.round(down * sharp);
      canvas.style.width = `${across}px`;
      canvas.style.height = `${down}px`;
    }
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, across, down);
    const radius = Math.min(9, 4.2 * view.zoom ** 0.35);
    for (const clear of [false, true]) {
      for (const movie of movies) {
        const at = screen(movie);
        if (fits(movie) !== clear || !inView(at)) continue;
        pen.globalAlpha = clear ? 0.8 : 0.12;
        pen.fillStyle = groups[movie.group][1];
        shape(pen, movie.group === groups.length - 1 ? 6 : movie.group, ...at, radius);
        pen.fill();
      }
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = pen.fillStyle = ink;
    pen.lineWidth = 2;
    const ringed = [...hits, chosen, hovered].filter((movie) => movie !== null);
    for (const movie of ringed) {
      shape(pen, 0, ...screen(movie), radius + (movie === chosen ? 5 : 3));
      pen.stroke();
    }
    titles(ringed, radius);
  }

  // Titles of the chosen and of the best-known movies, as far as there is room.
  function titles(ringed, radius) {
    pen.font = "12px sans-serif";
    pen.textBaseline = "middle";
    pen.strokeStyle = paper();
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    const taken = [];
    for (const movie of [...ringed.reverse(), ...byFame.filter(fits)]) {
      if (taken.length >= 22) break;
      const [x, y] = screen(movie);
      if (!inView([x, y])) continue;
      const long = pen.measureText(movie.title).width;
      const left = x + radius + 5 + long > across ? x - radius - 5 - long : x + radius + 5;
      const box = [left - 3, y - 9, left + long + 3, y + 9];
      if (taken.some((o) => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3])) continue;
      taken.push(box);
      pen.globalAlpha = 0.75;
      pen.strokeText(movie.title, left, y);
      pen.globalAlpha = 1;
      pen.fillText(movie.title, left, y);
    }
  }

  // What the page behind the map is painted with.
  function paper() {
    for (let node = root; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (colour && !/, 0\)$|transparent/.test(colour)) return colour;
    }
    return "white";
  }

  function look(x, y, zoom) {
    view.zoom = Math.max(1, Math.min(40, zoom));
    view.x = Math.max(0, Math.min(width, x));
    view.y = Math.max(0, Math.min(height, y));
    draw();
  }
  const zoomBy = (factor) => look(view.x, view.y, view.zoom * factor);

  function choose(movie, moved) {
    chosen = movie;
    const title = element("strong", {}, label(movie));
    const near = movies.filter((other) => other !== movie).map((other) =>
      [(other.x - movie.x) ** 2 + (other.y - movie.y) ** 2, other]).sort((a, b) => a[0] - b[0]).slice(0, 5);
    const row = element("ul", { class: "hits", "aria-label": "Nearest on the map" });
    row.append(...near.map(([, other]) => asButton(other)));
    const text = element("p", { style: "margin:6px 0" });
    text.append(title, ` · ${about(movie)}. Nearest on the map:`);
    details.replaceChildren(text, row);
    if (moved) look(movie.x, movie.y, Math.max(view.zoom, 3));
    else draw();
  }
  function asButton(movie) {
    const item = element("li"), button = element("button", { type: "button" }, label(movie));
    button.addEventListener("click", () => choose(movie, true));
    item.append(button);
    return item;
  }

  search.addEventListener("input", () => {
    const words = plain(search.value).trim();
    const found = words ? byFame.filter((movie) => movie.plain.includes(words)) : [];
    hits = new Set(found);
    list.replaceChildren(...found.slice(0, 8).map(asButton));
    if (words && !found.length) list.append(element("li", {}, "No title on this map has these letters."));
    if (found.length > 8) list.append(element("li", {}, `and ${found.length - 8} more`));
    draw();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && list.querySelector("button")) list.querySelector("button").click();
    if (event.key === "Escape") { search.value = ""; search.dispatchEvent(new Event("input")); }
    event.stopPropagation();
  });

  const pointer = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const nearest = ([x, y], within) => {
    let best = null, least = within ** 2;
    for (const movie of movies) {
      if (!fits(movie)) continue;
      const [a, b] = screen(movie), gap = (a - x) ** 2 + (b - y) ** 2;
      if (gap < least) [best, least] = [movie, gap];
    }
    return best;
  };
  function hover(movie) {
    if (movie === hovered) return;
    hovered = movie;
    tip.hidden = movie === null;
    if (movie !== null) {
      const [x, y] = screen(movie);
      tip.replaceChildren(element("strong", {}, label(movie)), element("br"), about(movie));
      tip.style.left = `${Math.max(0, Math.min(x + 12, across - 262))}px`;
      tip.style.top = `${y + 14}px`;
    }
    draw();
  }
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    held = { at: pointer(event), x: view.x, y: view.y, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = pointer(event);
    if (held === null) { hover(nearest([x, y], 14)); return; }
    const [dx, dy] = [x - held.at[0], y - held.at[1]];
    if (Math.hypot(dx, dy) > 4) held.moved = true;
    if (held.moved) {
      hover(null);
      look(held.x - dx / (scale * view.zoom), held.y - dy / (scale * view.zoom), view.zoom);
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    const movie = held !== null && !held.moved ? nearest(pointer(event), 14) : null;
    held = null;
    if (movie !== null) choose(movie, false);
  });
  canvas.addEventListener("pointerleave", () => hover(null));
  canvas.addEventListener("wheel", (event) => {
    // Until the map is clicked on, the wheel belongs to the page.
    if (document.activeElement !== canvas && !event.ctrlKey) return;
    event.preventDefault();
    const [x, y] = pointer(event), before = scale * view.zoom;
    const zoom = Math.max(1, Math.min(40, view.zoom * 1.0015 ** -event.deltaY));
    const after = scale * zoom, dx = x - across / 2, dy = y - down / 2;
    look(view.x + dx / before - dx / after, view.y + dy / before - dy / after, zoom);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = 60 / (scale * view.zoom);
    const acts = {
      ArrowLeft: () => look(view.x - step, view.y, view.zoom),
      ArrowRight: () => look(view.x + step, view.y, view.zoom),
      ArrowUp: () => look(view.x, view.y - step, view.zoom),
      ArrowDown: () => look(view.x, view.y + step, view.zoom),
      "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5),
      0: () => look(width / 2, height / 2, 1),
      Enter: () => { const movie = nearest([across / 2, down / 2], 1e4); if (movie) choose(movie, false); },
    };
    if (!acts[event.key] || event.ctrlKey || event.metaKey) return;
    acts[event.key]();
    event.preventDefault();
    event.stopPropagation();
  });

  details.append(element("p", { class: "quiet" },
    "Point at a movie, click on it, or search for it. Drag to move; once you have clicked on the map, " +
    "the wheel zooms. Keys: arrows, +, −, 0 and Enter."));
  new ResizeObserver(draw).observe(frame);
  // The titles take the colour of the text, which changes with the theme.
  const themes = new MutationObserver(draw);
  for (const node of [document.documentElement, document.body]) themes.observe(node, { attributes: true });
  draw();
}
