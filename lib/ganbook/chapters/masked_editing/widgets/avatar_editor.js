import {
  announcer, button, bytes, element, kernelBackend, labelFor, menu, messageLine, percent, pixelPicture, quoted, widgetSection,
} from "./common.js";

const EXAMPLES = ["give her round glasses", "make the nose longer", "he should be bald", "a blue background", "make it rain"];
const OWN = "own";

/**
 * Draws the editor into `el`.
 * data: {resolution, kinds, skins, hairs, face, drawn, edited}
 * backend: {waiting, draw(attributes, skin, hair), edit(text, forSim, forPlain)}, answers as in Python's _reply.
 */
export function drawEditor(el, data, backend) {
  const drawing = messageLine(backend.waiting);
  const telling = messageLine(backend.waiting);
  const announce = announcer();
  let start; // the picture that the history begins with
  let steps; // {text, told, understood, sources: {sim, plain}, sim, plain, mask}

  const face = faceMenus(data, (wanted) => inTurn(() => take(wanted)));
  const pictures = editPictures(data.resolution);
  const strip = historyStrip(data.resolution);
  const understood = element("p", { className: "gb-understood", role: "status" });
  const heading = element("h4");
  const goOn = menu("Next step starts from", [
    { value: OWN, text: "each editor's own result" }, { value: "sim", text: "the result with SIM" }, { value: "plain", text: "the result without SIM" },
  ], () => show());
  const sentence = sentenceField((text) => inTurn(() => apply(text)));
  const undo = button("Undo", () => inTurn(() => {
    steps.pop();
    clear();
    show();
    announce.say(steps.length ? `Undone. Last step: ${steps.at(-1).text}.` : "Undone. No step is left.");
  }));
  const reset = button("Reset", () => inTurn(() => {
    goOn.control.value = OWN;
    clear();
    begin();
    announce.say("Reset.");
  }));
  const clear = () => [drawing, telling].forEach((line) => line.tell(""));

  // One thing after another: a step needs the pictures that the one before it made.
  let last = Promise.resolve();
  const inTurn = (work) => (last = last.then(work));

  /** What each editor goes on from. */
  function now() {
    const step = steps.at(-1);
    if (!step) return { sim: start, plain: start };
    const from = goOn.control.value;
    return from === OWN ? { sim: step.sim, plain: step.plain } : { sim: step[from], plain: step[from] };
  }

  async function take({ attributes, skin, hair }) {
    const answer = await drawing.over(backend.draw(attributes, skin, hair));
    if (!answer) return;
    start = bytes(answer.buffers[0]);
    steps = [];
    clear();
    show();
    announce.say("A new face is the source now.");
  }

  async function apply(text) {
    const sources = now();
    const answer = await telling.over(backend.edit(text, sources.sim, sources.plain));
    if (!answer) return;
    steps.push(stepped(answer, sources));
    clear();
    show();
    const changes = ["sim", "plain"].map((name) => percent(change(steps.at(-1)[name], sources[name]), 1));
    announce.say(`${answer.understood} With SIM a pixel changed by ${changes[0]} on average, without SIM by ${changes[1]}.`);
  }

  const stepped = ({ buffers, ...answer }, sources) => {
    const [sim, plain, mask] = buffers.map(bytes);
    return { ...answer, sources, sim, plain, mask };
  };

  function show() {
    const step = steps.at(-1);
    heading.textContent = step ? `3. ${step.text}` : "3. Result";
    understood.textContent = step ? step.understood : "Say what should change.";
    pictures.draw(step, start);
    strip.draw(start, steps);
    undo.disabled = !steps.length;
  }

  function begin() {
    face.set(data.face);
    start = bytes(data.drawn.buffers[0]);
    steps = [stepped(data.edited, { sim: start, plain: start })];
    sentence.write(data.edited.text);
    show();
  }

  const panels = [
    element("div", { className: "gb-panel gb-controls gb-face" },
      element("div", { className: "gb-head" }, element("h4", {}, "1. Your face"), button("Surprise me", face.surprise)), face.node, ...drawing.nodes),
    element("div", { className: "gb-panel gb-controls gb-tell" },
      element("h4", {}, "2. Instruction"), sentence.node, goOn.node, ...telling.nodes),
    element("div", { className: "gb-panel gb-edit" }, heading, understood, pictures.node),
    element("div", { className: "gb-panel gb-history" },
      element("div", { className: "gb-head" }, element("h4", {}, "History"), element("div", { className: "gb-buttons" }, undo, reset)), strip.node),
  ];
  el.append(widgetSection("gb-avatars", "Avatar editor", panels, [announce.node]));
  begin();
}

/** A menu for each kind of attribute, for skin and for hair colour; every change asks for the face. */
function faceMenus({ kinds, skins, hairs }, choose) {
  const named = (names) => names.map((text, value) => ({ value, text }));
  const changed = () => choose(chosen());
  const title = (kind) => kind[0].toUpperCase() + kind.slice(1);
  const menus = Object.entries(kinds).map(([kind, values]) => menu(title(kind), named(values), changed));
  const [skin, hair] = [["Skin", skins], ["Hair colour", hairs]].map(([label, table]) => menu(label, named(Object.keys(table)), changed));
  const chosen = () => ({
    attributes: menus.map(({ control }) => Number(control.value)),
    skin: Object.values(skins)[skin.control.value], hair: Object.values(hairs)[hair.control.value],
  });
  const nearest = (table, colour) => Object.values(table).findIndex((each) => each.every((value, i) => value === colour[i]));
  return {
    node: element("div", { className: "gb-face-menus" }, ...menus.map((each) => each.node), skin.node, hair.node),
    set(face) {
      menus.forEach(({ control }, i) => (control.value = face.attributes[i]));
      skin.control.value = nearest(skins, face.skin);
      hair.control.value = nearest(hairs, face.hair);
    },
    surprise() {
      for (const { control } of [...menus, skin, hair]) control.value = Math.floor(Math.random() * control.options.length);
      changed();
    },
  };
}

function sentenceField(apply) {
  const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false", maxlength: "2000" });
  const form = element("form", { className: "gb-sentence" }, labelFor(input, "Instruction"), input,
    element("button", { type: "submit", className: "gb-button gb-main" }, "Apply"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(input.value);
  });
  const example = (text) => button(text, () => {
    input.value = text;
    apply(text);
  });
  const row = element("div", { className: "gb-buttons", role: "group", "aria-label": "Examples" }, ...EXAMPLES.map(example));
  return { node: element("div", { className: "gb-stack" }, form, row), write: (text) => (input.value = text) };
}

/** Mean absolute difference of two pictures, 0 to 1. */
const change = (one, other) => one.reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0) / one.length / 255;

/** How much each pixel changed, in the colour that changed most, as grey values. */
function changeMap(one, other) {
  return Uint8Array.from({ length: one.length / 3 }, (_, i) => Math.max(...[0, 1, 2].map((c) => Math.abs(one[3 * i + c] - other[3 * i + c]))));
}

/** Two rows, with SIM and without: source, result, what changed, and SIM's mask. */
function editPictures(side) {
  const columns = ["Source", "Result", "Changed", "Mask"];
  const card = (name) => {
    const picture = pixelPicture(side);
    const caption = element("figcaption", {}, name);
    return { picture, caption, node: element("figure", {}, picture.node, caption) };
  };
  const rows = [["sim", "With SIM", columns], ["plain", "Without SIM", columns.slice(0, 3)]].map(([key, name, own]) => {
    const cards = own.map(card);
    const number = element("span", { className: "gb-number" });
    const label = element("p", { className: "gb-row-name" }, element("strong", {}, name), number);
    const node = element("div", { className: "gb-row", role: "group", "aria-label": name }, label, element("div", { className: "gb-four" }, ...cards.map((each) => each.node)));
    return { key, name, cards, number, node };
  });
  return {
    node: element("div", { className: "gb-stack" }, ...rows.map((row) => row.node),
      element("p", { className: "gb-hint" }, "Changed: the brighter, the more a pixel differs from the source. Mask: where it is white SIM keeps the source, where it is black the generator draws anew.")),
    draw(step, start) {
      const blank = new Uint8Array(side ** 2);
      rows.forEach(({ key, name, cards, number }) => {
        const source = step ? step.sources[key] : start;
        const all = step ? [source, step[key], changeMap(step[key], source), step.mask] : [source, blank, blank, blank];
        cards.forEach(({ picture, node }, i) => {
          const what = `${columns[i]}, ${name.toLowerCase()}`;
          picture.draw(all[i], step ? `${what}, of ${quoted(step.text)}` : `${what}${i ? ": say what should change" : ""}`);
          node.classList.toggle("gb-waiting", !step && i > 0);
        });
        number.textContent = step ? `a pixel changed by ${percent(change(step[key], source), 1)} on average` : "";
      });
    },
  };
}

/** The pictures of all steps, each with its instruction: with SIM above, without below. */
function historyStrip(side) {
  const node = element("ol", { className: "gb-strip", tabindex: "0", "aria-label": "Steps so far: with SIM above, without below" });
  const item = (pictures, text) => element("li", {}, ...pictures.map(([pixels, name]) => {
    const picture = pixelPicture(side);
    picture.draw(pixels, `${text}${name}`);
    return picture.node;
  }), element("span", {}, text));
  const items = new WeakMap(); // a step's item is drawn once
  const itemOf = (step, make) => items.get(step) ?? items.set(step, make()).get(step);
  return {
    node,
    draw(start, steps) {
      node.replaceChildren(itemOf(start, () => item([[start, ", with SIM"], [start, ", without SIM"]], "start")),
        ...steps.map((step) => itemOf(step, () => item([[step.sim, ", with SIM"], [step.plain, ", without SIM"]], step.text))));
      node.scrollLeft = node.scrollWidth;
    },
  };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = {
    waiting: kernel.waiting,
    draw: (attributes, skin, hair) => kernel.ask({ kind: "draw", attributes, skin, hair }),
    edit: (text, forSim, forPlain) => kernel.ask({ kind: "edit", text }, [forSim, forPlain]),
  };
  const names = ["resolution", "kinds", "skins", "hairs", "face", "drawn", "edited"];
  drawEditor(el, Object.fromEntries(names.map((name) => [name, model.get(name)])), backend);
  return () => kernel.close();
}

export default { render };
