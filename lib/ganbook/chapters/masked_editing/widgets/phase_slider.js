import { announcer, bytes, curveChart, element, figureTile, nearestPoint, pixelCanvas, player, quoted, widgetSection } from "./common.js";

const PER_PHASE = 3; // rows of the sheet: with SIM, its mask, without

/** data: {side, texts, phases, curves, colours, draw(canvas, column, row)}. */
export function drawSlider(el, data) {
  const { texts, phases, side } = data;
  const announce = announcer();
  let triple = 0;

  const told = element("p", { className: "gb-told" });
  const cards = ["Source", "Target", "With SIM", "Mask", "Without SIM"].map((name) => {
    const canvas = pixelCanvas(side, side, { role: "img", "aria-label": name });
    return { name, canvas, node: element("figure", {}, canvas, element("figcaption", {}, name)) };
  });
  const picks = texts.map((text, i) => {
    const canvas = pixelCanvas(side, side);
    data.draw(canvas, i, 0);
    return element("button", { type: "button", className: "gb-sample", "aria-label": quoted(text), title: text, onclick: () => pick(i) }, canvas);
  });
  const tiles = { sim: figureTile("SSIM with SIM"), plain: figureTile("SSIM without SIM") };
  const chart = ssimChart(data);

  function show(number) {
    const first = 2 + PER_PHASE * number;
    [0, 1, first, first + 1, first + 2].forEach((row, i) => {
      data.draw(cards[i].canvas, triple, row);
      cards[i].canvas.setAttribute("aria-label", `${cards[i].name}, of ${quoted(texts[triple])}${i > 1 ? `, at phase ${phases[number]}` : ""}`);
    });
    told.textContent = quoted(texts[triple]);
    picks.forEach((each, i) => each.setAttribute("aria-pressed", i === triple));
    Object.entries(tiles).forEach(([name, tile]) => {
      const [seen, value] = nearestPoint(data.curves[name], phases[number]);
      tile.set(value.toFixed(2), seen === phases[number] ? "on the development set" : `measured at phase ${seen}`);
    });
    chart.mark(phases[number]);
  }

  const sentence = () => {
    const phase = phases[training.number];
    const [sim, plain] = ["sim", "plain"].map((name) => nearestPoint(data.curves[name], phase)[1].toFixed(2));
    return `Phase ${phase}: SSIM with SIM ${sim}, without ${plain}.`;
  };
  const training = player({
    label: "Training", count: phases.length, show, name: (number) => `phase ${phases[number]}`, settled: () => announce.say(sentence()),
  });

  function pick(wanted) {
    triple = wanted;
    training.go(training.number);
    announce.say(`${quoted(texts[triple])}. ${sentence()}`);
  }

  const panels = [
    element("div", { className: "gb-panel gb-edit" },
      element("h4", {}, "What the two editors make of it"), told,
      element("div", { className: "gb-five" }, ...cards.map((card) => card.node)),
      training.node,
      element("div", { className: "gb-samples", role: "group", "aria-label": "Triples" }, ...picks)),
    element("div", { className: "gb-panel" }, element("h4", {}, "SSIM of result and target"), chart.node,
      element("div", { className: "gb-figures" }, tiles.sim.node, tiles.plain.node)),
  ];
  el.append(widgetSection("gb-phases", "Phases of the training", panels, [announce.node]));
  training.go(phases.length - 1);
  return training.stop;
}

/** Both curves over the phases. */
function ssimChart({ curves, colours, phases }) {
  const all = Object.values(curves);
  const values = all.flatMap(([, each]) => each);
  return curveChart({
    label: "Curves of SSIM over the phases, with SIM and without", axis: "phase", digits: 2,
    last: Math.max(...phases, ...all.flatMap(([seen]) => seen)),
    low: Math.floor(10 * Math.min(...values)) / 10, high: Math.min(1, Math.ceil(10 * Math.max(...values)) / 10),
    curves: [
      { name: "With SIM", colour: colours[0], style: "solid", points: curves.sim },
      { name: "Without SIM", colour: colours[1], style: "dashed", points: curves.plain },
    ],
  });
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
