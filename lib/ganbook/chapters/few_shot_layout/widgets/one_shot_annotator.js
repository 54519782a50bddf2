import {
  announcer, button, bytes, classPalette, decoded, element, kernelBackend, latestOnly, mapColours, menu, messageLine, numbersIn, painted, paintingSurface, percent, pixelPicture, rgbPixels,
  tilePixels, undoStates, widgetSection,
} from "./common.js";

const OPEN = 255; // a place that nobody marked

/**
 * Draws the annotator into `el`.
 * data: {side, height, names, colours, count, votes, threshold, given: labels of the first sample, sheet}
 * backend: {waiting, features(sample) -> numbers (channels, height, height)}
 */
export function drawAnnotator(el, data, backend) {
  const { side, height, names, colours, count } = data;
  const places = height ** 2;
  const message = messageLine(backend.waiting);
  const announce = announcer();
  const past = undoStates((each) => ({ ...each, marks: each.marks.map((map) => map.slice()) }));
  const units = new Map(); // of each sample: its features, and their lengths
  let state; // {marks: of each sample the class of each place, or OPEN}
  let sample; // that is on the easel
  let chosen;
  let by; // "prototypes" or "votes"

  const samples = Array.from({ length: count }, (_, n) => rgbPixels(tilePixels(data.sheet, side, n)));
  const easel = pixelPicture(side);
  const surface = paintingSurface({ ...data, side: height, label: "Marks on a sample", brush: 1, unit: "place", erases: "Takes marks away" }, {
    labels: () => state.marks[sample], colour: () => chosen, original: () => new Uint8Array(places).fill(OPEN),
    began: () => past.keep(state, "stroke"),
    painted: () => changed(),
    moved: (row, column) => announce.say(`Row ${row + 1}, column ${column + 1}: ${names[state.marks[sample][row * height + column]] ?? "not marked"}.`),
    choose: (number) => choose(number), undo: () => undo(),
  });
  surface.node.prepend(easel.node);
  const palette = classPalette({ ...data, label: "Class to mark" }, choose);
  const told = element("p", { className: "gb-hint", role: "status" });
  const back = button("Undo", undo);
  const way = menu("Labels by", [{ value: "prototypes", text: "prototypes" }, { value: "votes", text: "votes" }], (value) => {
    by = value;
    changed();
  });
  const cards = samples.map((pixels, n) => {
    const [picture, map] = [pixelPicture(side), pixelPicture(height)];
    picture.draw(pixels, `Sample ${n + 1}`);
    const node = element("button", { type: "button", className: "gb-sample gb-dated", onclick: () => put(n) }, picture.node, map.node, element("span", {}, `Sample ${n + 1}`));
    return { node, map };
  });

  function act(sentence, work) {
    past.keep(state, sentence);
    past.rest();
    work();
    surface.draw();
    changed();
    announce.say(sentence);
  }

  function undo() {
    const last = past.back();
    if (!last) return;
    state = last;
    surface.draw();
    changed();
    announce.say(past.count ? "Undone." : "Undone. No step is left.");
  }

  function choose(number) {
    chosen = number;
    controls();
  }

  /** Puts a sample on the easel; the marks on others stay, and count. */
  function put(n) {
    sample = n;
    easel.draw(samples[n], `Sample ${n + 1}`);
    surface.draw();
    controls();
    announce.say(`Sample ${n + 1} is on the easel.`);
  }

  const marked = () => state.marks.map((map) => map.some((number) => number !== OPEN));

  function controls() {
    const numbers = names.map((_, number) => state.marks.reduce((sum, map) => sum + map.filter((each) => each === number).length, 0));
    palette.show(chosen, numbers.map((each) => (each ? String(each) : "")));
    const there = [...names.keys()].filter((number) => numbers[number]);
    const pictures = marked().filter(Boolean).length;
    told.textContent = sentenceFor(there, numbers, pictures);
    cards.forEach(({ node }, n) => node.setAttribute("aria-pressed", n === sample));
    back.disabled = !past.count;
  }

  /** What follows from the marks, or what is missing. */
  function sentenceFor(there, numbers, pictures) {
    const what = there.map((number) => `${names[number]} ${numbers[number]}`).join(", ");
    if (!there.length) return "Nothing is marked: no class has a name yet. Choose a class, and mark some places of it.";
    if (by === "votes" && there.length === 1 && !there[0]) return "Only the background is marked, which does not vote: no sample gets a label.";
    if (by === "prototypes" && there.length === 1) return `Only ${names[there[0]]} is marked: with one prototype all places of all samples are nearest to it.`;
    const missing = names.filter((_, number) => !numbers[number] && (by === "prototypes" || number));
    const left = missing.length ? ` Without a mark, and so never found: ${missing.join(", ")}.` : "";
    return `Marked places: ${what}${pictures > 1 ? `, on ${pictures} samples` : ""}.${left}`;
  }

  const update = latestOnly(async (_argument, isStale) => {
    if (!marked().some(Boolean)) {
      cards.forEach(({ map }, n) => map.draw(new Uint8Array(places), `No labels of sample ${n + 1}`));
      return;
    }
    for (let n = 0; n < count; n += 1) {
      if (units.has(n)) continue;
      const found = await message.over(backend.features(n));
      if (!found) return;
      units.set(n, unitFeatures(found, places));
      if (isStale()) return; // what is newer goes on here
    }
    const { marks } = state;
    const label = by === "votes" ? voter(marks, units, data) : nearestPrototype(marks, units, names.length, places);
    for (const [n, { map }] of cards.entries()) {
      const found = label(units.get(n).unit);
      const open = found.filter((each) => each === OPEN).length;
      map.draw(overlaid(found, colours), `Labels of sample ${n + 1}${open ? `, ${percent(open / places)} of the places without` : ""}`);
      if (by === "votes") await painted(); // many exemplars take their time
      if (isStale()) return;
    }
  });

  function changed() {
    controls();
    update();
  }

  function begin() {
    state = { marks: samples.map(() => new Uint8Array(places).fill(OPEN)) };
    past.clear();
    chosen = Math.max(0, names.indexOf("hair"));
    by = "prototypes";
    way.control.value = by;
    surface.begin();
    message.tell("");
    put(0);
    changed();
  }

  const fill = button("Given labels", () => act("The first sample has the labels that the encoder learned from.", () => {
    state.marks[0].set(data.given);
    put(0);
  }));
  const clear = button("Clear", () => act("Nothing is marked.", () => state.marks.forEach((map) => map.fill(OPEN))));
  const reset = button("Reset", () => {
    begin();
    announce.say("Reset.");
  });
  const panel = (className, ...children) => element("div", { className: `gb-panel gb-controls ${className}` }, ...children);
  const row = (...children) => element("div", { className: "gb-buttons" }, ...children);
  const panels = [
    panel("gb-paint", element("h4", {}, "Annotate"), palette.node, surface.node, ...surface.controls, row(clear, fill, back, reset), told, ...message.nodes),
    panel("gb-made", element("h4", {}, "What follows for all samples"), way.node,
      element("div", { className: "gb-labelled", role: "group", "aria-label": "Samples with their labels; choose one to annotate it" }, ...cards.map(({ node }) => node)),
      element("p", { className: "gb-hint" }, `Each square is one of ${height} by ${height} places of the features. Dark: no label.`)),
  ];
  el.append(widgetSection("gb-painter gb-annotator", "Annotator of one sample", panels, [announce.node]));
  begin();
}

/** Features (channels, places) as they are, and of length 1 at each place. */
function unitFeatures(features, places) {
  const channels = features.length / places;
  const unit = Float32Array.from(features);
  for (let place = 0; place < places; place += 1) {
    let square = 0;
    for (let c = 0; c < channels; c += 1) square += features[c * places + place] ** 2;
    const length = Math.max(Math.sqrt(square), 1e-12);
    for (let c = 0; c < channels; c += 1) unit[c * places + place] /= length;
  }
  return { features, unit };
}

/** Cosines of all places with a vector of any length but 0. */
function cosinesWith(vector, unit, places) {
  const found = new Float32Array(places);
  const length = Math.max(Math.hypot(...vector), 1e-12);
  vector.forEach((value, c) => {
    const share = value / length;
    for (let place = 0; place < places; place += 1) found[place] += share * unit[c * places + place];
  });
  return found;
}

/** The prototype of each marked class, its mean feature in each sample and then over samples; labels by the largest cosine. */
function nearestPrototype(marks, all, classes, places) {
  const prototypes = Array.from({ length: classes }, (_, number) => {
    const means = marks.flatMap((map, n) => {
      const here = [...map.keys()].filter((place) => map[place] === number);
      return here.length ? [meanFeature(all.get(n).features, here, places)] : [];
    });
    return means.length ? means[0].map((_unused, c) => means.reduce((sum, mean) => sum + mean[c], 0) / means.length) : null;
  });
  return (unit) => {
    const likeness = prototypes.map((prototype) => prototype && cosinesWith(prototype, unit, places));
    return Uint8Array.from({ length: places }, (_, place) => {
      const there = [...likeness.keys()].filter((number) => likeness[number]);
      return there.reduce((best, number) => (likeness[number][place] > likeness[best][place] ? number : best));
    });
  };
}

const meanFeature = (features, here, places) =>
  Array.from({ length: features.length / places }, (_, c) => here.reduce((sum, place) => sum + features[c * places + place], 0) / here.length);

const MOST = 256; // exemplars of a class

/** At most MOST of these, evenly spaced. */
const spaced = (all) => (all.length <= MOST ? all : Array.from({ length: MOST }, (_, n) => all[Math.round((n * (all.length - 1)) / (MOST - 1))]));

/** The feature of one place. */
const featureAt = (unit, place, places) => Float32Array.from({ length: unit.length / places }, (_, c) => unit[c * places + place]);

/** Each marked place above class 0 votes for the places most like it; the most similar vote of all wins, if it is similar enough. */
function voter(marks, all, { votes, threshold, height }) {
  const places = height ** 2;
  const numbers = [...new Set(marks.flatMap((map) => [...map]))].filter((number) => number && number !== OPEN);
  const exemplars = numbers.flatMap((number) => {
    const here = marks.flatMap((map, n) => [...map.keys()].filter((place) => map[place] === number).map((place) => ({ n, place })));
    return spaced(here).map(({ n, place }) => ({ number, vector: featureAt(all.get(n).unit, place, places) }));
  });
  return (unit) => {
    const best = new Float32Array(places).fill(threshold);
    const labels = new Uint8Array(places).fill(OPEN);
    for (const { number, vector } of exemplars) {
      const likeness = cosinesWith(vector, unit, places);
      for (const place of largest(likeness, votes)) {
        if (likeness[place] <= best[place]) continue;
        best[place] = likeness[place];
        labels[place] = number;
      }
    }
    return labels;
  };
}

/** Where the largest `count` of many numbers are. */
function largest(numbers, count) {
  const found = [];
  numbers.forEach((value, place) => {
    if (found.length === count && value <= numbers[found.at(-1)]) return;
    const at = found.findIndex((each) => numbers[each] < value);
    found.splice(at < 0 ? found.length : at, 0, place);
    found.length = Math.min(found.length, count);
  });
  return found;
}

/** Labels as colours; dark where there is none. */
function overlaid(labels, colours) {
  const known = mapColours(labels.map((each) => (each === OPEN ? 0 : each)), colours);
  labels.forEach((each, i) => each === OPEN && known.fill(40, 3 * i, 3 * i + 3));
  return known;
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = {
    waiting: kernel.waiting,
    features: async (sample) => numbersIn((await kernel.ask({ sample })).buffers[0])[0],
  };
  const traits = ["side", "height", "names", "colours", "count", "votes", "threshold"];
  const data = Object.fromEntries(traits.map((name) => [name, model.get(name)]));
  data.given = bytes(model.get("given"));
  decoded(model.get("shown")).then((sheet) => drawAnnotator(el, { ...data, sheet }, backend));
  return () => kernel.close();
}

export default { render };
