import {
  announcer, bytes, button, element, figureTile, kernelBackend, labelFor, menu, messageLine, pixelPicture, quoted, rgbOf, widgetSection,
} from "./common.js";

const DIGIT = 28;
const GRID = 3;
const EMPTY = [10, 0, 0, 0, 0];
const PAD = 196; // pixels a side of the drawing pad
const BRUSH = 16;

/**
 * Draws the editor into `el`. A picture is known to the backend by what goes with it: the digit (28 x 28) and its class, and the state.
 * data: {resolution, digits (n x 28 x 28), labels, grammar, colours, start: {sample, placed, edited}}
 * backend: {waiting, place(digit, shown, state), edit(digit, shown, state, text, picture), draw(pixels, side)}, answers as in Python's _reply.
 */
export function drawEditor(el, data, backend) {
  const { resolution, labels } = data;
  const words = data.grammar.digits;
  const placing = messageLine(backend.waiting);
  const telling = messageLine(backend.waiting);
  const announce = announcer();
  let start; // {picture, state, shown, digit, allowed}: what the history begins with
  let steps; // the same of each step, and {text, source, result, target, ssim, nothing}
  let drawing = null; // {digit, shown}, in place of a sample

  const sampleOf = (number) => ({ number, digit: data.digits.subarray(number * DIGIT ** 2, (number + 1) * DIGIT ** 2), shown: labels[number] });
  const picker = samplePicker(data, sampleOf, (chosen) => take(chosen, null));
  const pad = drawingPad(words, (pixels, shown) => inTurn(async () => {
    const answer = await placing.over(backend.draw(pixels, PAD));
    if (!answer) return;
    await place({ digit: bytes(answer.buffers[0]), shown }, start.state);
    announce.say(`Your drawing, as a ${words[shown]}, is the source now.`);
  }));
  const box = boxPicker((state, refusal) => {
    if (refusal) placing.tell(refusal);
    else inTurn(() => place(now(), state));
  });
  const sentence = sentenceBuilder(data.grammar, (text) => apply(text));
  const pictures = editPictures(data);
  const heading = element("h4");
  const likeness = figureTile("SSIM of result and target");
  const strip = historyStrip(resolution);
  const goOn = menu("Next step starts from", [
    { value: "result", text: "the model's own result" }, { value: "target", text: "the true target" },
  ], () => show());
  const undo = button("Undo", () => inTurn(() => {
    steps.pop();
    clearMessages();
    show();
    announce.say(steps.length ? `Undone. Last step: ${steps.at(-1).text}.` : "Undone. No step is left.");
  }));
  const reset = button("Reset", () => inTurn(() => {
    clearMessages();
    goOn.control.value = "result";
    pad.clear();
    begin();
  }));

  const clearMessages = () => [placing, telling].forEach((line) => line.tell(""));

  // One thing after another: a step needs the picture that the one before it made.
  let last = Promise.resolve();
  const inTurn = (work) => (last = last.then(work));

  /** What the next step starts from. */
  function now() {
    const step = steps.at(-1);
    if (!step) return start;
    const number = step.shown === start.shown ? start.number : undefined;
    return { ...step, number, picture: goOn.control.value === "target" ? step.target : step.result };
  }

  const take = (chosen) => inTurn(() => place(chosen, start.state));

  async function place({ digit, shown, number }, state) {
    const wanted = state[0] === EMPTY[0] ? EMPTY : [shown, ...state.slice(1)];
    const answer = await placing.over(backend.place(digit, shown, wanted));
    if (!answer) return;
    start = placed(answer, digit, number);
    steps = [];
    clearMessages();
    show();
    announce.say(`Source: ${inWords(start.state, words)}.`);
  }

  const placed = (answer, digit, number) =>
    ({ picture: bytes(answer.buffers[0]), state: answer.state, shown: answer.digit, allowed: answer.allowed, digit, number });

  const stepped = ({ buffers, digit: shown, ...answer }) => {
    const [source, result, target, digit] = buffers.map(bytes);
    return { ...answer, shown, source, result, target, digit };
  };

  function apply(text) {
    return inTurn(async () => {
      const { digit, shown, state, picture } = now();
      const answer = await telling.over(backend.edit(digit, shown, state, text, picture));
      if (!answer) return;
      steps.push(stepped(answer));
      clearMessages();
      show();
      announce.say(`${answer.text}: SSIM of result and target ${answer.ssim.toFixed(2)}, of source and target ${answer.nothing.toFixed(2)}. ` +
        `Now ${inWords(answer.state, words)}.`);
    });
  }

  function show() {
    const step = steps.at(-1);
    const { state, allowed } = now();
    picker.mark(start.number, start.shown);
    box.show(state);
    sentence.offer(allowed);
    heading.textContent = step ? `3. Edit: ${step.text}` : "3. Edit";
    pictures.draw(step, start.picture);
    likeness.set(step ? step.ssim.toFixed(2) : "–", step ? `source and target: ${step.nothing.toFixed(2)}` : "Press Apply");
    strip.draw(start, steps, words);
    undo.disabled = !steps.length;
  }

  function begin() {
    const { digit, number } = sampleOf(data.start.sample);
    start = placed(data.start.placed, digit, number);
    steps = [stepped(data.start.edited)];
    sentence.write(data.start.edited.text);
    show();
    announce.say("Reset.");
  }

  const panels = [
    element("div", { className: "gb-panel gb-controls" },
      element("h4", {}, "1. Digit and place"), picker.node, pad.node, box.node, ...placing.nodes),
    element("div", { className: "gb-panel gb-controls gb-tell" },
      element("h4", {}, "2. Instruction"), sentence.node, goOn.node, ...telling.nodes),
    element("div", { className: "gb-panel gb-edit" },
      element("div", { className: "gb-head" }, heading, likeness.node), pictures.node),
    element("div", { className: "gb-panel gb-history" },
      element("div", { className: "gb-head" }, element("h4", {}, "History"), element("div", { className: "gb-buttons" }, undo, reset)), strip.node),
  ];
  el.append(widgetSection("gb-editor", "Instruction editor", panels, [announce.node]));
  begin();
}

function inWords([digit, x, y, w, h], words) {
  if (digit === EMPTY[0]) return "an empty canvas";
  return `${words[digit]} in column ${x + 1}, row ${y + 1}, ${w} wide, ${h} high`;
}

/** A menu of the digits there are, and the samples of the chosen one as buttons. */
function samplePicker({ labels, grammar }, sampleOf, choose) {
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  const first = (shown) => sampleOf(labels.indexOf(Number(shown)));
  const digit = menu("Digit", classes.map((value) => ({ value, text: grammar.digits[value] })), (value) => choose(first(value)));
  const row = element("div", { className: "gb-samples", role: "group", "aria-label": "Samples of this digit" });
  const sample = (number, i, shown) => {
    const picture = pixelPicture(DIGIT);
    const name = `sample ${i + 1} of ${grammar.digits[shown]}`;
    const { digit: pixels } = sampleOf(number);
    picture.draw(pixels, name);
    const node = element("button", { type: "button", className: "gb-sample", "aria-label": name, onclick: () => choose(sampleOf(number)) }, picture.node);
    return { node, number };
  };
  let samples = [];
  let present;
  return {
    node: element("div", { className: "gb-stack" }, digit.node, row),
    mark(number, shown) {
      digit.control.value = shown;
      if (shown !== present) {
        const numbers = labels.flatMap((label, i) => (label === shown ? [i] : []));
        samples = numbers.map((each, i) => sample(each, i, shown));
        row.replaceChildren(...samples.map((each) => each.node));
        present = shown;
      }
      samples.forEach((each) => each.node.setAttribute("aria-pressed", each.number === number));
    },
  };
}

/** A pad to draw a digit with mouse, pen or finger. */
function drawingPad(words, use) {
  const canvas = element("canvas", { width: PAD, height: PAD, className: "gb-drawing", role: "img", "aria-label": "Drawing pad, for mouse, pen or finger" });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let from = null;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * PAD, ((event.clientY - box.top) / box.height) * PAD];
  };
  const stroke = (event) => {
    const to = at(event);
    Object.assign(context, { strokeStyle: "#ffffff", lineWidth: BRUSH, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    from = to;
  };
  const clear = () => {
    context.fillStyle = "#000000";
    context.fillRect(0, 0, PAD, PAD);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    from = at(event);
    stroke(event);
  });
  canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && stroke(event));
  clear();
  const grey = () => context.getImageData(0, 0, PAD, PAD).data.filter((_, i) => i % 4 === 0);
  const meant = menu("It is a", words.map((text, value) => ({ value, text })), () => {});
  const buttons = [button("Use the drawing", () => use(Uint8Array.from(grey()), Number(meant.control.value))), button("Clear", clear)];
  const node = element("details", { className: "gb-draw" }, element("summary", {}, "Draw a digit yourself"),
    element("div", { className: "gb-stack" }, canvas, meant.node, element("div", { className: "gb-buttons" }, ...buttons)));
  return { node, clear };
}

/** The 3 x 3 grid: drag over cells, or arrow keys; and the empty canvas. */
function boxPicker(choose) {
  let state;
  const shape = element("div", { className: "gb-box" });
  const node = element("div", {
    className: "gb-cells", tabindex: "0", role: "application", "aria-roledescription": "grid",
    "aria-label": "The digit's box on a grid of 3 by 3 cells. Arrow keys move it, with shift they change its width and height.",
  }, shape);
  const empty = button("Empty canvas", () => choose(empty.ariaPressed === "true" ? [0, 0, 2, 1, 1] : EMPTY));
  const refusal = "The digit's width and height may differ by one cell at most.";
  const wanted = (x, y, w, h) => {
    if (x < 0 || y < 0 || w < 1 || h < 1 || x + w > GRID || y + h > GRID) choose(null, "The digit's box must lie on the grid.");
    else if (Math.abs(w - h) > 1) choose(null, refusal);
    else choose([0, x, y, w, h]);
  };
  const cell = (event) => {
    const box = node.getBoundingClientRect();
    const index = (value, size) => Math.min(GRID - 1, Math.max(0, Math.floor((value / size) * GRID)));
    return [index(event.clientX - box.left, box.width), index(event.clientY - box.top, box.height)];
  };
  const between = (event) => {
    const here = cell(event);
    const [x, y] = here.map((value, i) => Math.min(value, anchor[i]));
    return [x, y, ...here.map((value, i) => Math.abs(value - anchor[i]) + 1)];
  };
  let anchor = null;
  const lay = ([x, y, w, h]) => Object.entries({ left: x, top: y, width: w, height: h })
    .forEach(([side, cells]) => (shape.style[side] = `${(100 * cells) / GRID}%`));
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    anchor = cell(event);
    shape.hidden = false;
    lay(between(event));
  });
  node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && lay(between(event)));
  node.addEventListener("pointerup", (event) => {
    if (!anchor) return;
    const chosen = between(event);
    anchor = null;
    show(state);
    wanted(...chosen);
  });
  node.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const [, x, y, w, h] = state;
    if (state[0] === EMPTY[0]) wanted(1, 1, 1, 1);
    else if (event.shiftKey) wanted(x, y, w + step[0], h + step[1]);
    else wanted(x + step[0], y + step[1], w, h);
  });
  function show(present) {
    state = present;
    const isEmpty = state[0] === EMPTY[0];
    shape.hidden = isEmpty;
    lay(state.slice(1));
    empty.setAttribute("aria-pressed", isEmpty);
  }
  const hint = element("p", { className: "gb-hint" }, "Drag over the cells, or arrow keys (with shift: size). A new place begins a new history.");
  return { node: element("div", { className: "gb-stack" }, element("div", { className: "gb-place-row" }, node, element("div", { className: "gb-stack" }, empty, hint))), show };
}

/** Menus that offer only what the state allows, and the same as text, which may be typed. */
function sentenceBuilder({ actions, digits, places }, apply) {
  const wherever = [{ value: "", text: "–" }, ...places.map((value) => ({ value, text: value }))];
  const menus = [
    menu("Action", actions.map((value) => ({ value, text: value })), () => follow(0)),
    menu("Which", digits.map((text, value) => ({ value, text })), () => follow(1)),
    menu("Where", wherever, () => follow(2)),
  ];
  const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false", oninput: () => read() });
  const form = element("form", { className: "gb-sentence" }, labelFor(input, "Instruction"), input,
    element("button", { type: "submit", className: "gb-button gb-main" }, "Apply"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(input.value);
  });
  let allowed = [];
  const values = () => menus.map((each) => each.control.value);
  const parts = (entry) => [entry[0], String(entry[1]), entry[2]];
  const agrees = (entry, chosen, upTo) => parts(entry).slice(0, upTo).every((part, i) => part === chosen[i]);

  /** The allowed instruction that agrees with the menus up to number `changed` and, where possible, beyond. */
  function follow(changed) {
    const chosen = values();
    const possible = allowed.filter((entry) => agrees(entry, chosen, changed + 1));
    const score = (entry) => parts(entry).filter((part, i) => part === chosen[i]).length;
    select([...possible].sort((a, b) => score(b) - score(a))[0]);
  }

  function select(entry) {
    if (!entry) return;
    parts(entry).forEach((part, i) => (menus[i].control.value = part));
    input.value = entry[3];
    enable();
  }

  function enable() {
    const chosen = values();
    menus.forEach(({ control }, i) => {
      const possible = new Set(allowed.filter((entry) => agrees(entry, chosen, i)).map((entry) => parts(entry)[i]));
      [...control.options].forEach((option) => (option.disabled = !possible.has(option.value)));
    });
  }

  function read() {
    const typed = input.value.trim().toLowerCase().split(/\s+/).join(" ");
    const entry = allowed.find((each) => each[3] === typed);
    if (!entry) return;
    parts(entry).forEach((part, i) => (menus[i].control.value = part));
    enable();
  }

  return {
    node: element("div", { className: "gb-stack" }, element("div", { className: "gb-menus" }, ...menus.map((each) => each.node)), form),
    write: (text) => (input.value = text),
    /** Sentences that can be told now; what the menus say stays if it can. */
    offer(possible) {
      allowed = possible;
      const same = allowed.find((entry) => entry[3] === input.value);
      if (same) select(same);
      else if (allowed.some((entry) => agrees(entry, values(), 1))) follow(0);
      else select(allowed[0]);
    },
  };
}

/** Source, result, true target and the difference of the last two. */
function editPictures({ resolution, colours }) {
  const names = ["Source", "Result", "True target", "Difference"];
  const cards = names.map((name) => {
    const picture = pixelPicture(resolution);
    return { picture, name, node: element("figure", {}, picture.node, element("figcaption", {}, name)) };
  });
  const [more, less] = colours.map(rgbOf);
  const key = ["too much ink", "missing ink"].map((text, i) => {
    const swatch = element("span", { className: "gb-key" });
    swatch.style.background = colours[i];
    return element("li", {}, swatch, text);
  });
  return {
    node: element("div", {}, element("div", { className: "gb-four" }, ...cards.map((card) => card.node)),
      element("ul", { className: "gb-legend" }, ...key),
      element("p", { className: "gb-hint" }, "The model draws the result, the rules draw the true target. SSIM says how alike two pictures are; 1 is the same picture.")),
    draw(step, source) {
      const blank = new Uint8Array(resolution ** 2);
      const told = step ? ` of ${quoted(step.text)}` : "";
      const all = step
        ? [step.source, step.result, step.target, difference(step.result, step.target, more, less)]
        : [source, blank, blank, blank];
      cards.forEach(({ picture, name, node }, i) => {
        picture.draw(all[i], step || !i ? `${name}${told}` : `${name}: press Apply`);
        node.classList.toggle("gb-waiting", !step && i > 0);
      });
    },
  };
}

/** Colours: `more` where the result has too much ink, `less` where it lacks some, as strong as the difference. */
function difference(result, target, more, less) {
  const pixels = new Uint8Array(3 * result.length);
  result.forEach((value, i) => {
    const change = (value - target[i]) / 255;
    (change > 0 ? more : less).forEach((part, c) => (pixels[3 * i + c] = Math.round(Math.abs(change) * part)));
  });
  return pixels;
}

/** The pictures of all steps, each with its instruction and SSIM. */
function historyStrip(resolution) {
  const node = element("ol", { className: "gb-strip", tabindex: "0", "aria-label": "Steps so far" });
  const item = (pixels, text, number) => {
    const picture = pixelPicture(resolution);
    picture.draw(pixels, text);
    return element("li", {}, picture.node, element("span", {}, text), element("span", { className: "gb-number" }, number));
  };
  const items = new WeakMap(); // a step's item is drawn once
  const itemOf = (step, make) => items.get(step) ?? items.set(step, make()).get(step);
  return {
    node,
    draw(start, steps, words) {
      const begin = start.state[0] === EMPTY[0] ? "empty canvas" : words[start.shown];
      node.replaceChildren(itemOf(start, () => item(start.picture, `start: ${begin}`, "")),
        ...steps.map((step) => itemOf(step, () => item(step.result, step.text, `SSIM ${step.ssim.toFixed(2)}`))));
      node.scrollLeft = node.scrollWidth;
    },
  };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = {
    waiting: kernel.waiting,
    place: (digit, shown, state) => kernel.ask({ kind: "place", digit: shown, state }, [digit]),
    edit: (digit, shown, state, text, picture) => kernel.ask({ kind: "edit", digit: shown, state, text }, [digit, picture]),
    draw: (pixels, side) => kernel.ask({ kind: "draw", side }, [pixels]),
  };
  drawEditor(el, {
    resolution: model.get("resolution"), digits: bytes(model.get("digits")), labels: model.get("labels"),
    grammar: model.get("grammar"), colours: model.get("colours"),
    start: { sample: model.get("sample"), placed: model.get("placed"), edited: model.get("edited") },
  }, backend);
  return () => kernel.close();
}

export default { render };
