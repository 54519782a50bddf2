import {
  announcer, arrowStep, button, bytes, decoded, element, kernelBackend, labelFor, latestOnly, menu, messageLine, numbersIn, offerFile, painted, percent, pixelCanvas,
  pixelPicture, pixelsOf, rgbOf, rgbPixels, slider, tilePixels, widgetSection,
} from "./common.js";

const LIMIT = 3; // standard deviations of the prior, to each side
const AXES = 3;
const SHELF = 12; // references at most
const STEPS = 100; // that can be undone
const BRUSHES = [1, 3, 5, 9, 15]; // pixels wide
const BRUSH = 5; // at the start

// Rules of this widget alone; they belong into widgets.css.
const STYLE = `
.gb-painter .gb-surface { position: relative; cursor: crosshair; touch-action: none; max-width: 420px; border: 1px solid var(--gb-line); border-radius: 4px; }
.gb-painter .gb-surface canvas { border-radius: 3px; }
.gb-painter .gb-surface:focus-visible { outline: 2px solid var(--gb-accent); outline-offset: 2px; }
.gb-painter .gb-brush { position: absolute; border: 2px solid #ffffff; outline: 2px solid #14181e; border-radius: 50%; pointer-events: none; display: none; }
.gb-painter .gb-surface:focus .gb-brush { display: block; }
.gb-painter .gb-slider { grid-template-columns: minmax(84px, auto) minmax(0, 1fr) 44px; }
.gb-painter .gb-palette { display: grid; grid-template-columns: repeat(auto-fill, minmax(138px, 1fr)); gap: 6px; }
.gb-widget.gb-painter .gb-class { display: flex; align-items: center; gap: 0 6px; padding: 4px 8px; text-align: left; min-width: 0; }
.gb-painter .gb-class .gb-swatch { flex: none; margin: 0; border: 1px solid var(--gb-muted); }
.gb-painter .gb-class[aria-checked="true"] { border-color: var(--gb-accent); box-shadow: inset 0 0 0 1px var(--gb-accent); }
.gb-painter .gb-class .gb-hint { margin-left: auto; }
.gb-painter .gb-made > canvas { max-width: 420px; }
.gb-painter .gb-pair-of-maps { display: grid; grid-template-columns: repeat(2, minmax(0, 96px)); gap: 10px; }
.gb-painter .gb-own { display: grid; gap: 8px; margin-top: 8px; }
.gb-painter input[type="file"] { max-width: 100%; min-width: 0; font: inherit; color: var(--gb-text); }
.gb-painter details summary { cursor: pointer; padding: 6px 0; }
@container (min-width: 620px) {
  .gb-painter .gb-layout { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
}
@container (min-width: 960px) {
  .gb-painter .gb-layout { grid-template-columns: minmax(0, 1.1fr) minmax(0, 1.1fr) minmax(0, 1fr); grid-template-rows: auto 1fr; }
  .gb-painter .gb-paint { grid-area: 1 / 1 / 3 / 2; }
  .gb-painter .gb-made { grid-area: 1 / 2 / 3 / 3; }
}
`;

/**
 * Draws the painter into `el`.
 * data: {side, names, colours, sizes: {whole, codes, classes, code}, levels, draws: codes in rows, axes, maps: label maps of references, sheet}
 * backend: {waiting, paint(labels, codes) -> pixels, read(pixels, labels) -> codes}
 */
export function drawPainter(el, data, backend) {
  const { side, names, sizes } = data;
  const place = codePlaces(data);
  const message = messageLine(backend.waiting);
  const announce = announcer();
  const start = { labels: data.maps[0], codes: data.draws[0], locked: names.map(() => false) };
  let state; // {labels, codes, locked}
  let past; // states before it, the newest last
  let opened; // the label map that the eraser brings back
  let draw; // number of the last draw
  let chosen = 0;
  let level = 0;
  let lastStep = ""; // of a slider that moves on, all is one step
  let before; // the picture before the last step
  let made; // the picture of now
  let resets = 0;

  const copied = ({ labels, codes, locked }) => ({ labels: labels.slice(), codes: codes.slice(), locked: [...locked] });
  const here = () => names.map((_, number) => state.labels.reduce((sum, each) => sum + (each === number), 0));
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
  const palette = classPalette(data, choose);
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
    if (name === lastStep && name !== "stroke") return;
    past = [...past.slice(-STEPS + 1), copied(state)];
    lastStep = name;
    before = made;
  }

  /** One step: `work` changes the state and says what it did. */
  function act(name, work) {
    remember(name);
    lastStep = "";
    const sentence = work();
    message.tell("");
    show();
    update();
    announce.say(sentence);
  }

  function undo() {
    if (!past.length) return;
    state = past.pop();
    lastStep = "";
    before = made;
    message.tell("");
    show();
    update();
    announce.say(past.length ? "Undone." : "Undone. No step is left.");
  }

  function choose(number) {
    chosen = number;
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
    const away = value - coordinate(state.codes, axis, from);
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

  /** Runs work on files of a person; what is wrong with them is said, and nothing is changed. */
  const withFiles = (work) => async () => {
    try {
      await work();
    } catch (problem) {
      message.tell(`${problem.message} Nothing was changed.`);
    }
  };

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
    palette.show(chosen, count, state.locked);
    const levels = held(state.labels).flatMap((each, n) => (each.has(chosen) ? [data.levels[n]] : [])).reverse();
    const where = levels.length ? `seen at the levels of ${levels.join(", ")} pixels` : "so few that no level sees them: its style cannot show";
    seen.textContent = count[chosen] ? `${count[chosen]} pixels, ${where}.` : "Not on the label map: its style is kept, and shows once you paint it.";
    back.disabled = !past.length;
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
    whole.set(coordinate(state.codes, data.axes.whole, 0));
    along.forEach((each, n) => {
      each.set(coordinate(state.codes, data.axes.local[level][chosen][n], place(level, chosen)));
      each.node.querySelector("input").disabled = locked;
    });
  }

  function begin() {
    resets += 1;
    state = copied(start);
    [past, opened, draw, lastStep] = [[], state.labels.slice(), 0, ""];
    level = deepest;
    chosen = names.indexOf("skin") === -1 ? 0 : names.indexOf("skin");
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
    const labels = classesIn(await pixelsOf(file, side), data, file.name);
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
  const section = widgetSection("gb-painter", "Painter of classes and styles", panels, [announce.node]);
  section.prepend(element("style", {}, STYLE));
  el.append(section);
  begin();
}

/** (level, class) -> where its code begins. */
const codePlaces = ({ sizes }) => (level, number) => sizes.whole + (level * sizes.classes + number) * sizes.code;

/** How far a code lies along an axis of length 1. */
const coordinate = (codes, axis, from) => axis.reduce((sum, part, i) => sum + part * codes[from + i], 0);

/** For each level, the finest first, which classes it holds: of each square of pixels the first one counts. */
function levelsHeld(labels, side, levels) {
  return Array.from({ length: levels }, (_, n) => {
    const step = 2 ** (n + 1);
    const found = new Set();
    for (let row = 0; row < side; row += step) for (let column = 0; column < side; column += step) found.add(labels[row * side + column]);
    return found;
  });
}

/** Label maps as colours, three numbers a pixel. */
function mapColours(labels, colours) {
  const table = colours.map(rgbOf);
  return Uint8Array.from({ length: 3 * labels.length }, (_, i) => table[labels[Math.floor(i / 3)]][i % 3]);
}

/** The classes as radio buttons: what is chosen is what the brush paints and whose style is shown. */
function classPalette({ names, colours }, choose) {
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
    node: element("div", { className: "gb-palette", role: "radiogroup", "aria-label": "Class to paint and to style" }, ...items.map((each) => each.node)),
    show(chosen, count, locked) {
      items.forEach(({ node, note }, number) => {
        node.setAttribute("aria-checked", number === chosen);
        node.setAttribute("tabindex", number === chosen ? 0 : -1);
        note.textContent = [...(locked[number] ? ["locked"] : []), ...(count[number] ? [] : ["absent"])].join(", ");
      });
    },
  };
}

/**
 * The label map, to be painted on with mouse, pen, finger or keys.
 * what: {labels(), colour(), original(), began(), painted(), moved(row, column), choose(number), undo()}
 */
function paintingSurface({ side, names, colours }, what) {
  const canvas = pixelCanvas(side, side, { "aria-hidden": "true" });
  const ring = element("div", { className: "gb-brush" });
  const node = element("div", {
    className: "gb-surface", tabindex: "0", role: "application", "aria-roledescription": "painting surface",
    "aria-label": `Label map of ${side} by ${side} pixels. Arrow keys move the brush, with shift by five pixels. Space paints. ` +
      `Numbers 1 to ${names.length} choose a class, E takes the eraser, U undoes.`,
  }, canvas, ring);
  let width;
  let cursor; // column and row
  let from = null;
  const eraser = button("Eraser", () => eraser.setAttribute("aria-pressed", eraser.getAttribute("aria-pressed") !== "true"));
  eraser.title = "Brings back the label map as it was opened";
  const size = menu("Brush", BRUSHES.map((value) => ({ value, text: value === 1 ? "1 pixel" : `${value} pixels` })), (value) => {
    width = Number(value);
    ringAt();
  });

  function ringAt() {
    const share = (pixels) => `${(100 * pixels) / side}%`;
    Object.assign(ring.style, { width: share(width), height: share(width), left: share(cursor[0] + 0.5 - width / 2), top: share(cursor[1] + 0.5 - width / 2) });
  }

  /** Paints a disc around a place, in pixels. */
  function dab([x, y]) {
    const [labels, erases] = [what.labels(), eraser.getAttribute("aria-pressed") === "true"];
    const reach = width / 2;
    for (let row = Math.max(0, Math.ceil(y - reach)); row <= Math.min(side - 1, y + reach); row += 1) {
      for (let column = Math.max(0, Math.ceil(x - reach)); column <= Math.min(side - 1, x + reach); column += 1) {
        const i = row * side + column;
        if ((row - y) ** 2 + (column - x) ** 2 <= reach ** 2) labels[i] = erases ? what.original()[i] : what.colour();
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

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return share.map((value) => Math.min(side - 1, Math.max(0, Math.floor(value * side))));
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    node.setPointerCapture(event.pointerId);
    what.began();
    [from, cursor] = [null, at(event)];
    ringAt();
    stroke(cursor);
  });
  node.addEventListener("pointermove", (event) => {
    if (!node.hasPointerCapture(event.pointerId)) return;
    cursor = at(event);
    ringAt();
    stroke(cursor);
  });

  node.addEventListener("keydown", (event) => {
    const step = arrowStep(event);
    const number = Number(event.key) - 1;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) {
      cursor = [cursor[0] + step[0], cursor[1] - step[1]].map((value) => Math.min(side - 1, Math.max(0, value)));
      ringAt();
      what.moved(cursor[1], cursor[0]);
    } else if (event.key === " ") {
      what.began();
      from = null;
      stroke(cursor);
      what.moved(cursor[1], cursor[0]);
    } else if (number in names) what.choose(number);
    else if (event.key.toLowerCase() === "e") eraser.click();
    else if (event.key.toLowerCase() === "u") what.undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function draw() {
    const pixels = mapColours(what.labels(), colours);
    const image = new ImageData(side, side);
    for (let i = 0; i < side * side; i += 1) image.data.set([pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2], 255], 4 * i);
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  function begin() {
    [width, cursor] = [BRUSH, [Math.floor(side / 2), Math.floor(side / 2)]];
    size.control.value = BRUSH;
    eraser.setAttribute("aria-pressed", "false");
    ringAt();
  }

  return { node, draw, begin, controls: [element("div", { className: "gb-menus" }, size.node, eraser)] };
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

/** A labelled field for a file; `use(file)` may refuse it by throwing a sentence. */
function fileField(label, use, guarded) {
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
    const pixels = rgbPixels(await pixelsOf(files[0], data.side, { smooth: true }));
    use(pixels, classesIn(await pixelsOf(files[1], data.side), data, files[1].name), files[0].name);
  }));
  return element("details", {}, element("summary", {}, "A reference of your own"), element("div", { className: "gb-own" }, picture.node, map.node, element("div", {}, add)));
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

/** The label map as a file that can be opened again. */
function saveMap(labels, { side, colours }) {
  const picture = pixelPicture(side);
  picture.draw(mapColours(labels, colours), "label map");
  picture.node.toBlob(async (blob) => offerFile(new Uint8Array(await blob.arrayBuffer()), "label-map.png", "image/png"), "image/png");
}

/** {whole, local: [level][class][axis]}. */
function axesIn(view, { whole, codes, classes, code }) {
  const all = numbersIn(view, bytes(view).byteLength / 4)[0];
  const axis = (n) => all.subarray(whole + n * code, whole + (n + 1) * code);
  const count = (all.length - whole) / (codes * classes * code);
  const local = Array.from({ length: codes }, (_, level) => Array.from({ length: classes }, (_unused, number) =>
    Array.from({ length: count }, (_none, n) => axis((level * classes + number) * count + n))));
  return { whole: all.subarray(0, whole), local };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const asked = async (kind, ...buffers) => bytes((await kernel.ask({ kind }, buffers)).buffers[0]);
  const raw = (numbers) => new Uint8Array(numbers.slice().buffer);
  const backend = {
    waiting: kernel.waiting,
    paint: (labels, codes) => asked("paint", labels, raw(codes)),
    read: async (pixels, labels) => new Float32Array((await asked("read", pixels, labels)).slice().buffer),
  };
  const [side, names, colours, sizes, levels] = ["side", "names", "colours", "sizes", "levels"].map((name) => model.get(name));
  const size = sizes.whole + sizes.codes * sizes.classes * sizes.code;
  const maps = bytes(model.get("maps"));
  const data = {
    side, names, colours, sizes, levels, draws: numbersIn(model.get("draws"), size), axes: axesIn(model.get("axes"), sizes),
    maps: Array.from({ length: maps.length / side ** 2 }, (_, n) => maps.slice(n * side ** 2, (n + 1) * side ** 2)),
  };
  decoded(model.get("shown")).then((sheet) => drawPainter(el, { ...data, sheet }, backend));
  return () => kernel.close();
}

export default { render };
