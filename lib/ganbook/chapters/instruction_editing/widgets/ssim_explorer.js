import {
  announcer, bytes, button, clamp, element, figureTile, followTraits, kernelBackend, labelFor, latestOnly, messageLine, percent,
  pixelPicture, quoted, snapped, widgetSection,
} from "./common.js";

const STEP = 0.01;

/**
 * Draws the explorer into `el`.
 * data: {side, edges, counts, doNothing, means, colours, start: {span, ...answer}}
 * backend: {waiting, examples(span, page) -> Promise<{count, mean, pages, examples: [{number, text, ssim}], buffers: [pictures n x 3]}>}
 * onSettle({span}) is told every span whose examples are shown.
 */
export function drawSsim(el, data, backend, onSettle) {
  const total = data.counts.reduce((sum, count) => sum + count, 0);
  const lowest = data.edges[0];
  let span = data.start.span;
  let page = 0;
  const message = messageLine(backend.waiting);
  const announce = announcer();
  const plot = barPlot(data, (wanted) => choose(wanted), () => span);
  const fields = ["SSIM from", "to"].map((label, end) => numberField(label, lowest, (value) => type(end, value)));
  const count = figureTile("Pictures in the range");
  const mean = figureTile("Their mean SSIM");
  const list = element("div", { className: "gb-triples" });
  const heading = element("h4", {}, "Examples");
  const others = button("Other examples", () => {
    page += 1;
    ask();
  });
  const ask = latestOnly(async () => {
    const wanted = span;
    const answer = await message.over(backend.examples(wanted, page));
    if (!answer) return;
    drawAnswer(answer);
    onSettle({ span: wanted });
  });

  function type(end, value) {
    if (Number.isNaN(value) || value < lowest || value > 1) {
      return message.tell(`Type a number from ${lowest.toFixed(2)} to 1.00.`);
    }
    const wanted = span.map((old, i) => (i === end ? value : old));
    if (wanted[0] > wanted[1]) return message.tell("The range is empty: its lower end must not lie above its upper end.");
    message.tell("");
    return choose(wanted);
  }

  function choose(wanted) {
    page = 0;
    showSpan(wanted);
    ask();
  }

  function showSpan(wanted) {
    span = wanted;
    plot.mark(span);
    fields.forEach((field, end) => field.set(span[end]));
  }

  function drawAnswer(answer) {
    const share = percent(answer.count / total);
    count.set(answer.count.toLocaleString("en"), `of ${total.toLocaleString("en")} (${share})`);
    const all = data.means[1] === undefined ? "" : `; doing nothing: ${data.means[1].toFixed(2)}`;
    mean.set(answer.mean === null ? "none" : answer.mean.toFixed(2), `all: ${data.means[0].toFixed(2)}${all}`);
    others.disabled = answer.pages < 2;
    const pixels = bytes(answer.buffers[0]);
    const size = data.side ** 2;
    list.replaceChildren(...answer.examples.map((example, i) =>
      triple(example, [0, 1, 2].map((which) => pixels.subarray((3 * i + which) * size, (3 * i + which + 1) * size)), data.side)));
    if (!answer.count) list.replaceChildren(element("p", { className: "gb-hint" }, "No picture has such an SSIM. Choose a wider range."));
    const told = answer.mean === null ? "" : `, mean ${answer.mean.toFixed(2)}`;
    const [low, high] = answer.span.map((end) => end.toFixed(2));
    announce.say(`SSIM from ${low} to ${high}: ${answer.count.toLocaleString("en")} of ${total.toLocaleString("en")} pictures ` +
      `(${share})${told}.`);
  }

  const reset = button("Reset", () => {
    message.tell("");
    choose(data.start.span);
  });
  const panels = [
    element("div", { className: "gb-panel gb-controls" },
      element("h4", {}, "SSIM of generated picture and target"), plot.node, plot.key,
      element("p", { className: "gb-hint" }, "Drag over the bars, or type. Arrow keys on the bars shift the range, with shift they widen it."),
      element("div", { className: "gb-fields" }, ...fields.map((field) => field.node), reset),
      element("div", { className: "gb-figures" }, count.node, mean.node)),
    element("div", { className: "gb-panel gb-pictures" },
      element("div", { className: "gb-head" }, heading, others),
      list),
  ];
  el.append(widgetSection("gb-ssim", "SSIM explorer", panels, [...message.nodes, announce.node]));
  showSpan(span);
  drawAnswer(data.start);
  return { choose };
}

function numberField(label, lowest, onchange) {
  const input = element("input", { type: "number", min: lowest.toFixed(2), max: 1, step: STEP, onchange: () => onchange(input.valueAsNumber) });
  return { node: element("div", { className: "gb-select" }, labelFor(input, label), input), set: (value) => (input.value = value.toFixed(2)) };
}

/** Source, target and generated picture of one edit, with the instruction and its SSIM. */
function triple(example, pixels, side) {
  const pictures = ["source", "target", "generated"].map((name, i) => {
    const picture = pixelPicture(side);
    picture.draw(pixels[i], `${name} of ${quoted(example.text)}`);
    return element("figure", {}, picture.node, element("figcaption", {}, name));
  });
  const head = element("p", {}, example.text, element("span", { className: "gb-number" }, example.ssim.toFixed(2)));
  return element("article", { className: "gb-triple", "aria-label": `${example.text}, SSIM ${example.ssim.toFixed(2)}` },
    head, element("div", { className: "gb-three" }, ...pictures));
}

/** The bars; a drag over them, or arrow keys, choose a span. */
function barPlot({ edges, counts, doNothing, colours }, choose, present) {
  const [lowest, bins] = [edges[0], counts.length];
  const top = Math.max(...counts, ...doNothing, 1);
  const bars = counts.map((count) => {
    const bar = element("div", { className: "gb-column" });
    bar.style.height = percent(count / top, 2);
    return bar;
  });
  const behind = doNothing.map((count) => {
    const mark = element("div", { className: "gb-column-behind" });
    mark.hidden = !count;
    mark.style.height = percent(count / top, 2);
    return mark;
  });
  const window = element("div", { className: "gb-window" });
  const columns = bars.map((bar, i) => element("div", {}, ...(behind[i] ? [behind[i]] : []), bar));
  const node = element("div", {
    className: "gb-columns", tabindex: "0", role: "application", "aria-roledescription": "histogram",
    "aria-label": "Range of SSIM. Arrow keys left and right shift it, with shift they move its upper end; Home and End widen it to an end.",
  }, element("div", { className: "gb-column-row" }, ...columns), window);
  const tenths = Math.round(10 * (1 - lowest));
  const ticks = Array.from({ length: tenths + 1 }, (_, i) => i).filter((i) => tenths <= 8 || (tenths - i) % 2 === 0).map((i) => {
    const tick = element("span", {}, (lowest + i / 10).toFixed(1).replace("-0.0", "0.0").replace("-", "\u2212"));
    tick.style.left = percent(i / tenths, 2);
    return tick;
  });
  const most = element("div", { className: "gb-most" }, `${top.toLocaleString("en")} pictures`);
  const edge = (event) => {
    const box = node.getBoundingClientRect();
    const at = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return edges[Math.round(at * bins)];
  };
  const inside = (value) => snapped(Math.min(1, Math.max(lowest, value)), STEP);
  let anchor = null;
  const drag = (event) => {
    const here = edge(event);
    let [low, high] = [Math.min(anchor, here), Math.max(anchor, here)];
    if (low === high) [low, high] = high < 1 ? [low, edges[edges.indexOf(high) + 1]] : [edges[bins - 1], 1];
    choose([inside(low), inside(high)]);
  };
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    anchor = edge(event);
    drag(event);
  });
  node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && drag(event));
  node.addEventListener("keydown", (event) => {
    const [low, high] = present();
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    const wider = { Home: [lowest, high], End: [low, 1] }[event.key];
    if (by === undefined && !wider) return;
    event.preventDefault();
    if (wider) choose(wider);
    else if (event.shiftKey) choose([low, inside(Math.max(low, high + by))]);
    else if (low + by >= lowest - 1e-9 && high + by <= 1 + 1e-9) choose([inside(low + by), inside(high + by)]);
  });
  const keys = [element("li", {}, element("span", { className: "gb-key gb-key-generated" }), "generated and target")];
  if (doNothing.length) keys.push(element("li", {}, element("span", { className: "gb-key gb-key-behind" }), "source and target (doing nothing)"));
  return {
    node: element("div", {}, most, node, element("div", { className: "gb-scale" }, ...ticks)),
    key: element("ul", { className: "gb-legend" }, ...keys),
    mark([low, high]) {
      const place = (value) => clamp((value - lowest) / (1 - lowest), 1);
      window.style.left = percent(place(low), 2);
      window.style.right = percent(1 - place(high), 2);
      bars.forEach((bar, i) => {
        const middle = (edges[i] + edges[i + 1]) / 2;
        bar.style.background = colours[low <= middle && middle <= high ? 0 : 1];
      });
    },
  };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = { waiting: kernel.waiting, examples: (span, page) => kernel.ask({ span, page }) };
  const data = {
    side: model.get("side"), edges: model.get("edges"), counts: model.get("counts"), doNothing: model.get("do_nothing"),
    means: model.get("means"), colours: model.get("colours"), start: model.get("first_examples"),
  };
  const explorer = drawSsim(el, data, backend, (state) => traits.write(state));
  const traits = followTraits(model, ["span"], () => explorer.choose(model.get("span")));
  if (String(model.get("span")) !== String(data.start.span)) explorer.choose(model.get("span"));
  return () => {
    traits.close();
    kernel.close();
  };
}

export default { render };
