// A date to drag along a time line of ratings; each bar is cut in three.
function start(root, data) {
  const SVG = "http://www.w3.org/2000/svg";
  const { bars, known, cold, at, rows, ends, colours } = data;
  const WIDTH = 640, HEIGHT = 250, LEFT = 10, RIGHT = 10, TOP = 34, BOTTOM = 26;
  const inner = WIDTH - LEFT - RIGHT, floor = HEIGHT - BOTTOM;
  const x = (part) => LEFT + part * inner;
  const tall = (n) => n / Math.max(...bars) * (floor - TOP);

  const make = (tag, attributes, parent, text = "") => {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    parent.append(node);
    return node;
  };
  const picture = make("svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img" },
    root.querySelector(".picture"));
  make("path", { class: "axis", d: `M${LEFT} ${floor}H${WIDTH - RIGHT}` }, picture);
  make("text", { x: LEFT, y: HEIGHT - 8 }, picture, ends[0]);
  make("text", { x: WIDTH - RIGHT, y: HEIGHT - 8, "text-anchor": "end" }, picture, ends[1]);

  // From the bottom of a bar: training, then the test of known users and movies, then the rest.
  const kinds = [
    { name: "training", fill: colours.grey, opacity: 0.55 },
    { name: "test, user and movie known", fill: colours.blue },
    { name: "test, cold", fill: colours.vermilion },
  ];
  const wide = inner / bars.length;
  const boxes = bars.map((_, bar) => kinds.map(({ fill, opacity = 1 }) => make("rect",
    { x: x(bar / bars.length) + 1, width: wide - 2, fill, "fill-opacity": opacity }, picture)));
  let right = LEFT;
  for (const { name, fill, opacity = 1 } of kinds) {
    make("rect", { x: right, y: 4, width: 12, height: 12, fill, "fill-opacity": opacity }, picture);
    make("text", { x: right + 17, y: 15 }, picture, name);
    right += 40 + 7 * name.length;
  }
  const cut = make("path", { stroke: "currentColor", "stroke-width": 2.5, "stroke-dasharray": "6 4" }, picture);

  const bar = document.createElement("div");
  bar.className = "bar";
  const label = document.createElement("label");
  const slider = document.createElement("input");
  const shown = document.createElement("p");
  shown.setAttribute("aria-live", "polite");
  Object.assign(slider, { type: "range", min: 0, max: rows.length - 1, step: 1, value: data.start });
  label.append("test from ");
  label.htmlFor = slider.id = `${root.dataset.play}-slider`;
  bar.style.maxWidth = `${WIDTH}px`;
  bar.append(label, slider);
  root.prepend(bar);
  root.querySelector(".picture").after(shown);
  root.querySelector("details").open = false;
  const lines = [...root.querySelectorAll("tbody tr")];

  const show = () => {
    const chosen = Number(slider.value), [date, n, newcomers, share] = rows[chosen];
    boxes.forEach((parts, i) => {
      const tested = known[chosen][i] + cold[chosen][i];
      let base = floor;
      [bars[i] - tested, known[chosen][i], cold[chosen][i]].forEach((count, kind) => {
        base -= tall(count);
        parts[kind].setAttribute("y", base);
        parts[kind].setAttribute("height", tall(count));
      });
    });
    cut.setAttribute("d", `M${x(at[chosen])} ${TOP - 8}V${floor}`);
    lines.forEach((line, i) => line.classList.toggle("chosen", i === chosen));
    const said = `From ${date}: ${n} test ratings, ${share} of them cold; ` +
      `${newcomers} test users have no training rating.`;
    shown.textContent = said;
    slider.setAttribute("aria-valuetext", said);
    picture.setAttribute("aria-label", `Ratings over time, cut in two. ${said}`);
  };
  // The picture takes the nearest date; the slider does the same by keys.
  const point = (event) => {
    const box = picture.getBoundingClientRect();
    const part = ((event.clientX - box.left) * WIDTH / box.width - LEFT) / inner;
    const gaps = at.map((place) => Math.abs(place - part));
    slider.value = gaps.indexOf(Math.min(...gaps));
    show();
  };
  picture.style.cursor = "ew-resize";
  picture.style.touchAction = "none";
  picture.addEventListener("pointerdown", (event) => {
    picture.setPointerCapture(event.pointerId);
    point(event);
    event.preventDefault();
  });
  picture.addEventListener("pointermove", (event) => {
    if (picture.hasPointerCapture(event.pointerId)) point(event);
  });
  slider.addEventListener("input", show);
  show();
}
