// A slider over training curves; all curves share one pair of axes.
function start(root, data) {
  const SVG = "http://www.w3.org/2000/svg";
  const { settings, train, validation, name, unit, colours } = data;
  const WIDTH = 480, HEIGHT = 300, LEFT = 52, RIGHT = 92, TOP = 14, BOTTOM = 40;
  const all = [...train, ...validation].flat();
  const epochs = Math.max(...train.map((curve) => curve.length));
  const margin = 0.05 * (Math.max(...all) - Math.min(...all)) || 0.05;
  const low = Math.min(...all) - margin, high = Math.max(...all) + margin;
  const x = (epoch) => LEFT + (epochs > 1 ? (epoch - 1) / (epochs - 1) : 0.5) * (WIDTH - LEFT - RIGHT);
  const y = (error) => TOP + (high - error) / (high - low) * (HEIGHT - TOP - BOTTOM);

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
  make("path", { class: "axis", d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}` }, picture);
  const step = 10 ** Math.floor(Math.log10(high - low));
  const tick = [step / 5, step / 2, step, 2 * step].find((size) => (high - low) / size <= 6);
  const places = Math.max(0, -Math.floor(Math.log10(tick) + 1e-9));
  for (let i = Math.ceil(low / tick); i * tick <= high; i += 1) {
    make("path", { class: "axis", d: `M${LEFT - 4} ${y(i * tick)}h4` }, picture);
    make("text", { x: LEFT - 8, y: y(i * tick) + 4, "text-anchor": "end" }, picture, (i * tick).toFixed(places));
  }
  const every = Math.max(1, Math.ceil(epochs / 10));
  for (let epoch = 1; epoch <= epochs; epoch += every) {
    make("text", { x: x(epoch), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, picture, epoch);
  }
  make("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, picture, "epoch");
  make("text", { x: LEFT + 6, y: TOP + 4 }, picture, unit);

  // All validation curves faintly, so that the one in front can be compared.
  const path = (curve) => "M" + curve.map((error, i) => `${x(i + 1)} ${y(error)}`).join("L");
  for (const curve of validation) {
    make("path", { d: path(curve), fill: "none", stroke: colours.vermilion, "stroke-opacity": 0.2, "stroke-width": 1.5 }, picture);
  }
  const kinds = [
    { label: "validation", curves: validation, stroke: colours.vermilion, "stroke-dasharray": "none" },
    { label: "training", curves: train, stroke: colours.blue, "stroke-dasharray": "7 4" },
  ].map(({ label, curves, ...look }) => ({
    curves,
    line: make("path", { fill: "none", "stroke-width": 2.6, ...look }, picture),
    text: make("text", { x: 0, y: 0, style: `fill:${look.stroke};font-weight:600` }, picture, label),
  }));
  const mark = make("circle", { r: 7, fill: "none", stroke: "currentColor", "stroke-width": 2.5 }, picture);
  const note = make("text", { "text-anchor": "middle" }, picture);

  const bar = document.createElement("div");
  bar.className = "bar";
  const label = document.createElement("label");
  const shown = document.createElement("output");
  shown.setAttribute("aria-live", "polite");
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: settings.length - 1, step: 1, value: 0 });
  label.append(`${name} `);
  label.htmlFor = slider.id = `${root.dataset.play}-slider`;
  bar.append(label, slider, shown);
  root.prepend(bar);
  const rows = [...root.querySelectorAll("tbody tr")];
  rows.forEach((row, i) => {
    row.style.cursor = "pointer";
    row.addEventListener("click", () => { slider.value = i; show(); });
  });

  const show = () => {
    const at = Number(slider.value), errors = validation[at];
    const best = errors.indexOf(Math.min(...errors));
    const ends = kinds.map(({ curves, line, text }) => {
      const curve = curves[at];
      line.setAttribute("d", path(curve));
      text.setAttribute("x", x(curve.length) + 8);
      return y(curve[curve.length - 1]) + 4;
    });
    // Two labels need a line's height between them.
    const apart = 16 - Math.abs(ends[0] - ends[1]), upper = ends[0] <= ends[1] ? 0 : 1;
    if (apart > 0) { ends[upper] -= apart / 2; ends[1 - upper] += apart / 2; }
    kinds.forEach(({ text }, i) => text.setAttribute("y", ends[i]));
    mark.setAttribute("cx", x(best + 1));
    mark.setAttribute("cy", y(errors[best]));
    note.setAttribute("x", Math.max(LEFT + 40, x(best + 1)));
    note.setAttribute("y", y(errors[best]) - 14);
    note.textContent = `epoch ${best + 1}: ${errors[best].toFixed(3)}`;
    rows.forEach((row, i) => row.classList.toggle("chosen", i === at));
    const said = `${settings[at]}: best ${unit} ${errors[best].toFixed(3)} at epoch ${best + 1} ` +
      `of ${errors.length}, ${errors[errors.length - 1].toFixed(3)} at the last`;
    shown.textContent = settings[at];
    slider.setAttribute("aria-valuetext", said);
    picture.setAttribute("aria-label", `Training and validation ${unit} by epoch for ${name} = ${said}`);
  };
  slider.addEventListener("input", show);
  show();
}
