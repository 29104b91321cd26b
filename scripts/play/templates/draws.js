// One posterior draw after another, with the mean and the spread of all so far.
function start(root, data) {
  const SVG = "http://www.w3.org/2000/svg";
  const { titles, draws, colours } = data;
  const WIDTH = 480, SIDE = 18, ROW = 54, BOTTOM = 40, PAUSE = 350; // milliseconds
  const HEIGHT = ROW * titles.length + BOTTOM;
  const all = draws.flat();
  const margin = 0.05 * (Math.max(...all) - Math.min(...all)) || 0.5;
  const low = Math.min(...all) - margin, high = Math.max(...all) + margin;
  const x = (stars) => SIDE + (stars - low) / (high - low) * (WIDTH - 2 * SIDE);
  const middle = (row) => ROW * row + 36;

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
  const foot = ROW * titles.length + 6;
  make("path", { class: "axis", d: `M${SIDE} ${foot}H${WIDTH - SIDE}` }, picture);
  const step = 10 ** Math.floor(Math.log10(high - low));
  const tick = [step / 5, step / 2, step, 2 * step].find((size) => (high - low) / size <= 8);
  const places = Math.max(0, -Math.floor(Math.log10(tick) + 1e-9));
  for (let i = Math.ceil(low / tick); i * tick <= high; i += 1) {
    make("path", { class: "axis", d: `M${x(i * tick)} ${foot}v4` }, picture);
    make("text", { x: x(i * tick), y: foot + 17, "text-anchor": "middle" }, picture, (i * tick).toFixed(places));
  }
  make("text", { x: WIDTH / 2, y: HEIGHT - 3, "text-anchor": "middle" }, picture, "predicted stars");
  const rows = titles.map((title, row) => {
    const letters = [...title];
    make("text", { x: SIDE, y: middle(row) - 18 }, picture,
      letters.length > 60 ? `${letters.slice(0, 59).join("")}…` : title);
    return {
      past: make("path", { stroke: colours.sky, "stroke-width": 1.5, "stroke-opacity": 0.6 }, picture),
      spread: make("path", { stroke: colours.blue, "stroke-width": 4 }, picture),
      mean: make("path", { stroke: "currentColor", "stroke-width": 3 }, picture),
      now: make("circle", { r: 5, cy: middle(row), fill: colours.vermilion }, picture),
    };
  });

  const bar = document.createElement("div");
  bar.className = "bar";
  const button = document.createElement("button");
  button.type = "button";
  const label = document.createElement("label");
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 1, max: draws.length, step: 1, value: 1 });
  label.append("draw ");
  label.htmlFor = slider.id = `${root.dataset.play}-slider`;
  const shown = document.createElement("output");
  bar.append(button, label, slider, shown);
  root.prepend(bar);
  const hint = document.createElement("p");
  hint.className = "quiet";
  hint.textContent = "Thin lines: the draws so far. Circle: this draw. Upright bar: the mean " +
    "so far, in a thick line that reaches one spread to each side.";
  root.querySelector(".numbers").append(hint);
  const caption = root.querySelector("caption");
  const lines = [...root.querySelectorAll("tbody tr")];
  const fixed = (number) => number.toFixed(2).replace(/^-0\.00$/, "0.00");

  const show = () => {
    const number = Number(slider.value), said = [];
    rows.forEach(({ past, spread, mean, now }, row) => {
      const soFar = draws.slice(0, number).map((draw) => draw[row]);
      const centre = soFar.reduce((sum, stars) => sum + stars, 0) / number;
      const width = Math.sqrt(soFar.reduce((sum, stars) => sum + (stars - centre) ** 2, 0) / number);
      const y = middle(row);
      past.setAttribute("d", soFar.map((stars) => `M${x(stars)} ${y - 7}v14`).join(""));
      spread.setAttribute("d", `M${x(centre - width)} ${y}H${x(centre + width)}`);
      mean.setAttribute("d", `M${x(centre)} ${y - 11}v22`);
      now.setAttribute("cx", x(soFar[number - 1]));
      const numbers = [soFar[number - 1], centre, width];
      [...lines[row].children].slice(1).forEach((cell, i) => {
        cell.dataset.stars = numbers[i];
        cell.textContent = fixed(numbers[i]);
      });
      said.push(`${titles[row]} ${fixed(centre)} plus or minus ${fixed(width)}`);
    });
    shown.textContent = `${number} of ${draws.length}`;
    caption.textContent = `Draw ${number} of ${draws.length}`;
    slider.setAttribute("aria-valuetext", caption.textContent);
    picture.setAttribute("aria-label", `${caption.textContent}. Mean and spread so far: ${said.join("; ")}`);
  };
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
  };
  const next = () => {
    slider.value = Number(slider.value) + 1;
    show();
    if (!root.isConnected || Number(slider.value) >= draws.length) stop();
  };
  button.addEventListener("click", () => {
    if (timer !== null) return stop();
    if (Number(slider.value) >= draws.length) {
      slider.value = 1;
      show();
    }
    timer = setInterval(next, PAUSE);
    button.textContent = "Pause";
  });
  slider.addEventListener("input", () => { stop(); show(); });
  stop();
  show();
}
