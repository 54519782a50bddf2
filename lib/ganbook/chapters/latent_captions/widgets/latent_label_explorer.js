import {
  announcer, arrowStep, button, bytes, clamp, element, figureTile, followTraits, framedSquare, histogram, histogramKey,
  kernelBackend, latestOnly, messageLine, percent, pointerPosition, slider, snapped, totalVariation, widgetSection, written,
} from "./common.js";

const STEP = 0.05;

/**
 * Draws the explorer into `el`.
 * data: {names, colours, limit, ceiling, truth (N x 4), nImages, sprite (PNG bytes: the shown images, one below the other),
 *   nShown, presets, randomHistogram, start: {c, labels}}
 * backend: {waiting, labels(c) -> Promise<Uint8Array(N)>}; onSettle(c) is told every c whose labels are shown.
 */
export function drawExplorer(el, data, backend, onSettle) {
  let c = data.start.c;
  const message = messageLine(backend.waiting);
  const announce = announcer();
  const sliders = [0, 1, 2].map((axis) =>
    slider({
      label: `c${axis + 1}`, limit: data.limit, step: STEP,
      oninput: (value) => move(c.map((old, i) => (i === axis ? value : old))),
    }));
  const pad = positionPad(data.limit, ([c1, c2]) => move([c1, c2, c[2]]));
  const grid = captionGrid(data);
  const bars = histogram({ ...data, behind: data.randomHistogram });
  const accuracy = figureTile("Accuracy");
  const variation = figureTile("Total variation");
  const ask = latestOnly(async (wanted) => {
    const labels = await message.over(backend.labels(wanted));
    if (!labels) return;
    drawLabels(wanted, labels);
    onSettle(wanted);
  });

  function move(wanted) {
    showPosition(wanted);
    ask(wanted);
  }

  function showPosition(position) {
    c = position;
    sliders.forEach((one, axis) => one.set(c[axis]));
    pad.set(c);
  }

  function drawLabels(position, labels) {
    const { fractions, right } = statistics(labels, data);
    const most = fractions.indexOf(Math.max(...fractions));
    const variations = [fractions, data.randomHistogram].map((each) => totalVariation(each).toFixed(2));
    grid.draw(labels);
    bars.draw(fractions);
    accuracy.set(percent(right, 1), "of the captions name a digit of their image");
    variation.set(variations[0], `from an even histogram; random c: ${variations[1]}`);
    announce.say(
      `c = ${written(position)}: “${data.names[most]}” for ${percent(fractions[most])} of ` +
      `${data.nImages.toLocaleString("en")} test images, accuracy ${percent(right, 1)}, ` +
      `total variation ${variations[0]} (random c: ${variations[1]}).`);
  }

  const buttons = [
    button("Random c", () => move([0, 1, 2].map(() => snapped(clamp(gaussian(), data.limit), STEP)))),
    button("Reset", () => move(data.start.c)),
  ];
  const presets = Object.entries(data.presets).map(([name, position]) => button(name, () => move(position)));
  const presetRow = element("div", { className: "gb-buttons", role: "group", "aria-label": "Presets of c" }, ...presets);
  const panels = [
    element("div", { className: "gb-panel gb-controls" },
      element("h4", {}, "Latent c"),
      pad.node, ...sliders.map((one) => one.node),
      element("div", { className: "gb-buttons" }, ...buttons),
      ...(presets.length ? [presetRow] : [])),
    element("div", { className: "gb-panel gb-pictures" },
      element("h4", {}, "Captions at this c"), grid.node,
      element("p", { className: "gb-hint" }, "✓ and a frame: the digit that the caption names. ✗ and dashes: none of the four.")),
    element("div", { className: "gb-panel gb-bars" },
      element("h4", {}, `Captions of all ${data.nImages.toLocaleString("en")} test images`),
      bars.node, histogramKey(data.names, true),
      element("div", { className: "gb-figures" }, accuracy.node, variation.node)),
  ];
  el.append(widgetSection("gb-explorer", "Label explorer", panels, [...message.nodes, announce.node]));
  showPosition(c);
  drawLabels(c, data.start.labels);
  return { move, remove: grid.remove };
}

function statistics(labels, { names, truth, nImages }) {
  const counts = names.map(() => 0);
  let right = 0;
  labels.forEach((label, i) => {
    counts[label] += 1;
    if (truth.subarray(4 * i, 4 * i + 4).includes(label)) right += 1;
  });
  return { fractions: counts.map((count) => count / nImages), right: right / nImages };
}

function gaussian() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

/** A square for (c1, c2) with a dot: drag it, or use the arrow keys. */
function positionPad(limit, onmove) {
  let position = [0, 0];
  const dot = element("div", { className: "gb-dot" });
  const moveTo = (point) => onmove(point.map((value) => snapped(clamp(value, limit), STEP)));
  const follow = (event) => moveTo(pointerPosition(square, event).map((value) => value * limit));
  const square = element("div", {
    className: "gb-pad", tabindex: "0", role: "application", "aria-roledescription": "two-dimensional slider",
    "aria-label": "c1 across and c2 up. Arrow keys move, with shift five steps at a time.",
    onpointerdown: (event) => {
      square.setPointerCapture(event.pointerId);
      follow(event);
    },
    onpointermove: (event) => {
      if (square.hasPointerCapture(event.pointerId)) follow(event);
    },
    onkeydown: (event) => {
      const step = arrowStep(event);
      if (!step) return;
      event.preventDefault();
      moveTo(position.map((value, axis) => value + step[axis] * STEP));
    },
  }, dot);
  const frame = framedSquare(square, limit);
  frame.nameAxes([0, 1]);
  return {
    node: frame.node,
    set(c) {
      position = [c[0], c[1]];
      dot.style.left = percent((c[0] / limit + 1) / 2, 2);
      dot.style.top = percent((1 - c[1] / limit) / 2, 2);
    },
  };
}

/** The shown images; under each its caption, and a frame round the digit the caption names. */
function captionGrid({ names, truth, sprite, nShown }) {
  const url = URL.createObjectURL(new Blob([sprite], { type: "image/png" }));
  const cards = Array.from({ length: nShown }, (_, i) => {
    const places = Array.from({ length: 4 }, () => element("div", { className: "gb-place" }));
    const picture = element("div", { className: "gb-picture", role: "img" }, ...places);
    picture.style.backgroundImage = `url(${url})`;
    picture.style.backgroundSize = `100% ${100 * nShown}%`;
    picture.style.backgroundPosition = `0 ${nShown > 1 ? (100 * i) / (nShown - 1) : 0}%`;
    const digits = Array.from(truth.subarray(4 * i, 4 * i + 4));
    picture.setAttribute("aria-label", `Test image ${i + 1}: ${digits.map((label) => names[label]).join(", ")}`);
    const caption = element("figcaption");
    return { node: element("figure", { className: "gb-card" }, picture, caption), places, caption, digits };
  });
  return {
    node: element("div", { className: "gb-grid" }, ...cards.map((card) => card.node)),
    draw(labels) {
      cards.forEach(({ node, places, caption, digits }, i) => {
        const right = digits.includes(labels[i]);
        places.forEach((place, p) => place.classList.toggle("gb-named", digits[p] === labels[i]));
        node.classList.toggle("gb-wrong", !right);
        const spoken = { role: "img", "aria-label": right ? "right" : "wrong" };
        const mark = element("span", { className: "gb-mark", ...spoken }, right ? "✓" : "✗");
        caption.replaceChildren(names[labels[i]], " ", mark);
      });
    },
    remove: () => URL.revokeObjectURL(url),
  };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = { waiting: kernel.waiting, labels: async (c) => bytes((await kernel.ask({}, [Float32Array.from(c)])).buffers[0]) };
  const data = {
    names: model.get("names"), colours: model.get("colours"), limit: model.get("limit"), ceiling: model.get("ceiling"),
    truth: bytes(model.get("truth")), nImages: model.get("n_images"), sprite: bytes(model.get("sprite")),
    nShown: model.get("n_shown"), presets: model.get("presets"), randomHistogram: model.get("random_histogram"),
    start: { c: model.get("first_c"), labels: bytes(model.get("first_labels")) },
  };
  const explorer = drawExplorer(el, data, backend, (c) => traits.write({ c }));
  const traits = followTraits(model, ["c"], () => explorer.move(model.get("c")));
  if (String(model.get("c")) !== String(data.start.c)) explorer.move(model.get("c"));
  return () => {
    traits.close();
    kernel.close();
    explorer.remove();
  };
}

export default { render };
