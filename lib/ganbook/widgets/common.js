// Shared by the widgets: small DOM helpers, the histogram, sliders, and the way a question reaches who answers it.
// Nothing here knows which widget uses it. Answers come from a kernel, or on the plain page from ganbook/widgets/live/host.js.

export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "className") node.className = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export const button = (text, onclick) => element("button", { type: "button", className: "gb-button", onclick }, text);

export const percent = (fraction, digits = 0) => `${rounded(100 * fraction, digits)}%`;

const twoDigits = (value) => rounded(value, 2).replace("-0.00", "0.00");

/** A number with so many decimals, as Python writes it: an exact half goes to the even digit. */
function rounded(value, digits) {
  const halves = 2 * 10 ** digits * Math.abs(value);
  const between = halves % 2 === 1 && Number.isInteger(2 ** (digits + 1) * value);
  if (!between) return value.toFixed(digits);
  const lower = (halves - 1) / 2;
  return (Math.sign(value) * (lower + (lower % 2)) / 10 ** digits).toFixed(digits);
}

/** A number for the eye, with a true minus sign. */
export const signed = (value) => twoDigits(value).replace("-", "\u2212");

/** c for a sentence, as Python writes it. */
export const written = (c) => `(${c.map(twoDigits).join(", ")})`;

/** `value` within [-limit, limit]. */
export const clamp = (value, limit) => Math.min(limit, Math.max(-limit, value));

/** The multiple of `step` next to `value`, free of binary dust. */
export const snapped = (value, step) => Number((Math.round(value / step) * step).toFixed(6));

export function totalVariation(fractions) {
  return fractions.reduce((sum, fraction) => sum + Math.abs(fraction - 1 / fractions.length), 0) / 2;
}

/** Bytes traits arrive as DataView. */
export const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

export const words = (view) => new Uint32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

const BUSY_KERNEL = { text: "Waiting for Python: the kernel is busy, or no longer running.", ms: 1500 };

/**
 * `ask(request, buffers)` sends both to Python and resolves to what it answers: {..., buffers: [DataView]}.
 * `waiting`: what to say when an answer takes more than `ms`.
 */
export function kernelBackend(model) {
  const waiting = new Map();
  let lastId = 0;
  const receive = (content, buffers) => {
    const request = waiting.get(content.id);
    if (!request) return; // another view of the same model asked
    waiting.delete(content.id);
    if (content.error) request.reject(new Error(content.error));
    else request.resolve({ ...content, buffers });
  };
  model.on("msg:custom", receive);
  const view = Math.random().toString(36).slice(2);
  return {
    waiting: model.waiting ?? BUSY_KERNEL,
    ask(request, buffers = []) {
      const id = `${view}-${(lastId += 1)}`;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        model.send({ ...request, id }, undefined, buffers.map((each) => each.slice().buffer));
      });
    },
    close: () => model.off("msg:custom", receive),
  };
}

/**
 * Runs `work(argument, isStale)` at most once at a time and at most once a frame. What is asked for meanwhile collapses to the
 * latest; `isStale()` tells running work that something newer waits.
 */
export function latestOnly(work) {
  let next = null;
  let running = false;
  return async (argument) => {
    next = { argument };
    if (running) return;
    running = true;
    try {
      while (next) {
        await new Promise(requestAnimationFrame);
        const { argument: latest } = next;
        next = null;
        await work(latest, () => next !== null);
      }
    } finally {
      running = false;
    }
  };
}

/** Resolves once what was drawn is on the screen and waiting events have had their turn: a network at work on the page lets neither through. */
export const painted = () => new Promise((done) => {
  requestAnimationFrame(() => setTimeout(done));
});

/** A line that says what is wrong, or what is being waited for; empty most of the time. What is waited for lies over the rest and moves nothing. */
export function messageLine(waiting) {
  const error = element("p", { className: "gb-error", role: "alert", hidden: "" });
  const wait = element("p", { className: "gb-wait", role: "status", hidden: "" });
  const show = (node, text) => {
    node.textContent = text;
    node.hidden = !text;
  };
  return {
    nodes: [error, element("div", { className: "gb-wait-place" }, wait)],
    /** Says what is wrong; "" takes it back. */
    tell: (text) => show(error, text),
    /** Awaits `answer`; says so when it takes long; shows its error as a sentence and then resolves to undefined. */
    async over(answer) {
      const timer = setTimeout(() => show(wait, waiting.text), waiting.ms);
      try {
        const value = await answer;
        show(error, "");
        return value;
      } catch (problem) {
        show(error, problem.message);
        return undefined;
      } finally {
        clearTimeout(timer);
        show(wait, "");
      }
    },
  };
}

/** Tells screen readers a sentence once the moves pause. */
export function announcer() {
  const node = element("p", { className: "gb-unseen", "aria-live": "polite" });
  let timer;
  return {
    node,
    say(sentence) {
      clearTimeout(timer);
      timer = setTimeout(() => (node.textContent = sentence), 400);
    },
  };
}

let lastField = 0;

const newId = () => `gb-field-${(lastField += 1)}-${Math.random().toString(36).slice(2)}`;

/** A label for `control`, which gets an id of its own. */
export function labelFor(control, text) {
  control.id = newId();
  return element("label", { for: control.id }, text);
}

/** A labelled range input from `low` to `limit` with its number beside it. */
export function slider({ label, limit, low = -limit, step, oninput }) {
  const input = element("input", {
    type: "range", min: low, max: limit, step,
    oninput: () => {
      show(Number(input.value));
      oninput(Number(input.value));
    },
  });
  const name = labelFor(input, label);
  const output = element("output", { for: input.id, className: "gb-number" });
  const show = (value) => {
    output.textContent = signed(value);
    input.setAttribute("aria-valuetext", value.toFixed(2));
  };
  return {
    node: element("div", { className: "gb-slider" }, name, input, output),
    rename: (text) => (name.textContent = text),
    set(value) {
      input.value = value;
      show(value);
    },
  };
}

/** Horizontal bars, one a label: index, word, bar, per cent. `behind` (fractions) is drawn in grey under the bars. */
export function histogram({ names, colours, ceiling, behind }) {
  const rows = names.map((name, index) => {
    const back = element("div", { className: "gb-bar-behind" });
    const bar = element("div", { className: "gb-bar" });
    bar.style.background = colours[index];
    const value = element("td", { className: "gb-number" });
    const swatch = element("span", { className: "gb-swatch" }, String(index));
    swatch.style.background = colours[index];
    swatch.style.color = isBright(colours[index]) ? "#14181e" : "#ffffff";
    const track = element("div", { className: "gb-track" }, back, bar, element("div", { className: "gb-even" }));
    const head = element("th", { scope: "row" }, swatch, name);
    return { node: element("tr", {}, head, element("td", { className: "gb-track-cell" }, track), value), back, bar, value };
  });
  const node = element("table", { className: "gb-histogram" }, element("tbody", {}, ...rows.map((row) => row.node)));
  return {
    node,
    draw(fractions) {
      const top = Math.max(ceiling, ...fractions, ...(behind ?? []));
      node.style.setProperty("--gb-even-at", percent(1 / names.length / top, 2));
      rows.forEach((row, index) => {
        row.bar.style.width = percent(fractions[index] / top, 2);
        row.back.style.width = percent((behind?.[index] ?? 0) / top, 2);
        row.value.textContent = percent(fractions[index]);
      });
    },
  };
}

function isBright(hex) {
  const [red, green, blue] = rgbOf(hex);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140;
}

const OWN_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", " ", "Enter"];

/** The whole widget. Keys that move its controls go no further: JupyterLab would move between cells with them. */
export function widgetSection(className, label, panels, notes) {
  const keep = (event) => {
    const shortcut = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    if (OWN_KEYS.includes(event.key) && !shortcut) event.stopPropagation();
  };
  return element("section", { className: `gb-widget ${className}`, "aria-label": label, onkeydown: keep },
    element("div", { className: "gb-layout" }, ...panels), ...notes);
}

/** A key of the histogram: what the bar, the grey bar and the dashed line are. */
export function histogramKey(names, withBehind) {
  const item = (className, text) => element("li", {}, element("span", { className: `gb-key ${className}` }), text);
  const behind = withBehind ? [item("gb-key-behind", "random c")] : [];
  return element("ul", { className: "gb-legend" }, item("gb-key-bar", "this c"), ...behind,
    item("gb-key-even", `even (${percent(1 / names.length)})`));
}

/** A number that sums up a state: its name, the value in large, a small remark. */
export function figureTile(name) {
  const value = element("div", { className: "gb-figure-value" });
  const remark = element("div", { className: "gb-figure-remark" });
  return {
    node: element("div", {}, element("div", { className: "gb-figure-name" }, name), value, remark),
    set(text, small = "") {
      value.textContent = text;
      remark.textContent = small;
    },
  };
}

/** Keeps the traits `names` and a drawing in step: `write(values)` tells Python, `onchange()` runs when Python sets one. */
export function followTraits(model, names, onchange) {
  let writing = false;
  const changed = () => writing || onchange();
  names.forEach((name) => model.on(`change:${name}`, changed));
  return {
    write(values) {
      writing = true;
      names.forEach((name) => model.set(name, values[name]));
      writing = false;
      model.save_changes();
    },
    close: () => names.forEach((name) => model.off(`change:${name}`, changed)),
  };
}

/** Arrow keys as steps: [across, up], or null for another key. */
export function arrowStep(event) {
  const far = event.shiftKey ? 5 : 1;
  const steps = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] };
  return steps[event.key] ?? null;
}

/** `node`, a square over two dimensions of c, with their names and ends written along two sides. */
export function framedSquare(node, limit) {
  const names = [0, 1].map(() => element("span", { className: "gb-axis-name" }));
  const end = (value) => element("span", {}, String(value).replace("-", "\u2212"));
  const frame = element("div", { className: "gb-frame" },
    element("div", { className: "gb-ticks gb-ticks-up" }, end(limit), names[1], end(-limit)), node,
    element("div", { className: "gb-ticks gb-ticks-across" }, end(-limit), names[0], end(limit)));
  return { node: frame, nameAxes: (axes) => names.forEach((name, i) => (name.textContent = `c${axes[i] + 1}`)) };
}

/** Where in the square `node` a pointer is: both from -1 to 1, up is positive. */
export function pointerPosition(node, event) {
  const box = node.getBoundingClientRect();
  const across = (2 * (event.clientX - box.left)) / box.width - 1;
  const up = 1 - (2 * (event.clientY - box.top)) / box.height;
  return [clamp(across, 1), clamp(up, 1)];
}


/** A canvas of so many pixels, drawn large. */
export function pixelCanvas(width, height, properties = {}) {
  const node = element("canvas", { width, height, className: "gb-pixels", ...properties });
  node.style.aspectRatio = `${width} / ${height}`;
  return node;
}

/** A picture, square if no height is given; `draw(pixels, label)` takes grey values (Uint8Array) or, three or four times as many, colours. */
export function pixelPicture(width, className = "", height = width) {
  const node = pixelCanvas(width, height, { className: `gb-pixels ${className}`, role: "img", "aria-label": "empty" });
  return {
    node,
    draw(pixels, label) {
      const image = new ImageData(width, height);
      const channels = pixels.length / (width * height);
      for (let i = 0; i < width * height; i += 1) {
        for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = pixels[channels * i + (channels > 1 ? c : 0)];
        image.data[4 * i + 3] = 255;
      }
      node.getContext("2d").putImageData(image, 0, 0);
      node.setAttribute("aria-label", label);
    },
  };
}

/** A WebP in bytes as a picture that can be drawn. */
export const decoded = (view) => createImageBitmap(new Blob([bytes(view)], { type: "image/webp" }));

/** Draws a square picture of a sheet on a canvas of its size. */
export function drawTile(canvas, sheet, column, row = 0) {
  const side = canvas.width;
  canvas.getContext("2d").drawImage(sheet, column * side, row * side, side, side, 0, 0, side, side);
}

/** The pixels of a square picture of a sheet, four numbers each. */
export function tilePixels(sheet, side, column, row = 0) {
  const canvas = element("canvas", { width: side, height: side });
  drawTile(canvas, sheet, column, row);
  return canvas.getContext("2d").getImageData(0, 0, side, side).data;
}

/** Lets a person keep bytes as a file. */
export function offerFile(view, name, type) {
  const href = URL.createObjectURL(new Blob([bytes(view)], { type }));
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/** A labelled menu; options are {value, text}. */
export function menu(label, options, onchange) {
  const node = element("select", { onchange: () => onchange(node.value) },
    ...options.map(({ value, text }) => element("option", { value }, text)));
  return { node: element("div", { className: "gb-select" }, labelFor(node, label), node), control: node };
}

export const quoted = (sentence) => `\u201c${sentence}\u201d`;

export const rgbOf = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

/**
 * A slider over `count` moments with a button that plays them. `name(number)` says which one it is, `show(number)` draws it,
 * `settled()` runs where a person, or the playing, came to rest. A moment lasts `pace` ms. For who prefers reduced motion the button
 * goes on by one moment at each press.
 */
export function player({ label, count, name, show, settled, pace = 700 }) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const idle = still ? "Next" : "Play";
  let number = count - 1;
  let timer = null;
  const input = element("input", {
    type: "range", min: 0, max: count - 1, step: 1,
    oninput: () => {
      stop();
      go(Number(input.value));
      settled();
    },
  });
  const output = element("output", { className: "gb-number" });
  const play = button(idle, () => {
    if (still) next();
    else if (timer) stop();
    else start();
  });

  function go(wanted) {
    number = wanted;
    input.value = number;
    input.setAttribute("aria-valuetext", name(number));
    output.textContent = name(number);
    show(number);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = idle;
  }

  function next() {
    go((number + 1) % count);
    settled();
  }

  function start() {
    const step = () => {
      go(number + 1);
      if (number < count - 1) return;
      stop();
      settled();
    };
    if (number === count - 1) number = -1;
    play.textContent = "Pause";
    timer = setInterval(step, pace);
    step();
  }

  return {
    node: element("div", { className: "gb-phase" }, labelFor(input, label), input, output, play),
    go, stop,
    get number() { return number; },
  };
}

const [CHART_WIDTH, CHART_HEIGHT, CHART_LEFT, CHART_BOTTOM, CHART_TOP] = [480, 230, 44, 36, 12];
const BAND_OPACITY = 0.25;
const DASHES = { solid: "none", dashed: "7 4", dotted: "2 4" };

export function svg(tag, properties, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(properties).forEach(([name, value]) => node.setAttribute(name, value));
  node.append(...children);
  return node;
}

/**
 * Curves from 0 to `last` of the axis, with a line that `mark(where)` moves.
 * curves: {name, colour, style, points: [where, values]}; a style is a key of DASHES, a curve without a name is not in the legend.
 * bands: {name, colour, points: [where, lows, highs]}, drawn behind the curves.
 */
export function curveChart({ label, axis, last, low, high, digits, curves, bands = [] }) {
  const [right, bottom] = [CHART_WIDTH - 10, CHART_HEIGHT - CHART_BOTTOM];
  const x = (where) => CHART_LEFT + ((right - CHART_LEFT) * where) / last;
  const y = (value) => CHART_TOP + ((bottom - CHART_TOP) * (high - value)) / (high - low);
  const lines = curves.map(({ colour, style, points: [where, values] }) => svg("polyline", {
    points: where.map((each, n) => `${x(each)},${y(values[n])}`).join(" "), fill: "none", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": DASHES[style],
  }));
  const areas = bands.map(({ colour, points: [where, lows, highs] }) => svg("polygon", {
    points: [...where.map((each, n) => `${x(each)},${y(highs[n])}`), ...where.map((each, n) => `${x(each)},${y(lows[n])}`).reverse()].join(" "),
    fill: colour, "fill-opacity": BAND_OPACITY,
  }));
  const ticks = [low, (low + high) / 2, high].flatMap((value) => [
    svg("line", { x1: CHART_LEFT, x2: right, y1: y(value), y2: y(value), class: "gb-grid-line" }),
    svg("text", { x: CHART_LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(digits)),
  ]);
  const ends = [0, Math.round(last / 2), last].map((where) =>
    svg("text", { x: x(where), y: bottom + 18, "text-anchor": where === last ? "end" : "middle" }, where.toLocaleString("en")));
  const line = svg("line", { y1: CHART_TOP, y2: bottom, class: "gb-phase-line" });
  const node = svg("svg", { viewBox: `0 0 ${CHART_WIDTH} ${CHART_HEIGHT}`, class: "gb-curves", role: "img", "aria-label": label },
    ...areas, ...ticks, ...ends, svg("text", { x: (CHART_LEFT + CHART_WIDTH) / 2, y: CHART_HEIGHT - 2, "text-anchor": "middle" }, axis), line, ...lines);
  const bandKey = bands.map(({ name, colour }) => {
    const swatch = element("span", { className: "gb-key" });
    swatch.style.background = colour;
    swatch.style.opacity = BAND_OPACITY;
    return element("li", {}, swatch, name);
  });
  const key = curves.filter(({ name }) => name).map(({ name, colour, style }) => {
    const swatch = element("span", { className: "gb-key gb-key-line" });
    swatch.style.borderTop = `3px ${style} ${colour}`;
    return element("li", {}, swatch, name);
  });
  return {
    node: element("div", {}, node, element("ul", { className: "gb-legend" }, ...key, ...bandKey)),
    mark(where) {
      ["x1", "x2"].forEach((name) => line.setAttribute(name, x(where)));
    },
  };
}

/** [where, value] of a curve's points next to `where`. */
export function nearestPoint([seen, values], where) {
  let best = 0;
  seen.forEach((each, i) => Math.abs(each - where) < Math.abs(seen[best] - where) && (best = i));
  return [seen[best], values[best]];
}

/** Layers in words: "layers 0 to 2 and 5". */
export function layerRanges(layers) {
  if (!layers.length) return "no layer";
  const starts = layers.filter((n) => !layers.includes(n - 1));
  const ends = layers.filter((n) => !layers.includes(n + 1));
  const parts = starts.map((first, i) => (first === ends[i] ? String(first) : `${first} to ${ends[i]}`));
  const told = parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : parts[0];
  return `${layers.length === 1 ? "layer" : "layers"} ${told}`;
}

/**
 * A button for each layer of a generator, and for each group of them, pressed where it is chosen; `changed(layers)` runs when a person chose.
 * sides: pixels at each layer, the last of which has colours only. groups: [name, layers]. marks: what a layer shows that is not chosen, or is.
 */
export function layerPicker({ label, sides, groups, marks, changed }) {
  const chosen = new Set();
  const toggle = (layers) => {
    const all = layers.every((n) => chosen.has(n));
    layers.forEach((n) => (all ? chosen.delete(n) : chosen.add(n)));
    show();
    changed(numbers());
  };
  const numbers = () => sides.map((_, n) => n).filter((n) => chosen.has(n));
  const named = groups.map(([name, layers]) => {
    const node = button(name, () => toggle(layers));
    node.title = layerRanges(layers);
    return { node, layers };
  });
  const single = sides.map((side, n) => {
    const mark = element("b");
    const size = n === sides.length - 1 ? "RGB" : `${side} px`;
    const node = element("button", { type: "button", className: "gb-button gb-layer", onclick: () => toggle([n]) },
      element("span", {}, element("span", { className: "gb-unseen" }, "Layer "), `${n} `), element("span", { className: "gb-hint" }, `${size} `), mark);
    return { node, mark };
  });
  function show() {
    named.forEach(({ node, layers }) => {
      const some = layers.filter((n) => chosen.has(n)).length;
      node.setAttribute("aria-pressed", some === layers.length ? "true" : some ? "mixed" : "false");
    });
    single.forEach(({ node, mark }, n) => {
      node.setAttribute("aria-pressed", chosen.has(n));
      mark.textContent = marks[Number(chosen.has(n))];
    });
  }
  return {
    node: element("div", { className: "gb-stack", role: "group", "aria-label": label },
      element("div", { className: "gb-buttons" }, ...named.map(({ node }) => node)),
      element("div", { className: "gb-layers" }, ...single.map(({ node }) => node))),
    set(layers) {
      chosen.clear();
      layers.forEach((n) => chosen.add(n));
      show();
    },
  };
}

// Painting label maps

const BRUSH_WIDTHS = [1, 3, 5, 9, 15]; // pixels wide
const BRUSH_AT_FIRST = 5; // at the start

/** Three numbers a pixel of four. */
export const rgbPixels = (rgba) => Uint8Array.from({ length: (rgba.length / 4) * 3 }, (_, i) => rgba[4 * Math.floor(i / 3) + (i % 3)]);

/** Label maps as colours, three numbers a pixel. */
export function mapColours(labels, colours) {
  const table = colours.map(rgbOf);
  return Uint8Array.from({ length: 3 * labels.length }, (_, i) => table[labels[Math.floor(i / 3)]][i % 3]);
}

/** How many pixels of a label map each class has. */
export function classCounts(labels, names) {
  const counts = names.map(() => 0);
  labels.forEach((each) => (counts[each] += 1));
  return counts;
}

/** The classes as radio buttons: what is chosen is what the brush paints. */
export function classPalette({ names, colours, label }, choose) {
  const move = (event, number) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (number + step + names.length) % names.length;
    choose(next);
    items[next].node.focus();
  };
  const items = names.map((name, number) => {
    const swatch = element("span", { className: "gb-swatch" });
    swatch.style.background = colours[number];
    const note = element("span", { className: "gb-hint" });
    const node = element("button", {
      type: "button", className: "gb-button gb-class", role: "radio", onclick: () => choose(number), onkeydown: (event) => move(event, number),
    }, swatch, element("span", {}, name), note);
    return { node, note };
  });
  return {
    node: element("div", { className: "gb-palette", role: "radiogroup", "aria-label": label }, ...items.map((each) => each.node)),
    /** `notes`: a few words for each class, or "". */
    show(chosen, notes) {
      items.forEach(({ node, note }, number) => {
        node.setAttribute("aria-checked", number === chosen);
        node.setAttribute("tabindex", number === chosen ? 0 : -1);
        note.textContent = notes[number];
      });
    },
  };
}

/**
 * A label map, to be painted on with mouse, pen, finger or keys; pixels of a number that no class has are transparent.
 * what: {labels(), colour(), original(), began(), painted(), moved(row, column), choose(number), undo()}; the eraser brings `original` back.
 */
export function paintingSurface({ side, names, colours, label = "Label map", brush = BRUSH_AT_FIRST, unit = "pixel", erases = "Brings back the label map as it was opened" }, what) {
  const canvas = pixelCanvas(side, side, { "aria-hidden": "true" });
  const ring = element("div", { className: "gb-brush" });
  const node = element("div", {
    className: "gb-surface", tabindex: "0", role: "application", "aria-roledescription": "painting surface",
    "aria-label": `${label} of ${side} by ${side} ${unit}s. Arrow keys move the brush, with shift by five. Space paints. ` +
      `Numbers 1 to ${names.length} choose a class, E takes the eraser, F fills areas, U undoes.`,
  }, canvas, ring);
  const table = colours.map(rgbOf);
  let width;
  let cursor; // column and row
  let from = null;
  let tool = null; // "eraser" or "fill"; else the brush
  const eraser = button("Eraser", () => take("eraser"));
  eraser.title = erases;
  const fill = button("Fill an area", () => take("fill"));
  fill.title = "Paints all of the area that you touch";
  const size = menu("Brush", BRUSH_WIDTHS.filter((value) => value <= side / 2).map((value) => ({ value, text: value === 1 ? `1 ${unit}` : `${value} ${unit}s` })), (value) => {
    width = Number(value);
    ringAt();
  });

  /** Takes a tool in hand, or lays it down. */
  function take(wanted) {
    tool = tool === wanted ? null : wanted;
    eraser.setAttribute("aria-pressed", tool === "eraser");
    fill.setAttribute("aria-pressed", tool === "fill");
  }

  function ringAt() {
    const share = (pixels) => `${(100 * pixels) / side}%`;
    Object.assign(ring.style, { width: share(width), height: share(width), left: share(cursor[0] + 0.5 - width / 2), top: share(cursor[1] + 0.5 - width / 2) });
  }

  /** Paints a disc around a place, in pixels. */
  function dab([x, y]) {
    const labels = what.labels();
    const reach = width / 2;
    for (let row = Math.max(0, Math.ceil(y - reach)); row <= Math.min(side - 1, y + reach); row += 1) {
      for (let column = Math.max(0, Math.ceil(x - reach)); column <= Math.min(side - 1, x + reach); column += 1) {
        const i = row * side + column;
        if ((row - y) ** 2 + (column - x) ** 2 <= reach ** 2) labels[i] = tool === "eraser" ? what.original()[i] : what.colour();
      }
    }
  }

  function stroke(to) {
    const start = from ?? to;
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - start[0], to[1] - start[1])));
    for (let n = 1; n <= steps; n += 1) dab(start.map((value, i) => Math.round(value + ((to[i] - value) * n) / steps)));
    from = to;
    draw();
    what.painted();
  }

  /** What a press does, of the mouse or of the space bar. */
  function press() {
    what.began();
    from = null;
    if (tool !== "fill") {
      stroke(cursor);
      return;
    }
    fillArea(what.labels(), side, cursor, what.colour());
    draw();
    what.painted();
  }

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return share.map((value) => Math.min(side - 1, Math.max(0, Math.floor(value * side))));
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    node.setPointerCapture(event.pointerId);
    cursor = at(event);
    ringAt();
    press();
  });
  node.addEventListener("pointermove", (event) => {
    if (!node.hasPointerCapture(event.pointerId)) return;
    cursor = at(event);
    ringAt();
    if (tool !== "fill") stroke(cursor);
  });

  const keys = { " ": press, e: () => take("eraser"), f: () => take("fill"), u: () => what.undo() };
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = arrowStep(event);
    const number = Number(event.key) - 1;
    const key = event.key.toLowerCase();
    if (step) {
      cursor = [cursor[0] + step[0], cursor[1] - step[1]].map((value) => Math.min(side - 1, Math.max(0, value)));
      ringAt();
    } else if (number in names) what.choose(number);
    else if (key in keys) keys[key]();
    else return;
    if (step || key === " ") what.moved(cursor[1], cursor[0]);
    event.preventDefault();
    event.stopPropagation();
  });

  function draw() {
    const image = new ImageData(side, side);
    what.labels().forEach((number, i) => number in table && image.data.set([...table[number], 255], 4 * i));
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  function begin() {
    [width, cursor] = [brush, [Math.floor(side / 2), Math.floor(side / 2)]];
    size.control.value = brush;
    if (tool) take(tool);
    ringAt();
  }

  return { node, draw, begin, controls: [element("div", { className: "gb-menus" }, size.node, eraser, fill)] };
}

/** Gives a class to a pixel and to all that are joined to it and have the same one. */
function fillArea(labels, side, [x, y], value) {
  const old = labels[y * side + x];
  if (old === value) return;
  const open = [[x, y]];
  while (open.length) {
    const [column, row] = open.pop();
    if (column < 0 || row < 0 || column >= side || row >= side || labels[row * side + column] !== old) continue;
    labels[row * side + column] = value;
    open.push([column - 1, row], [column + 1, row], [column, row - 1], [column, row + 1]);
  }
}

const REMEMBERED = 100; // steps that can be undone

/** States that can be brought back; `copied(state)` makes one that later changes leave alone. */
export function undoStates(copied) {
  let past = []; // the newest last
  let lastStep = ""; // of a slider that moves on, all is one step
  return {
    /** Keeps a state before a step; false if the step is the last one, going on. */
    keep(state, step) {
      if (step === lastStep && step !== "stroke") return false;
      past = [...past.slice(-REMEMBERED + 1), copied(state)];
      lastStep = step;
      return true;
    },
    rest: () => (lastStep = ""),
    /** The state before the last step, which is forgotten; undefined if there is none. */
    back() {
      lastStep = "";
      return past.pop();
    },
    clear: () => ([past, lastStep] = [[], ""]),
    get count() { return past.length; },
  };
}

/** A labelled field for a file; `use(file)` may refuse it by throwing a sentence, see `guardedBy`. */
export function fileField(label, use, guarded) {
  const input = element("input", { type: "file", accept: "image/*", onchange: guarded(async () => {
    const [file] = input.files;
    if (!file) return;
    try {
      await use(file);
    } finally {
      input.value = ""; // the same file may be opened again
    }
  }) });
  return element("div", { className: "gb-own" }, labelFor(input, label), input);
}

/** Makes of work on files of a person one that says what is wrong with them in a message line; nothing is changed then. */
export const guardedBy = (message) => (work) => async () => {
  try {
    await work();
  } catch (problem) {
    message.tell(`${problem.message} Nothing was changed.`);
  }
};

/** A picture file of a person; throws a sentence if it is none. */
export const openedPicture = (file) => createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" }).catch(() => {
  throw new Error(`${file.name} is no picture that this browser can read.`);
});

/** Pixels of a picture at another size, four numbers each: the nearest of its pixels, or for `smooth` means. */
export function scaledPixels(image, width, height, smooth = false) {
  const context = element("canvas", { width, height }).getContext("2d");
  Object.assign(context, { imageSmoothingEnabled: smooth, imageSmoothingQuality: "high" });
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

/** Offers a label map as a file that can be opened again. */
export function saveMap(labels, { side, colours }) {
  const picture = pixelPicture(side);
  picture.draw(mapColours(labels, colours), "label map");
  picture.node.toBlob(async (blob) => offerFile(new Uint8Array(await blob.arrayBuffer()), "label-map.png", "image/png"), "image/png");
}

/** Bytes of Python as single-precision numbers, in rows; without a size all in one. */
export function numbersIn(view, size = bytes(view).byteLength / 4) {
  const all = new Float32Array(bytes(view).slice().buffer);
  return Array.from({ length: all.length / size }, (_, row) => all.subarray(row * size, (row + 1) * size));
}

/** Numbers as the bytes that Python and the page's engine take. */
export const rawBytes = (numbers) => new Uint8Array(numbers.slice().buffer);
