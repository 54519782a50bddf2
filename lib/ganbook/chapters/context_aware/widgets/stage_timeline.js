import { announcer, bytes, curveChart, element, figureTile, nearestPoint, pixelCanvas, player, quoted, widgetSection } from "./common.js";

const atStep = (step) => `step ${step.toLocaleString("en")}`;

/** data: {sizes, prompts, steps, curves, colours, styles, draw(canvas, stage, prompt, moment)}. */
export function drawTimeline(el, data) {
  const { sizes, prompts, steps, curves } = data;
  const announce = announcer();
  const last = sizes.length - 1;
  let prompt = 0;

  const told = element("p", { className: "gb-told" });
  const cards = sizes.map(([height, width], stage) => {
    const canvas = pixelCanvas(width, height, { role: "img" });
    return { canvas, node: element("figure", {}, canvas, element("figcaption", {}, `Stage ${stage + 1}: ${height} \u00d7 ${width}`)) };
  });
  const saying = ([text, place]) => `${quoted(text)}, context ${place}`;
  const picks = prompts.map((each, i) => {
    const canvas = pixelCanvas(...sizes[last].toReversed());
    data.draw(canvas, last, i, steps.length - 1);
    return element("button", { type: "button", className: "gb-sample", "aria-label": saying(each), title: saying(each), onclick: () => pick(i) }, canvas);
  });
  const tiles = curves.map((_, stage) => figureTile(`Stage ${stage + 1}`));
  const chart = curves.length ? distanceChart(data) : null;

  function show(moment) {
    cards.forEach(({ canvas }, stage) => {
      data.draw(canvas, stage, prompt, moment);
      canvas.setAttribute("aria-label", `Stage ${stage + 1}, of ${saying(prompts[prompt])}, at ${atStep(steps[moment])}`);
    });
    told.textContent = saying(prompts[prompt]);
    picks.forEach((each, i) => each.setAttribute("aria-pressed", i === prompt));
    tiles.forEach((tile, stage) => {
      const [seen, value] = nearestPoint(curves[stage], steps[moment]);
      tile.set(value.toFixed(0), seen === steps[moment] ? "" : `measured at ${atStep(seen)}`);
    });
    chart?.mark(steps[moment]);
  }

  const sentence = () => {
    const step = steps[training.number];
    const distances = curves.map((curve, stage) => `${nearestPoint(curve, step)[1].toFixed(0)} of stage ${stage + 1}`);
    const ending = distances.length ? `: 1,000 KID ${distances.join(", ")}.` : ".";
    return `Step ${step.toLocaleString("en")}${ending}`;
  };
  const training = player({
    label: "Training", count: steps.length, show, name: (moment) => atStep(steps[moment]), settled: () => announce.say(sentence()),
  });

  function pick(wanted) {
    prompt = wanted;
    training.go(training.number);
    announce.say(`${saying(prompts[prompt])}. ${sentence()}`);
  }

  const panels = [
    element("div", { className: "gb-panel gb-edit" },
      element("h4", {}, "What the three stages make of it"), told,
      element("div", { className: "gb-stages" }, ...cards.map((card) => card.node)),
      training.node,
      element("div", { className: "gb-shelf", role: "group", "aria-label": "Prompts" }, ...picks)),
  ];
  if (chart) {
    panels.push(element("div", { className: "gb-panel" }, element("h4", {}, "1,000 KID: distance from real pictures"), chart.node,
      element("div", { className: "gb-figures gb-thirds" }, ...tiles.map((tile) => tile.node))));
  }
  el.append(widgetSection("gb-timeline", "Stages in the course of the training", panels, [announce.node]));
  training.go(steps.length - 1);
  return training.stop;
}

/** A curve of KID for each stage. */
function distanceChart({ curves, colours, styles, steps }) {
  const top = Math.max(1, ...curves.flatMap(([, values]) => values));
  const unit = 10 ** Math.floor(Math.log10(top));
  return curveChart({
    label: "Curves of KID over the steps, one for each stage", axis: "step", digits: 0,
    last: Math.max(...steps, ...curves[0][0]), low: 0, high: Math.ceil(top / unit) * unit,
    curves: curves.map((points, stage) => ({ name: `Stage ${stage + 1}`, colour: colours[stage], style: styles[stage], points })),
  });
}

function render({ model, el }) {
  const names = ["sizes", "prompts", "steps", "curves", "colours", "styles"];
  const data = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let close = () => {};
  const sheets = model.get("pictures").map((each) => createImageBitmap(new Blob([bytes(each)], { type: "image/webp" })));
  Promise.all(sheets).then((loaded) => {
    data.draw = (canvas, stage, prompt, moment) => {
      const [height, width] = data.sizes[stage];
      canvas.getContext("2d").drawImage(loaded[stage], prompt * width, moment * height, width, height, 0, 0, width, height);
    };
    close = drawTimeline(el, data);
  });
  return () => close();
}

export default { render };
