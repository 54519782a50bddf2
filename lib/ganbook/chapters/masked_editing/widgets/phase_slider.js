import { announcer, bytes, button, element, figureTile, labelFor, quoted, widgetSection } from "./common.js";

const NAMES = { sim: "With SIM", plain: "Without SIM" };
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [480, 230, 44, 36, 12];
const PER_PHASE = 3; // rows of the sheet: with SIM, its mask, without
const SVG = "http://www.w3.org/2000/svg";

/** data: {side, texts, phases, curves, colours, draw(canvas, column, row)}. */
export function drawSlider(el, data) {
  const { texts, phases, side } = data;
  const announce = announcer();
  let number = phases.length - 1;
  let triple = 0;
  let timer = null;

  const slider = element("input", { type: "range", min: 0, max: phases.length - 1, step: 1, oninput: () => move(Number(slider.value)) });
  const output = element("output", { className: "gb-number" });
  const play = button("Play", () => (timer ? stop() : start()));
  const told = element("p", { className: "gb-told" });
  const cards = ["Source", "Target", "With SIM", "Mask", "Without SIM"].map((name) => {
    const canvas = element("canvas", { width: side, height: side, className: "gb-pixels", role: "img", "aria-label": name });
    return { name, canvas, node: element("figure", {}, canvas, element("figcaption", {}, name)) };
  });
  const picks = texts.map((text, i) => {
    const canvas = element("canvas", { width: side, height: side, className: "gb-pixels" });
    data.draw(canvas, i, 0);
    return element("button", { type: "button", className: "gb-sample", "aria-label": quoted(text), title: text, onclick: () => pick(i) }, canvas);
  });
  const tiles = { sim: figureTile("SSIM with SIM"), plain: figureTile("SSIM without SIM") };
  const chart = curveChart(data);

  const show = () => {
    const first = 2 + PER_PHASE * number;
    [0, 1, first, first + 1, first + 2].forEach((row, i) => {
      data.draw(cards[i].canvas, triple, row);
      cards[i].canvas.setAttribute("aria-label", `${cards[i].name}, of ${quoted(texts[triple])}${i > 1 ? `, at phase ${phases[number]}` : ""}`);
    });
    slider.value = number;
    slider.setAttribute("aria-valuetext", `phase ${phases[number]}`);
    output.textContent = `phase ${phases[number]}`;
    told.textContent = quoted(texts[triple]);
    picks.forEach((each, i) => each.setAttribute("aria-pressed", i === triple));
    Object.entries(tiles).forEach(([name, tile]) => {
      const [seen, value] = nearest(data.curves[name], phases[number]);
      tile.set(value.toFixed(2), seen === phases[number] ? "on the development set" : `measured at phase ${seen}`);
    });
    chart.mark(phases[number]);
  };
  const sentence = () => `Phase ${phases[number]}: SSIM with SIM ${nearest(data.curves.sim, phases[number])[1].toFixed(2)}, ` +
    `without ${nearest(data.curves.plain, phases[number])[1].toFixed(2)}.`;

  function move(wanted) {
    stop();
    number = wanted;
    show();
    announce.say(sentence());
  }

  function pick(wanted) {
    triple = wanted;
    show();
    announce.say(`${quoted(texts[triple])}. ${sentence()}`);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  }

  function start() {
    if (number === phases.length - 1) number = -1;
    const step = () => {
      number += 1;
      show();
      if (number >= phases.length - 1) {
        stop();
        announce.say(sentence());
      }
    };
    play.textContent = "Stop";
    timer = setInterval(step, 700);
    step();
  }

  const panels = [
    element("div", { className: "gb-panel gb-edit" },
      element("h4", {}, "What the two editors make of it"), told,
      element("div", { className: "gb-five" }, ...cards.map((card) => card.node)),
      element("div", { className: "gb-phase" }, labelFor(slider, "Training"), slider, output, play),
      element("div", { className: "gb-samples", role: "group", "aria-label": "Triples" }, ...picks)),
    element("div", { className: "gb-panel" }, element("h4", {}, "SSIM of result and target"), chart.node,
      element("div", { className: "gb-figures" }, tiles.sim.node, tiles.plain.node)),
  ];
  el.append(widgetSection("gb-phases", "Phases of the training", panels, [announce.node]));
  show();
  return stop;
}

/** [phase, value] of a curve where it was measured next to a phase. */
function nearest([seen, values], phase) {
  let best = 0;
  seen.forEach((each, i) => Math.abs(each - phase) < Math.abs(seen[best] - phase) && (best = i));
  return [seen[best], values[best]];
}

function svg(tag, properties, ...children) {
  const node = document.createElementNS(SVG, tag);
  Object.entries(properties).forEach(([name, value]) => node.setAttribute(name, value));
  node.append(...children);
  return node;
}

/** Both curves over the phases, and a line at the present one. */
function curveChart({ curves, colours, phases }) {
  const all = Object.values(curves);
  const last = Math.max(...phases, ...all.flatMap(([seen]) => seen));
  const values = all.flatMap(([, each]) => each);
  const low = Math.floor(10 * Math.min(...values)) / 10;
  const high = Math.min(1, Math.ceil(10 * Math.max(...values)) / 10);
  const x = (phase) => LEFT + ((WIDTH - LEFT - 10) * phase) / last;
  const y = (value) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low);
  const lines = Object.values(curves).map(([seen, each], i) =>
    svg("polyline", { points: seen.map((phase, n) => `${x(phase)},${y(each[n])}`).join(" "), fill: "none", stroke: colours[i], "stroke-width": 2.5, "stroke-dasharray": i ? "7 4" : "none" }));
  const text = (content, at) => svg("text", at, content);
  const ticks = [low, (low + high) / 2, high].flatMap((value) => [
    svg("line", { x1: LEFT, x2: WIDTH - 10, y1: y(value), y2: y(value), class: "gb-grid-line" }),
    text(value.toFixed(2), { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }),
  ]);
  const ends = [0, Math.round(last / 2), last].map((phase) => text(String(phase), { x: x(phase), y: HEIGHT - BOTTOM + 18, "text-anchor": phase === last ? "end" : "middle" }));
  const mark = svg("line", { y1: TOP, y2: HEIGHT - BOTTOM, class: "gb-phase-line" });
  const node = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "gb-curves", role: "img", "aria-label": "Curves of SSIM over the phases, with SIM and without" },
    ...ticks, ...ends, text("phase", { x: (LEFT + WIDTH) / 2, y: HEIGHT - 2, "text-anchor": "middle" }), mark, ...lines);
  const key = Object.values(NAMES).map((name, i) => {
    const swatch = element("span", { className: "gb-key gb-key-line" });
    swatch.style.borderTop = `3px ${i ? "dashed" : "solid"} ${colours[i]}`;
    return element("li", {}, swatch, name);
  });
  return {
    node: element("div", {}, node, element("ul", { className: "gb-legend" }, ...key)),
    mark(phase) {
      ["x1", "x2"].forEach((name) => mark.setAttribute(name, x(phase)));
    },
  };
}

function render({ model, el }) {
  const names = ["side", "texts", "phases", "curves", "colours"];
  const data = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let close = () => {};
  createImageBitmap(new Blob([bytes(model.get("pictures"))], { type: "image/webp" })).then((sheet) => {
    data.draw = (canvas, column, row) => canvas.getContext("2d").drawImage(sheet, column * data.side, row * data.side, data.side, data.side, 0, 0, data.side, data.side);
    close = drawSlider(el, data);
  });
  return () => close();
}

export default { render };
