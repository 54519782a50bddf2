import {
  announcer, button, bytes, classCounts, classPalette, decoded, element, fileField, guardedBy, kernelBackend, labelFor, latestOnly, mapColours, messageLine, numbersIn,
  openedPicture, painted, paintingSurface, percent, pixelPicture, rawBytes, rgbOf, rgbPixels, saveMap, scaledPixels, tilePixels, undoStates, widgetSection,
} from "./common.js";

const STEPS = 40; // of the refinement at one press
const KEPT_EVERY = 5;
const RATE = 0.05; // of Adam, in deviations of the first axis
const [DECAY, SQUARES_DECAY, TINY] = [0.9, 0.999, 1e-8];
const LARGEST = 1024; // pixels of a side that are looked at in a file
const FAR = 60; // from the palette, root mean square of 0 to 255
const [MANY, CLEAR] = [64, 128]; // colours for each class that a label map may have; opacity of what counts as painted
const BY = {
  gradient: "Each step follows the gradient of the loss, which torch computes.",
  trial: "This page computes no gradients: before each step it draws once with each coefficient a little larger, and takes what that changes in the loss.",
};

/**
 * Draws the painter into `el`.
 * data: {side, height, names, colours, sparse, present, sizes: {styles, latent, lower}, deviation, axes: rows, looks: rows, maps, sheet,
 *   first: {loss, wanted, likeness} of the first map}
 * backend: {waiting, encode(labels) -> {ws, wanted}, draw(ws, wanted) -> {loss, pixels, likeness}, slope(ws, wanted) -> {loss, by, gradient}}
 */
export function drawLayouts(el, data, backend) {
  const { side, height, names, colours, sparse, present } = data;
  const what = sparse ? "scribbles" : "label map";
  const message = messageLine(backend.waiting);
  const announce = announcer();
  const withFiles = guardedBy(message);
  const past = undoStates((state) => ({ ...state, labels: state.labels.slice() }));
  let state; // {labels, look: number of a sample or -1, encoded: {ws, wanted} or null, course: codes of the lower layers at the kept steps, at}
  let opened; // what the eraser brings back
  let chosen;
  let drawn; // {loss, pixels, likeness}
  let version = 0; // of the label map
  let going = null; // the refinement at work
  let resets = 0;

  const fresh = (labels) => ({ labels, look: -1, encoded: null, course: [{ step: 0, below: null }], at: 0 });

  // What a person sees

  const picture = pixelPicture(side, "gb-result");
  const heat = pixelPicture(height);
  const heatName = element("figcaption");
  const read = pixelPicture(height);
  const asked = pixelPicture(height);
  const fit = element("p", { className: "gb-hint", role: "status" });
  const little = element("p", { className: "gb-hint", role: "status" });
  const notes = element("ul", { className: "gb-notes", hidden: "" });
  const how = element("p", { className: "gb-hint", role: "status" });
  const surface = paintingSurface({ ...data, label: sparse ? "Scribbles" : "Label map", brush: sparse ? 3 : 5, ...(sparse ? { erases: "Takes marks away" } : {}) }, {
    labels: () => state.labels, colour: () => chosen, original: () => opened,
    began: () => past.keep(state, "stroke"),
    painted: () => relabelled(),
    moved: (row, column) => announce.say(`Row ${row + 1}, column ${column + 1}: ${names[state.labels[row * side + column]]}.`),
    choose: (number) => choose(number), undo: () => undo(),
  });
  const palette = classPalette({ ...data, label: "Class to paint" }, choose);
  const back = button("Undo", undo);
  const better = button("Refine", () => (going ? stop() : refine()));
  const own = button("The encoder's look", () => act("own", () => {
    state.look = -1;
    return "The look is the encoder's own.";
  }));
  const steps = stepSlider((at) => {
    stop();
    state.at = at;
    update();
  });

  // What a person does

  /** One step: `work` changes the state and says what it did. */
  function act(step, work) {
    stop();
    past.keep(state, step);
    past.rest();
    const sentence = work();
    message.tell("");
    show();
    update();
    announce.say(sentence);
  }

  /** The label map is another one: codes and refinement of the old one are void. */
  function relabelled() {
    stop();
    version += 1;
    Object.assign(state, { encoded: null, course: [{ step: 0, below: null }], at: 0 });
    controls();
    update();
  }

  const changeMap = (step, labels, sentence) => act(step, () => {
    state.labels.set(labels);
    tell([]);
    relabelled();
    return sentence;
  });

  function undo() {
    const last = past.back();
    if (!last) return;
    stop();
    version += 1;
    state = last;
    tell([]);
    message.tell("");
    show();
    update();
    announce.say(past.count ? "Undone." : "Undone. No step is left.");
  }

  function choose(number) {
    chosen = number;
    controls();
    showHeat();
  }

  function tell(sentences) {
    notes.replaceChildren(...sentences.map((each) => element("li", {}, sentenceOf(each))));
    notes.hidden = !sentences.length;
  }

  // Codes and pictures

  /** Codes of all layers: below those of a kept step or the encoder's, above the encoder's or those of a sample. */
  function codesAt({ below }) {
    const { latent, styles, lower } = data.sizes;
    const ws = state.encoded.ws.slice();
    if (below) for (let layer = 0; layer < lower; layer += 1) ws.set(below, layer * latent);
    if (state.look >= 0) for (let layer = lower; layer < styles; layer += 1) ws.set(data.looks[state.look], layer * latent);
    return ws;
  }

  /** Encodes if need be, and draws; resolves to whether it came to an end. */
  async function redraw() {
    const [began, of] = [resets, version];
    if (!state.encoded) {
      const found = await message.over(backend.encode(state.labels));
      if (!found || began !== resets || of !== version) return false;
      state.encoded = found;
    }
    const found = await message.over(backend.draw(codesAt(state.course[state.at]), state.encoded.wanted));
    if (!found || began !== resets || of !== version) return false;
    drawn = found;
    showDrawn();
    return true;
  }

  const update = latestOnly(async () => {
    await painted();
    await redraw();
  });

  /** Moves the code of the lower layers along the axes by Adam, as `refine` of the library does; every few steps are kept and shown. */
  async function refine() {
    if (!state.encoded && !await redraw()) return;
    past.keep(state, "refine");
    past.rest();
    const mine = (going = {});
    const { latent } = data.sizes;
    const last = state.course[state.at];
    const start = last.below ?? state.encoded.ws.subarray(0, latent);
    const [sums, squares, moves] = [0, 0, 0].map(() => data.axes.map(() => 0));
    let below = start;
    state.course = state.course.slice(0, state.at + 1);
    better.textContent = "Stop";
    for (let n = 1; n <= STEPS && going === mine; n += 1) {
      await painted();
      if (going !== mine) return;
      const found = await message.over(backend.slope(codesAt({ below }), state.encoded.wanted));
      if (going !== mine) return;
      if (!found) break;
      how.textContent = `Step ${last.step + n} of ${last.step + STEPS}. ${BY[found.by]}`;
      found.gradient.forEach((slope, k) => {
        sums[k] = DECAY * sums[k] + (1 - DECAY) * slope;
        squares[k] = SQUARES_DECAY * squares[k] + (1 - SQUARES_DECAY) * slope ** 2;
        const root = Math.sqrt(squares[k] / (1 - SQUARES_DECAY ** n)) + TINY;
        moves[k] -= (RATE * data.deviation * sums[k]) / (1 - DECAY ** n) / root;
      });
      below = start.map((value, i) => value + data.axes.reduce((sum, axis, k) => sum + moves[k] * axis[i], 0));
      if (n % KEPT_EVERY) continue;
      state.course = [...state.course, { step: last.step + n, below }];
      state.at = state.course.length - 1;
      if (!await redraw()) break;
      controls();
    }
    if (going !== mine) return;
    stop();
    announce.say(`Refined: step ${state.course[state.at].step}. ${fit.textContent}`);
  }

  function stop() {
    going = null;
    better.textContent = "Refine";
  }

  // Showing it

  function showDrawn({ wanted } = state.encoded) {
    const count = classCounts(state.labels, names);
    const parts = names.flatMap((name, number) => (count[number] && (number || !sparse) ? [`${name} ${percent(count[number] / side ** 2)}`] : []));
    picture.draw(drawn.pixels, `Painted from ${sparse ? "scribbles" : "a label map"} with ${parts.join(", ") || "nothing marked"}`);
    showHeat();
    const found = strongest(drawn.likeness, present, height ** 2);
    asked.draw(mapColours(wanted, colours), `The ${what} as the encoder sees it, ${height} by ${height} places`);
    read.draw(mapColours(found, colours), "The class whose prototype is nearest to each feature of the picture");
    const counted = [...wanted.keys()].filter((place) => present[wanted[place]] && (!sparse || wanted[place]));
    const same = counted.filter((place) => found[place] === wanted[place]).length;
    fit.textContent = counted.length ? `${percent(same / counted.length)} of the places that count have the class that is asked for; mean cosine ${(1 - drawn.loss).toFixed(3)}.` : "Nothing is asked for that has a prototype.";
    controls();
  }

  /** How like the chosen class each place is: white for a cosine of 1, black for 0 and less. */
  function showHeat() {
    const places = height ** 2;
    const values = drawn.likeness.subarray(chosen * places, (chosen + 1) * places);
    const name = sparse && !chosen ? "background" : names[chosen];
    const best = Math.max(...values);
    heat.draw(Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value)))), `Cosine of each feature with the prototype of ${name}, at most ${best.toFixed(2)}`);
    heatName.textContent = present[chosen] ? `Likeness to ${name}: at most ${best.toFixed(2)}` : `${name}: ${sparse && !chosen ? "never marked" : "not in the annotated picture"}, so no prototype`;
  }

  function controls() {
    const count = classCounts(state.labels, names);
    palette.show(chosen, names.map((_, number) => (present[number] || (sparse && !number) ? "" : "unseen")));
    little.textContent = sentenceOf(littleIn(count, data) ?? "");
    back.disabled = !past.count;
    own.disabled = state.look < 0;
    steps.show(state.course.map(({ step }) => step), state.at);
  }

  function show() {
    surface.draw();
    controls();
  }

  function begin() {
    resets += 1;
    version += 1;
    stop();
    state = fresh(data.maps[0].slice());
    past.clear();
    opened = sparse ? new Uint8Array(side ** 2) : state.labels.slice();
    chosen = Math.max(1, names.indexOf("hair"));
    drawn = { ...data.first, pixels: rgbPixels(tilePixels(data.sheet, side, 0)) };
    how.textContent = "";
    surface.begin();
    message.tell("");
    tell([]);
    show();
    showDrawn(data.first);
  }

  const style = button("New style", () => act("look", () => {
    state.look = (state.look + 1) % data.looks.length;
    return `The look is that of sample ${state.look + 1} of ${data.looks.length}.`;
  }));
  const clear = button("Clear", () => changeMap("clear", new Uint8Array(side ** 2), sparse ? "Nothing is marked." : `All is ${names[0]} now.`));
  const reset = button("Reset", () => {
    begin();
    announce.say("Reset.");
  });
  const openFile = fileField(sparse ? "Open scribbles" : "Open a label map", async (file) => {
    const found = readMap(await filePixels(file), data);
    changeMap("open", found.labels, `${file.name} is the ${what} now.`);
    if (!sparse) opened = state.labels.slice();
    const said = littleIn(classCounts(found.labels, names), data); // stands below the surface
    tell(found.notes.filter((each) => each !== said));
  }, withFiles);
  const examples = data.maps.map((labels, number) => {
    const map = pixelPicture(side);
    map.draw(mapColours(labels, colours), `Example ${number + 1}`);
    return element("button", { type: "button", className: "gb-sample", onclick: () => {
      changeMap("example", labels, `Example ${number + 1}.`);
      if (!sparse) opened = labels.slice();
    } }, map.node);
  });
  const [shot, shotLabels] = [1, 2].map((column) => {
    const one = pixelPicture(side);
    one.draw(rgbPixels(tilePixels(data.sheet, side, column)), column === 1 ? "The annotated sample" : "Its labels");
    return one;
  });

  const panel = (className, ...children) => element("div", { className: `gb-panel gb-controls ${className}` }, ...children);
  const row = (...children) => element("div", { className: "gb-buttons" }, ...children);
  const figure = (one, caption) => element("figure", {}, one.node, typeof caption === "string" ? element("figcaption", {}, caption) : caption);
  const panels = [
    panel("gb-paint", element("h4", {}, sparse ? "Scribbles" : "Label map"), palette.node, surface.node, ...surface.controls, row(clear, back, reset), little, notes,
      ...(examples.length > 1 ? [element("div", { className: "gb-shelf", role: "group", "aria-label": "Examples" }, ...examples)] : []),
      element("details", {}, element("summary", {}, sparse ? "Scribbles of your own" : "A label map of your own"), element("div", { className: "gb-own" }, openFile,
        element("p", { className: "gb-hint" }, `A picture of any size in the colours of the classes, or of grey values from 0 to ${names.length - 1}. What cannot be understood is left out, and said.`),
        row(button("Save the map", () => saveMap(state.labels, data)))))),
    panel("gb-made", element("h4", {}, "Picture"), picture.node, row(style, own, better), steps.node, how, ...message.nodes),
    panel("gb-told-by-features", element("h4", {}, "What the features say"),
      element("div", { className: "gb-two" }, figure(asked, "Asked for"), figure(read, "Read off the features")), fit,
      element("div", { className: "gb-three" }, figure(heat, heatName), figure(shot, "The annotated sample"), figure(shotLabels, "Its labels"))),
  ];
  el.append(widgetSection("gb-painter gb-layout-painter", sparse ? "Painter of scribbles" : "Painter of layouts", panels, [announce.node]));
  begin();
}

const sentenceOf = (words) => (words ? `${words[0].toUpperCase()}${words.slice(1)}.` : "");

/** For each place the class whose prototype is nearest, of those that there are. */
function strongest(likeness, present, places) {
  return Uint8Array.from({ length: places }, (_, place) => {
    let best = -1;
    present.forEach((there, number) => {
      if (there && (best < 0 || likeness[number * places + place] > likeness[best * places + place])) best = number;
    });
    return Math.max(best, 0);
  });
}

/** A slider over the kept steps of a refinement; hidden while there is but one. */
function stepSlider(go) {
  const input = element("input", { type: "range", min: 0, step: 1, oninput: () => go(Number(input.value)) });
  const output = element("output", { className: "gb-number" });
  const node = element("div", { className: "gb-slider", hidden: "" }, labelFor(input, "Step"), input, output);
  return {
    node,
    show(numbers, at) {
      node.hidden = numbers.length < 2;
      input.max = numbers.length - 1;
      input.value = at;
      output.textContent = numbers[at];
      input.setAttribute("aria-valuetext", at ? `step ${numbers[at]}` : "the encoder's answer");
    },
  };
}

// Label maps of a person. What is said is what `read_map` of the library says.

/** {rgba, width, height} of a file; of a very large one the nearest pixels, and its own size as {given}. */
async function filePixels(file) {
  const image = await openedPicture(file);
  const share = Math.min(1, LARGEST / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((size) => Math.max(1, Math.round(size * share)));
  return { rgba: scaledPixels(image, width, height), width, height };
}

/** Label maps or scribbles at our size, and a line for each thing that was understood otherwise than given, or ignored. */
export function readMap({ rgba, width, height }, data) {
  const { side, names } = data;
  const notes = [];
  const all = { ...numbersOfPixels(rgba, data, notes), width, height };
  const square = middleSquare(all, notes);
  const labels = square.size === side ? square.numbers : sizedMap(square, side, notes);
  const little = littleIn(classCounts(labels, names), data);
  return { labels, notes: little ? [...notes, little] : notes };
}

/** Per cent, halves to the even number, as Python rounds. */
function share(count, all) {
  const exact = (100 * count) / all;
  return `${exact % 1 === 0.5 ? 2 * Math.round(exact / 2) : Math.round(exact)}%`;
}

/** The class of each pixel: grey values are numbers if any of them can be one, all else is colours of the palette. */
function numbersOfPixels(rgba, { names, colours }, notes) {
  const palette = colours.slice(0, names.length).map(rgbOf);
  const known = new Map(); // colour -> class, or -1
  const keys = Array.from({ length: rgba.length / 4 }, (_, i) => (rgba[4 * i + 3] < CLEAR ? -1 : 65536 * rgba[4 * i] + 256 * rgba[4 * i + 1] + rgba[4 * i + 2]));
  const clear = keys.filter((key) => key < 0).length;
  if (clear) notes.push(`understood: ${share(clear, keys.length)} of the pixels, which are transparent, as class 0`);
  const there = [...new Set(keys)].filter((key) => key >= 0);
  const split = (key) => [key >> 16, (key >> 8) & 255, key & 255];
  const grey = there.every((key) => new Set(split(key)).size === 1);
  if (grey && (!there.length || there.some((key) => key % 256 < names.length))) {
    const strange = there.map((key) => key % 256).filter((value) => value >= names.length).sort((a, b) => a - b);
    const numbers = Uint8Array.from(keys, (key) => (key < 0 || key % 256 >= names.length ? 0 : key % 256));
    const ignored = keys.filter((key) => key >= 0 && key % 256 >= names.length).length;
    if (ignored) notes.push(`ignored: ${share(ignored, keys.length)} of the pixels, of classes that there are not (${strange.slice(0, 5).join(", ")})`);
    return { numbers };
  }
  const refuse = () => {
    throw new Error(`Expected a label map, got a picture with ${there.length.toLocaleString("en")} colours that are not those of the classes.`);
  };
  if (there.length > MANY * names.length) refuse();
  for (const key of there) {
    const colour = split(key);
    const apart = palette.map((each) => Math.sqrt(each.reduce((sum, value, c) => sum + (value - colour[c]) ** 2, 0) / 3));
    const least = Math.min(...apart);
    known.set(key, least > FAR ? -1 : apart.indexOf(least));
  }
  const far = keys.filter((key) => known.get(key) === -1).length;
  if (far > 0.5 * keys.length) refuse();
  notes.push("understood: colours as classes, each pixel the nearest of the book's palette");
  if (far) notes.push(`ignored: ${share(far, keys.length)} of the pixels, whose colours are none of the palette's`);
  return { numbers: Uint8Array.from(keys, (key) => Math.max(0, known.get(key) ?? 0)) };
}

/** The middle of what is not square. */
function middleSquare({ numbers, width, height }, notes) {
  const size = Math.min(width, height);
  if (width === height) return { numbers, size };
  const [top, left] = [height, width].map((each) => Math.floor((each - size) / 2));
  notes.push(`ignored: what lies outside the middle square of ${size} of ${height} x ${width} pixels`);
  return { numbers: Uint8Array.from({ length: size ** 2 }, (_, i) => numbers[(top + Math.floor(i / size)) * width + left + (i % size)]), size };
}

/** The nearest pixels at another size; of a class that would be lost, one pixel is kept. */
function sizedMap({ numbers, size }, side, notes) {
  notes.push(`understood: ${size} x ${size} pixels as ${side} x ${side}`);
  const at = Array.from({ length: side }, (_, n) => Math.floor(((n + 0.5) * size) / side));
  const small = Uint8Array.from({ length: side ** 2 }, (_, i) => numbers[at[Math.floor(i / side)] * size + at[i % side]]);
  const lost = [...new Set(numbers)].sort((a, b) => a - b).filter((number) => number && !small.includes(number));
  for (const number of lost) {
    const places = [...numbers.keys()].filter((i) => numbers[i] === number);
    const middle = places[Math.floor(places.length / 2)];
    const [y, x] = [Math.floor(middle / size), middle % size].map((place) => Math.floor((place * side) / size));
    small[y * side + x] = number;
  }
  return small;
}

/** What is so little that little can follow from it, or undefined. */
function littleIn(count, { names, sparse }) {
  const there = [...names.keys()].filter((number) => count[number]);
  const marked = there.filter((number) => number);
  if (!marked.length) return `understood: ${sparse ? "nothing is marked" : "all is background"}, so the picture says little more than the mean of all`;
  if (sparse && marked.length === 1 && count[marked[0]] === 1) return `understood: a single pixel of ${names[marked[0]]}, widened to a square; all else is left open`;
  if (there.length === 1) return `understood: ${names[marked[0]]} and nothing else; no picture of the training was like that`;
  return undefined;
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const ask = async (kind, ...buffers) => {
    const { buffers: found, ...content } = await kernel.ask({ kind }, buffers);
    return { ...content, found };
  };
  const backend = {
    waiting: kernel.waiting,
    async encode(labels) {
      const { found: [ws, wanted] } = await ask("encode", labels);
      return { ws: numbersIn(ws)[0], wanted: bytes(wanted) };
    },
    async draw(ws, wanted) {
      const { loss, found: [pixels, likeness] } = await ask("draw", rawBytes(ws), wanted);
      return { loss, pixels: bytes(pixels), likeness: numbersIn(likeness)[0] };
    },
    async slope(ws, wanted) {
      const { loss, by, found: [gradient] } = await ask("slope", rawBytes(ws), wanted);
      return { loss, by, gradient: numbersIn(gradient)[0] };
    },
  };
  const traits = ["side", "height", "names", "colours", "sparse", "present", "sizes", "deviation"];
  const data = Object.fromEntries(traits.map((name) => [name, model.get(name)]));
  const { latent } = data.sizes;
  const maps = bytes(model.get("maps"));
  const size = data.side ** 2;
  Object.assign(data, {
    axes: numbersIn(model.get("axes"), latent), looks: numbersIn(model.get("looks"), latent),
    first: { loss: model.get("loss"), wanted: bytes(model.get("wanted")), likeness: numbersIn(model.get("likeness"))[0] },
    maps: Array.from({ length: maps.length / size }, (_, n) => maps.slice(n * size, (n + 1) * size)),
  });
  decoded(model.get("shown")).then((sheet) => drawLayouts(el, { ...data, sheet }, backend));
  return () => kernel.close();
}

export default { render };
