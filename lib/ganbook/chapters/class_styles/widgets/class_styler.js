import {
  announcer, button, bytes, classCounts, classPalette, decoded, element, fileField, guardedBy, kernelBackend, labelFor, latestOnly, mapColours, menu, messageLine, numbersIn,
  openedPicture, painted, paintingSurface, percent, pixelPicture, rawBytes, rgbOf, rgbPixels, saveMap, scaledPixels, slider, tilePixels, undoStates, widgetSection,
} from "./common.js";

const LIMIT = 3; // to each side of the middle, in units of codes; drawn codes have deviations near 1
const AXES = 3;
const SHELF = 12; // references at most

/**
 * Draws the painter into `el`.
 * data: {side, names, colours, sizes: {whole, codes, classes, code}, levels, telling: of each class the level that says the most, draws: codes in rows, middle: codes, axes, maps: label maps of references, sheet}
 * backend: {waiting, paint(labels, codes) -> pixels, read(pixels, labels) -> codes}
 */
export function drawPainter(el, data, backend) {
  const { side, names, sizes } = data;
  const place = codePlaces(data);
  const message = messageLine(backend.waiting);
  const announce = announcer();
  const start = { labels: data.maps[0], codes: data.draws[0], locked: names.map(() => false) };
  let state; // {labels, codes, locked}
  let opened; // the label map that the eraser brings back
  let draw; // number of the last draw
  let chosen = 0;
  let level = 0;
  let before; // the picture before the last step
  let made; // the picture of now
  let resets = 0;

  const copied = ({ labels, codes, locked }) => ({ labels: labels.slice(), codes: codes.slice(), locked: [...locked] });
  const past = undoStates(copied);
  const here = () => classCounts(state.labels, names);
  const held = (labels) => levelsHeld(labels, side, sizes.codes, names.length);

  // What a person sees

  const picture = pixelPicture(side, "gb-result");
  const changed = pixelPicture(side);
  const surface = paintingSurface(data, {
    labels: () => state.labels, colour: () => chosen, original: () => opened,
    began: () => remember("stroke"),
    painted: () => { showClasses(); update(); },
    moved: (row, column) => announce.say(`Row ${row + 1}, column ${column + 1}: ${names[state.labels[row * side + column]]}.`),
    choose: (number) => choose(number), undo: () => undo(),
  });
  const palette = classPalette({ ...data, label: "Class to paint and to style" }, choose);
  const heading = element("h4");
  const seen = element("p", { className: "gb-hint", role: "status" });
  const whole = slider({ label: "As a whole", limit: LIMIT, step: 0.1, oninput: (value) => move("whole", data.axes.whole, 0, value) });
  const along = Array.from({ length: AXES }, (_, n) => slider({
    label: `Axis ${n + 1}`, limit: LIMIT, step: 0.1, oninput: (value) => move(`${chosen}.${level}.${n}`, data.axes.local[level][chosen][n], place(level, chosen), value),
  }));
  const deepest = data.levels.length - 1;
  const every = data.levels.map((_, n) => n);
  const sayLevel = (pixels, n) => `${pixels} \u00d7 ${pixels}${deepest ? { 0: ", finest", [deepest]: ", coarsest" }[n] ?? "" : ""}`;
  const levelMenu = menu("Level", data.levels.map((pixels, value) => ({ value, text: sayLevel(pixels, value) })).reverse(), (value) => {
    level = Number(value);
    show();
  });
  const fresh = button("New style", () => restyle([chosen], every, `a new style for ${names[chosen]}`));
  const freshHere = button("New at this level", () => restyle([chosen], [level], `a new style for ${names[chosen]} at ${data.levels[level]} pixels`));
  const lock = button("Lock", () => act("lock", () => {
    state.locked[chosen] = !state.locked[chosen];
    return `${names[chosen]} is ${state.locked[chosen] ? "locked" : "free again"}.`;
  }));
  const back = button("Undo", undo);
  const shelf = referenceShelf(data, backend);
  const copy = button("", () => copyFrom([chosen]));
  const copyAll = button("Copy all classes", () => copyFrom(null));
  const copyWhole = button("Copy the whole's code", () => copyFrom([], true));

  // What a person does

  /** Keeps the state for undo; what has the same name as the step before belongs to it. */
  function remember(name) {
    if (past.keep(state, name)) before = made;
  }

  /** One step: `work` changes the state and says what it did. */
  function act(name, work) {
    remember(name);
    past.rest();
    const sentence = work();
    message.tell("");
    show();
    update();
    announce.say(sentence);
  }

  function undo() {
    const last = past.back();
    if (!last) return;
    state = last;
    before = made;
    message.tell("");
    show();
    update();
    announce.say(past.count ? "Undone." : "Undone. No step is left.");
  }

  function choose(number) {
    chosen = number;
    level = data.telling[chosen];
    show();
  }

  const nextDraw = () => data.draws[(draw = (draw + 1) % data.draws.length)];
  const take = (codes, levels, number) => levels.forEach((n) => {
    const from = place(n, number);
    state.codes.set(codes.subarray(from, from + sizes.code), from);
  });

  function restyle(numbers, levels, what) {
    act("restyle", () => {
      const codes = nextDraw();
      numbers.forEach((number) => take(codes, levels, number));
      return `Here is ${what}.`;
    });
  }

  /** Moves a code along an axis until its coordinate there is `value`. */
  function move(name, axis, from, value) {
    remember(`slider ${name}`);
    const away = value - coordinate(state.codes, data.middle, axis, from);
    axis.forEach((part, i) => (state.codes[from + i] += away * part));
    back.disabled = false;
    update();
  }

  /** Codes of a reference for these classes (null: all that are not locked), as far as it holds them. */
  async function copyFrom(numbers, wholeToo = false) {
    const began = resets;
    const reference = shelf.chosen();
    const codes = await message.over(reference.codes());
    if (!codes || began !== resets) return;
    const holds = held(reference.labels);
    const there = names.map((_, number) => holds.some((each) => each.has(number)));
    const wanted = numbers ?? names.map((_, number) => number).filter((number) => there[number] && !state.locked[number]);
    const missing = wanted.filter((number) => !there[number]);
    if (missing.length) {
      const list = names.filter((_, number) => there[number]).join(", ");
      message.tell(`${reference.name} holds no ${missing.map((number) => names[number]).join(" and no ")} (or too little of it); it holds ${list}. Nothing was changed.`);
      return;
    }
    if (!wanted.length && !wholeToo) {
      message.tell(`All classes that ${reference.name} holds are locked. Nothing was changed.`);
      return;
    }
    act("copy", () => {
      wanted.forEach((number) => take(codes, every.filter((n) => holds[n].has(number)), number));
      if (wholeToo) state.codes.set(codes.subarray(0, sizes.whole), 0);
      return `Copied from ${reference.name}: ${wholeToo ? "the code of the whole" : wanted.map((number) => names[number]).join(", ")}.`;
    });
  }

  const withFiles = guardedBy(message);

  function keepPicture() {
    shelf.add(made, state.labels.slice(), "your picture");
    announce.say("Your picture stands on the shelf of references.");
  }

  // Showing it

  function describe() {
    const count = here();
    const parts = names.flatMap((name, number) => (count[number] ? [`${name} ${percent(count[number] / side ** 2)}`] : []));
    return `Painted from a label map with ${parts.join(", ")}`;
  }

  const update = latestOnly(async () => {
    const began = resets;
    await painted();
    const pixels = await message.over(backend.paint(state.labels, state.codes));
    if (!pixels || began !== resets) return;
    showPicture(pixels);
  });

  function showPicture(pixels) {
    made = pixels;
    picture.draw(made, describe());
    const apart = Uint8Array.from({ length: side ** 2 }, (_, i) => Math.max(...[0, 1, 2].map((c) => Math.abs(made[3 * i + c] - before[3 * i + c]))));
    const mean = apart.reduce((sum, value) => sum + value, 0) / apart.length / 255;
    changed.draw(apart, `Changed by the last step: a pixel by ${percent(mean, 1)} on average`);
  }

  function showClasses() {
    const count = here();
    palette.show(chosen, names.map((_, number) => [...(state.locked[number] ? ["locked"] : []), ...(count[number] ? [] : ["absent"])].join(", ")));
    const levels = held(state.labels).flatMap((each, n) => (each.has(chosen) ? [data.levels[n]] : [])).reverse();
    const where = levels.length ? `seen at the levels of ${levels.join(", ")} pixels` : "so few that no level sees them: its style cannot show";
    seen.textContent = count[chosen] ? `${count[chosen]} pixels, ${where}.` : "Not on the label map: its style is kept, and shows once you paint it.";
    back.disabled = !past.count;
  }

  function show() {
    const locked = state.locked[chosen];
    surface.draw();
    showClasses();
    heading.textContent = `Style of ${names[chosen]}`;
    copy.textContent = `Copy ${names[chosen]}`;
    lock.setAttribute("aria-pressed", locked);
    levelMenu.control.value = level;
    [fresh, freshHere, copy].forEach((each) => (each.disabled = locked));
    whole.set(coordinate(state.codes, data.middle, data.axes.whole, 0));
    along.forEach((each, n) => {
      each.set(coordinate(state.codes, data.middle, data.axes.local[level][chosen][n], place(level, chosen)));
      each.node.querySelector("input").disabled = locked;
    });
  }

  function begin() {
    resets += 1;
    state = copied(start);
    past.clear();
    [opened, draw] = [state.labels.slice(), 0];
    chosen = names.indexOf("skin") === -1 ? 0 : names.indexOf("skin");
    level = data.telling[chosen];
    before = rgbPixels(tilePixels(data.sheet, side, 0));
    shelf.begin();
    surface.begin();
    message.tell("");
    show();
    showPicture(before);
  }

  const reset = button("Reset", () => {
    begin();
    announce.say("Reset.");
  });
  const all = button("New styles for all", () => {
    const free = names.map((_, number) => number).filter((number) => !state.locked[number]);
    restyle(free, every, free.length < names.length ? "a new style for all that is not locked" : "a new style for all classes");
  });
  const newWhole = button("New whole", () => act("whole", () => {
    state.codes.set(nextDraw().subarray(0, sizes.whole), 0);
    return "Here is a new code of the whole.";
  }));
  const fill = button("Fill the map", () => act("fill", () => {
    state.labels.fill(chosen);
    return `All is ${names[chosen]} now.`;
  }));
  const save = button("Save the map", () => saveMap(state.labels, data));
  const openMap = fileField("Open a label map", async (file) => {
    const labels = classesIn(await pixelsOf(file, side, false), data, file.name);
    act("open", () => {
      state.labels.set(labels);
      opened = state.labels.slice();
      return `${file.name} is the label map now.`;
    });
  }, withFiles);
  const own = ownReference(data, withFiles, (pixels, labels, name) => {
    shelf.add(pixels, labels, name);
    message.tell("");
    announce.say(`${name} stands on the shelf of references.`);
  });

  const panel = (className, ...children) => element("div", { className: `gb-panel gb-controls ${className}` }, ...children);
  const row = (...children) => element("div", { className: "gb-buttons" }, ...children);
  const panels = [
    panel("gb-paint", element("h4", {}, "Label map"), palette.node, surface.node, ...surface.controls, row(fill, save),
      element("details", {}, element("summary", {}, "A label map of your own"), element("div", { className: "gb-own" }, openMap,
        element("p", { className: "gb-hint" }, `A square picture in the colours of the classes, or of grey values from 0 to ${names.length - 1}.`)))),
    panel("gb-made", element("h4", {}, "Picture"), picture.node, row(all, newWhole, back, reset), whole.node, ...message.nodes,
      element("div", { className: "gb-pair-of-maps" }, element("figure", {}, changed.node, element("figcaption", {}, "Changed by the last step")))),
    panel("gb-style", heading, seen, row(fresh, lock), levelMenu.node, ...along.map((each) => each.node), row(freshHere)),
    panel("gb-references", element("h4", {}, "Copy from a reference"), shelf.node, row(copy, copyAll, copyWhole),
      row(button("Keep this picture as a reference", keepPicture)), own),
  ];
  const section = widgetSection("gb-painter gb-class-styler", "Painter of classes and styles", panels, [announce.node]);
  el.append(section);
  begin();
}

/** (level, class) -> where its code begins. */
const codePlaces = ({ sizes }) => (level, number) => sizes.whole + (level * sizes.classes + number) * sizes.code;

/** How far a code lies from the middle of its like, along an axis of length 1. */
const coordinate = (codes, middle, axis, from) => axis.reduce((sum, part, i) => sum + part * (codes[from + i] - middle[from + i]), 0);

/** For each level, the finest first, which classes it holds: of each square of pixels the first one counts. */
function levelsHeld(labels, side, levels) {
  return Array.from({ length: levels }, (_, n) => {
    const step = 2 ** (n + 1);
    const found = new Set();
    for (let row = 0; row < side; row += step) for (let column = 0; column < side; column += step) found.add(labels[row * side + column]);
    return found;
  });
}

/** References as buttons, the chosen one's label map below; a reference's codes are asked for when they are wanted. */
function referenceShelf({ side, colours, maps, sheet }, backend) {
  const node = element("div", { className: "gb-shelf", role: "group", "aria-label": "References" });
  const map = pixelPicture(side);
  const name = element("figcaption");
  let all = [];
  let number = 0;

  const reference = (pixels, labels, text) => {
    let found = null;
    const picture = pixelPicture(side);
    picture.draw(pixels, text);
    const one = {
      pixels, labels, name: text,
      codes: () => (found ??= backend.read(pixels, labels).catch((problem) => {
        found = null;
        throw problem;
      })),
    };
    one.node = element("button", { type: "button", className: "gb-sample", onclick: () => show(all.indexOf(one)) }, picture.node);
    return one;
  };

  function show(wanted) {
    number = wanted;
    node.replaceChildren(...all.map((each) => each.node));
    all.forEach((each, n) => each.node.setAttribute("aria-pressed", n === number));
    map.draw(mapColours(all[number].labels, colours), `Label map of ${all[number].name}`);
    name.textContent = `Label map of ${all[number].name}`;
  }

  const shown = maps.map((labels, n) => reference(rgbPixels(tilePixels(sheet, side, n + 1)), labels, `reference ${n + 1}`));
  return {
    node: element("div", { className: "gb-stack" }, node,
      element("div", { className: "gb-pair-of-maps" }, element("figure", {}, map.node, name))),
    chosen: () => all[number],
    begin() {
      all = [...shown];
      show(Math.min(1, all.length - 1));
    },
    add(pixels, labels, text) {
      const extra = all.slice(shown.length).slice(-Math.max(1, SHELF - shown.length) + 1);
      all = [...shown, ...(SHELF - shown.length > 1 ? extra : []), reference(pixels, labels, text)];
      show(all.length - 1);
    },
  };
}

/** Two files, a picture and its label map. */
function ownReference(data, guarded, use) {
  const field = (label) => {
    const input = element("input", { type: "file", accept: "image/*" });
    return { input, node: element("div", { className: "gb-own" }, labelFor(input, label), input) };
  };
  const [picture, map] = [field("Its picture"), field("Its label map")];
  const add = button("Add the reference", guarded(async () => {
    const files = [picture, map].map(({ input }) => input.files[0]);
    if (files.some((file) => !file)) throw new Error("A reference needs a picture and its label map.");
    const pixels = rgbPixels(await pixelsOf(files[0], data.side, true));
    use(pixels, classesIn(await pixelsOf(files[1], data.side, false), data, files[1].name), files[0].name);
  }));
  return element("details", {}, element("summary", {}, "A reference of your own"), element("div", { className: "gb-own" }, picture.node, map.node, element("div", {}, add)));
}

/** Pixels of a square picture file at our size, four numbers each; the nearest of its pixels, or for `smooth` means. */
async function pixelsOf(file, side, smooth) {
  const image = await openedPicture(file);
  if (image.width !== image.height) throw new Error(`${file.name} has ${image.width} \u00d7 ${image.height} pixels; it must be square.`);
  return scaledPixels(image, side, side, smooth);
}

/** The class of each pixel of a picture in the colours of the classes, or of grey values that are their numbers. */
function classesIn(rgba, { names, colours }, name) {
  const table = new Map([...names.keys()].map((number) => [`${number},${number},${number}`, number]));
  colours.forEach((colour, number) => table.set(rgbOf(colour).join(), number));
  const keys = Array.from({ length: rgba.length / 4 }, (_, i) => rgba.subarray(4 * i, 4 * i + 3).join());
  const strange = [...new Set(keys.filter((key) => !table.has(key)))];
  if (strange.length) {
    const example = `rgb(${strange[0].replaceAll(",", ", ")})`;
    throw new Error(`${name} is a label map of another palette: ${strange.length} of its colours belong to no class, such as ${example}.`);
  }
  return Uint8Array.from(keys, (key) => table.get(key));
}

/** {whole, local: [level][class][axis]}. */
function axesIn(view, { whole, codes, classes, code }) {
  const [all] = numbersIn(view);
  const axis = (n) => all.subarray(whole + n * code, whole + (n + 1) * code);
  const count = (all.length - whole) / (codes * classes * code);
  const local = Array.from({ length: codes }, (_, level) => Array.from({ length: classes }, (_unused, number) =>
    Array.from({ length: count }, (_none, n) => axis((level * classes + number) * count + n))));
  return { whole: all.subarray(0, whole), local };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const asked = async (kind, ...buffers) => bytes((await kernel.ask({ kind }, buffers)).buffers[0]);
  const backend = {
    waiting: kernel.waiting,
    paint: (labels, codes) => asked("paint", labels, rawBytes(codes)),
    read: async (pixels, labels) => numbersIn(await asked("read", pixels, labels))[0],
  };
  const [side, names, colours, sizes, levels, telling] = ["side", "names", "colours", "sizes", "levels", "telling"].map((name) => model.get(name));
  const size = sizes.whole + sizes.codes * sizes.classes * sizes.code;
  const maps = bytes(model.get("maps"));
  const data = {
    side, names, colours, sizes, levels, telling, draws: numbersIn(model.get("draws"), size), middle: numbersIn(model.get("middle"), size)[0], axes: axesIn(model.get("axes"), sizes),
    maps: Array.from({ length: maps.length / side ** 2 }, (_, n) => maps.slice(n * side ** 2, (n + 1) * side ** 2)),
  };
  decoded(model.get("shown")).then((sheet) => drawPainter(el, { ...data, sheet }, backend));
  return () => kernel.close();
}

export default { render };
