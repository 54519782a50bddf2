import {
  announcer, button, bytes, element, kernelBackend, labelFor, latestOnly, menu, messageLine, percent, pixelCanvas, pixelPicture, quoted, widgetSection,
} from "./common.js";

const EXAMPLES = ["A woman is sitting.", "an old man and a dog", "A girl is dancing at the beach", "somebody in the kitchen with a cake"];
const PHRASES = { NP: "noun phrase", PP: "prepositional phrase", VP: "verb phrase", CL: "clause" };

/**
 * Draws the mixer into `el`.
 * data: {sizes, shape, seen, names, takes, draws, most, start, painted, drawContext(canvas, number)}
 * backend: {waiting, paint(request)}, requests {text, context, seed, wins} and answers as in Python's _reply.
 */
export function drawMixer(el, data, backend) {
  const message = messageLine(backend.waiting);
  const announce = announcer();
  let wanted; // the present request

  const caption = captionField(data.most, (text) => change({ text }));
  const note = element("p", { className: "gb-note", role: "status" });
  const shelf = contextShelf(data, (context) => change({ context }));
  const wins = menu("Where they contradict each other", [{ value: "text", text: "the caption decides" }, { value: "context", text: "the context decides" }],
    (value) => change({ wins: value }));
  const draw = element("output", { className: "gb-number" });
  const another = button("Another z", () => change({ seed: (wanted.seed + 1) % data.draws }));
  const pictures = stagePictures(data.sizes);
  const parse = element("div", { className: "gb-parse", tabindex: "0", role: "group", "aria-label": "How the caption is parsed" });
  const table = slotTable(data);

  const paint = latestOnly(async (request) => {
    const answer = await message.over(backend.paint(request));
    if (!answer || request !== wanted) return; // something newer is asked for, or all was reset
    show(request, answer);
    announce.say(`Painted. ${answer.slots.map((slot) => table.sentence(slot, request)).join(" ")}`);
  });

  function change(part) {
    wanted = { ...wanted, ...part };
    controls();
    paint(wanted);
  }

  function controls() {
    shelf.set(wanted.context);
    draw.textContent = `z ${wanted.seed + 1} of ${data.draws}`;
    wins.control.value = wanted.wins;
  }

  function show(request, { trees, slots, note: remark, buffers }) {
    note.textContent = remark;
    parse.replaceChildren(...(trees.length ? trees.map((tree) => element("p", {}, ...tree.parts.map(phrase))) : [element("p", { className: "gb-hint" }, "no words")]));
    table.draw(slots, request);
    pictures.draw(buffers.map(bytes), request.text);
  }

  function begin() {
    wanted = data.start;
    caption.write(wanted.text);
    controls();
    show(wanted, data.painted);
  }

  const reset = button("Reset", () => {
    begin();
    message.tell("");
    announce.say("Reset.");
  });
  const panels = [
    element("div", { className: "gb-panel gb-controls gb-told-by" },
      element("h4", {}, "1. Caption"), caption.node, note,
      element("h4", {}, "2. Context picture"), shelf.node, wins.node,
      element("div", { className: "gb-buttons" }, another, draw, reset), ...message.nodes),
    element("div", { className: "gb-panel gb-painted" }, element("h4", {}, "3. Pictures of the three stages"), pictures.node),
    element("div", { className: "gb-panel gb-filled" }, element("h4", {}, "4. What comes from where"), parse,
      element("p", { className: "gb-hint" }, Object.entries(PHRASES).map(([label, name]) => `${label} ${name}`).join(", ")), table.node),
  ];
  el.append(widgetSection("gb-mixer", "Context mixer", panels, [announce.node]));
  begin();
}

function captionField(most, changed) {
  const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false", maxlength: most, oninput: () => changed(input.value) });
  const form = element("form", { className: "gb-caption" }, labelFor(input, "Caption"), input);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    changed(input.value);
  });
  const example = (text) => button(text, () => {
    input.value = text;
    changed(text);
  });
  const row = element("div", { className: "gb-buttons gb-examples", role: "group", "aria-label": "Examples" }, ...EXAMPLES.map(example));
  return { node: element("div", { className: "gb-stack" }, form, row), write: (text) => (input.value = text) };
}

const likeliest = (probabilities) => probabilities.indexOf(Math.max(...probabilities));

/** A button for each context picture, and one for none; below, what the recognisers see. */
function contextShelf({ seen, names, shape, takes, drawContext }, choose) {
  const place = ({ outdoors }) => names.place[likeliest(outdoors)];
  const person = ({ people }) => names.person[likeliest(people)];
  const [height, width] = shape;
  const picks = seen.map((each, number) => {
    const canvas = pixelCanvas(width, height);
    drawContext(canvas, number);
    const label = `Context picture ${number + 1}: ${place(each)}, ${person(each)}`;
    return element("button", { type: "button", className: "gb-sample", "aria-label": label, title: label, onclick: () => choose(number) }, canvas);
  });
  const none = element("button", { type: "button", className: "gb-sample gb-no-picture", onclick: () => choose(null) }, "none");
  const told = element("p", { className: "gb-hint" });
  const used = { nothing: "The model takes nothing from it.", place: "The model takes the place from it." }[takes] ?? `The model takes ${takes} from it.`;
  return {
    node: element("div", { className: "gb-stack" },
      element("div", { className: "gb-shelf", role: "group", "aria-label": "Context pictures" }, ...picks, none), told),
    set(context) {
      picks.forEach((each, number) => each.setAttribute("aria-pressed", number === context));
      none.setAttribute("aria-pressed", context === null);
      if (context === null) {
        told.textContent = "No context picture: what the caption does not say stays open.";
        return;
      }
      const { outdoors, people } = seen[context];
      const [where, who] = [Math.max(...outdoors), Math.max(...people)];
      told.textContent = `The recognisers see: ${place(seen[context])} (${percent(where)}); ${person(seen[context])} (${percent(who)}). ${used}`;
    },
  };
}

/** A part of the parse: a word, or a phrase with its label. */
function phrase(part) {
  if (Array.isArray(part)) return element("span", { className: "gb-word" }, `${part[0]} `);
  return element("span", { className: "gb-phrase" }, element("b", { title: PHRASES[part.label] ?? "" }, `${part.label} `), ...part.parts.map(phrase));
}

/** The slots: what the caption says, what the picture is to show, and who said so. */
function slotTable({ seen, names }) {
  const body = element("tbody");
  const heads = ["Slot", "Caption says", "Picture shows", "From"].map((name) => element("th", { scope: "col" }, name));
  const meaning = ({ name, value }) => [value ?? []].flat().map((number) => names[name][number]).join(", ") || "open";
  const other = ({ name, source }, { context }) => {
    if (source === "context") return "but the caption says otherwise";
    const { outdoors, people } = seen[context];
    return `but the context says ${names[name][likeliest(name === "place" ? outdoors : people)]}`;
  };
  const source = (slot, request) => element("td", {},
    element("span", { className: `gb-source gb-from-${slot.source.split(" ").join("-")}` }, slot.source),
    ...(slot.contradicted ? [element("span", { className: "gb-contradiction" }, other(slot, request))] : []));
  return {
    node: element("table", { className: "gb-slots" }, element("thead", {}, element("tr", {}, ...heads)), body),
    sentence: (slot, request) => `${slot.name}: ${meaning(slot)}, from ${slot.source}${slot.contradicted ? `; ${other(slot, request)}` : ""}.`,
    draw(slots, request) {
      body.replaceChildren(...slots.map((slot) => element("tr", {},
        element("th", { scope: "row" }, slot.name), element("td", {}, slot.said), element("td", {}, meaning(slot)), source(slot, request))));
    },
  };
}

/** The stages' pictures, the last one below the others. */
function stagePictures(sizes) {
  const cards = sizes.map(([height, width], stage) => {
    const picture = pixelPicture(width, "", height);
    return { picture, node: element("figure", {}, picture.node, element("figcaption", {}, `Stage ${stage + 1}: ${height} \u00d7 ${width}`)) };
  });
  return {
    node: element("div", { className: "gb-stages" }, ...cards.map((card) => card.node)),
    draw(all, text) {
      all.forEach((pixels, stage) => cards[stage].picture.draw(pixels, `Stage ${stage + 1}, of ${text.trim() ? quoted(text.slice(0, 200)) : "an empty caption"}`));
    },
  };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = { waiting: kernel.waiting, paint: (request) => kernel.ask(request) };
  const names = ["sizes", "shape", "seen", "names", "takes", "draws", "most", "start", "painted"];
  const data = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  createImageBitmap(new Blob([bytes(model.get("shelf"))], { type: "image/webp" })).then((sheet) => {
    const [height, width] = data.shape;
    data.drawContext = (canvas, number) => canvas.getContext("2d").drawImage(sheet, number * width, 0, width, height, 0, 0, width, height);
    drawMixer(el, data, backend);
  });
  return () => kernel.close();
}

export default { render };
