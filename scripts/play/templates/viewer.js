// A viewer's arrow to drag; predicted stars are middle + p · q.
function start(root, data) {
  const SVG = "http://www.w3.org/2000/svg";
  const { size, reach, middle, axes, colours } = data;
  const half = size / 2, scale = (size / 2 - 12) / reach;
  let viewer = [...data.start];

  const make = (name, attributes, parent) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    parent.append(node);
    return node;
  };
  const at = ([x, y]) => [half + scale * x, half - scale * y];
  const write = (text, x, y, more) => {
    const node = make("text", { x, y, ...more }, picture);
    node.textContent = text;
    return node;
  };
  // An arrow is a line with a triangle at its tip.
  const draw = (arrow, place, headed) => {
    const [x, y] = at(place), length = Math.hypot(x - half, y - half) || 1;
    const u = (x - half) / length, v = (y - half) / length, h = Math.min(headed, length);
    arrow.setAttribute("d", `M${half} ${half}L${x - h * u} ${y - h * v}` +
      `M${x} ${y}L${x - h * u + 0.5 * h * v} ${y - h * v - 0.5 * h * u}` +
      `L${x - h * u - 0.5 * h * v} ${y - h * v + 0.5 * h * u}Z`);
  };

  const picture = root.querySelector("svg");
  picture.replaceChildren();
  make("path", { class: "axis", d: `M8 ${half}H${size - 8}M${half} 8V${size - 8}` }, picture);
  write(`${axes[0]} →`, size - 10, half + 18, { "text-anchor": "end", opacity: 0.75 });
  write(`↑ ${axes[1]}`, half + 8, 18, { opacity: 0.75 });
  for (const [title, ...place] of data.movies) {
    const look = { stroke: colours.grey, fill: colours.grey, "stroke-width": 2 };
    draw(make("path", look, picture), place, 9);
    const [x, y] = at(place), length = Math.hypot(x - half, y - half) || 1;
    const u = (x - half) / length, v = (y - half) / length;
    const anchor = u < -0.75 ? "end" : u > 0.75 ? "start" : "middle";
    write(title, x + 7 * u, y + 4 + 15 * v, { "text-anchor": anchor });
  }
  const red = { stroke: colours.vermilion, fill: colours.vermilion };
  const arrow = make("path", { ...red, "stroke-width": 4 }, picture);
  const handle = make("circle", { r: 13, ...red, "fill-opacity": 0.25, "stroke-width": 2 }, picture);
  picture.setAttribute("tabindex", "0");
  picture.setAttribute("role", "application");
  picture.setAttribute("aria-label",
    "The viewer's arrow. Move it with the arrow keys; with Shift it moves farther.");
  picture.style.cursor = "grab";

  const rows = [...root.querySelectorAll("tbody tr")];
  rows.forEach((row) => {
    row.lastElementChild.setAttribute("style", "white-space:nowrap");
  });
  const caption = root.querySelector("caption");
  caption.setAttribute("aria-live", "polite");
  const hint = document.createElement("p");
  hint.className = "quiet";
  hint.textContent = "Drag the orange arrow, or click on the picture and use the arrow keys.";
  root.querySelector(".numbers").append(hint);
  const fixed = (number) => number.toFixed(2).replace(/^-0\.00$/, "0.00");

  const show = () => {
    draw(arrow, viewer, 16);
    const [x, y] = at(viewer);
    handle.setAttribute("cx", x);
    handle.setAttribute("cy", y);
    const stars = data.movies.map(([, a, b]) => middle + (viewer[0] * a + viewer[1] * b));
    const most = Math.max(...stars);
    rows.forEach((row, i) => {
      row.classList.toggle("chosen", stars[i] === most);
      const cell = row.lastElementChild;
      cell.dataset.stars = stars[i];
      const whole = Math.max(0, Math.min(5, Math.round(stars[i])));
      cell.textContent = `${fixed(stars[i])} `;
      const drawn = document.createElement("span");
      drawn.className = "stars";
      drawn.setAttribute("aria-hidden", "true");
      drawn.textContent = "★".repeat(whole) + "☆".repeat(5 - whole);
      cell.append(drawn);
    });
    caption.textContent = `The viewer: ${fixed(viewer[0])} ${axes[0]}, ${fixed(viewer[1])} ${axes[1]}`;
  };
  const moveTo = (place) => {
    viewer = place.map((p) => Math.max(-reach, Math.min(reach, p)));
    show();
  };
  const moveToPointer = (event) => {
    const box = picture.getBoundingClientRect(), zoom = size / box.width;
    moveTo([((event.clientX - box.left) * zoom - half) / scale,
      (half - (event.clientY - box.top) * zoom) / scale]);
  };
  picture.addEventListener("pointerdown", (event) => {
    picture.setPointerCapture(event.pointerId);
    picture.focus({ preventScroll: true });
    moveToPointer(event);
    event.preventDefault();
  });
  picture.addEventListener("pointermove", (event) => {
    if (picture.hasPointerCapture(event.pointerId)) moveToPointer(event);
  });
  const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  picture.addEventListener("keydown", (event) => {
    const step = KEYS[event.key];
    if (!step) return;
    const far = event.shiftKey ? 0.25 : 0.05;
    moveTo(viewer.map((p, i) => Math.round((p + far * step[i]) * 1e6) / 1e6));
    event.preventDefault();
    event.stopPropagation();
  });
  show();
}
