import {
  announcer, button, bytes, decoded, element, kernelBackend, latestOnly, layerPicker, layerRanges, menu, messageLine, painted, pixelPicture, signed, slider, tilePixels,
  widgetSection,
} from "./common.js";

const FINE = 0.1;
const AT_ONCE = 2; // pictures between two looks at what a person does

/**
 * Draws the walk into `el`.
 * data: {side, sides, groups, names, stops, draws, strip: pixels of each stop at the start}
 * backend: {waiting, walk({seed, moves, layers}) -> a picture for each move, which says how far along each direction}
 */
export function drawWalk(el, data, backend) {
  const { side, names, stops } = data;
  const message = messageLine(backend.waiting);
  const announce = announcer();
  const every = data.sides.map((_, layer) => layer);
  const still = names.map(() => 0);
  let wanted; // the present choice: {seed, values, layers, along}
  let resets = 0;
  let drawn = {}; // of which choices the start and the strip are

  const [before, after] = ["Start", "Moved"].map((name) => {
    const picture = pixelPicture(side);
    return { node: element("figure", {}, picture.node, element("figcaption", {}, name)), draw: picture.draw };
  });
  const sliders = names.map((label, number) => slider({
    label, limit: stops.at(-1), step: FINE, oninput: (value) => change({ values: wanted.values.with(number, value), along: number }),
  }));
  const strip = stopStrip(side, stops, (value) => change({ values: wanted.values.with(wanted.along, value) }));
  const along = menu("Strip along", names.map((text, value) => ({ value, text })), (value) => change({ along: Number(value) }));
  const picker = layerPicker({ label: "Layers that are moved", ...data, marks: ["stays", "moves"], changed: (layers) => change({ layers }) });
  const draw = element("output", { className: "gb-number" });

  const stripOf = ({ seed, values, layers, along: at }) => JSON.stringify([seed, values.with(at, 0), layers, at]);
  const moved = ({ values }) => names.map((name, n) => [name, values[n]]).filter(([, value]) => value).map(([name, value]) => `${name} ${signed(value)}`);
  const sentence = (choice) => (moved(choice).length ? `${moved(choice).join(", ")} standard deviations, ${layerRanges(choice.layers)}` : "Not moved");

  /** The moved picture first, then the strip if it is old. */
  const update = latestOnly(async (choice, isStale) => {
    if (choice !== wanted) return; // all was reset
    const began = resets;
    const { seed, values, layers, along: at } = choice;
    const walk = async (moves) => {
      const pictures = await message.over(backend.walk({ seed, moves, layers }));
      return began === resets ? pictures : undefined;
    };
    const pictures = await walk(drawn.seed === seed ? [values] : [values, still]);
    if (!pictures) return;
    after.draw(pictures[0], `Moved: ${sentence(choice)}`);
    if (pictures[1]) before.draw(pictures[1], "Start");
    drawn.seed = seed;
    announce.say(`${sentence(choice)}.`);
    if (drawn.strip === stripOf(choice)) return;
    drawn.strip = "";
    for (let first = 0; first < stops.length; first += AT_ONCE) {
      await painted();
      const some = !isStale() && await walk(stops.slice(first, first + AT_ONCE).map((stop) => values.with(at, stop)));
      if (!some) return;
      strip.draw(some, names[at], first);
    }
    drawn.strip = stripOf(choice);
  });

  function change(part) {
    wanted = { ...wanted, ...part };
    controls();
    update(wanted);
  }

  function controls() {
    sliders.forEach((each, n) => each.set(wanted.values[n]));
    picker.set(wanted.layers);
    along.control.value = wanted.along;
    strip.mark(wanted.values[wanted.along], names[wanted.along]);
    draw.textContent = `picture ${wanted.seed + 1} of ${data.draws}`;
  }

  function begin() {
    resets += 1;
    wanted = { seed: 0, values: still, layers: every, along: 0 };
    controls();
    const middle = data.strip[stops.indexOf(0)];
    before.draw(middle, "Start");
    after.draw(middle, `Moved: ${sentence(wanted)}`);
    strip.draw(data.strip, names[0]);
    drawn = { seed: 0, strip: stripOf(wanted) };
  }

  const another = button("New picture", () => change({ seed: (wanted.seed + 1) % data.draws }));
  const back = button("Reset", () => {
    begin();
    message.tell("");
    announce.say("Reset.");
  });
  const panels = [
    element("div", { className: "gb-panel gb-controls" },
      element("h4", {}, "Start, and moved"), element("div", { className: "gb-two" }, before.node, after.node), along.node, strip.node,
      element("div", { className: "gb-buttons gb-told-by" }, another, draw, back), ...message.nodes),
    element("div", { className: "gb-panel gb-controls gb-moved-along" }, element("h4", {}, "Directions in W"),
      element("div", { className: "gb-directions" }, ...sliders.map(({ node }) => node)),
      element("p", { className: "gb-hint" }, "In standard deviations of w along each direction.")),
    element("div", { className: "gb-panel gb-controls" }, element("h4", {}, "Layers that are moved"), picker.node),
  ];
  el.append(widgetSection("gb-walk", "Walk in W", panels, [announce.node]));
  begin();
}

/** A picture for each stop, to go there. */
function stopStrip(side, stops, go) {
  const numbered = (stop) => `${stop > 0 ? "+" : ""}${stop}`.replace("-", "\u2212");
  const cards = stops.map((stop) => {
    const picture = pixelPicture(side);
    const node = element("button", { type: "button", className: "gb-sample gb-dated", onclick: () => go(stop) }, picture.node, element("span", {}, numbered(stop)));
    return { node, picture };
  });
  return {
    node: element("div", { className: "gb-stops", role: "group", "aria-label": "Strip" }, ...cards.map(({ node }) => node)),
    draw: (some, name, first = 0) => some.forEach((pixels, n) => cards[first + n].picture.draw(pixels, `${name} at ${numbered(stops[first + n])}`)),
    mark(value, name) {
      cards.forEach(({ node }, n) => {
        node.setAttribute("aria-pressed", stops[n] === value);
        node.setAttribute("aria-label", `${name}: ${numbered(stops[n])}`);
      });
    },
  };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = { waiting: kernel.waiting, walk: async (request) => (await kernel.ask(request)).buffers.map(bytes) };
  const traits = ["side", "sides", "groups", "names", "stops", "draws"];
  const data = Object.fromEntries(traits.map((name) => [name, model.get(name)]));
  decoded(model.get("shown")).then((sheet) => {
    const strip = data.stops.map((_, column) => tilePixels(sheet, data.side, column));
    drawWalk(el, { ...data, strip }, backend);
  });
  return () => kernel.close();
}

export default { render };
