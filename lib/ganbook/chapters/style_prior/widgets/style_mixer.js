import {
  announcer, button, bytes, decoded, element, kernelBackend, latestOnly, layerPicker, layerRanges, messageLine, painted, pixelPicture, slider, tilePixels, widgetSection,
} from "./common.js";

const AT_ONCE = 2; // pictures between two looks at what a person does
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/**
 * Draws the mixer into `el`.
 * data: {side, count, sides, groups, draws, noisy, start, sheet}; a choice like `start` is {seeds, layers, psi, noise, chosen: [a, b]}
 * backend: {waiting, mix({seeds, layers, psi, noise, cells}) -> a picture for each cell [a, b]}
 */
export function drawStyles(el, data, backend) {
  const { side, count } = data;
  const message = messageLine(backend.waiting);
  const announce = announcer();
  const numbers = Array.from({ length: count }, (_, number) => number);
  const every = data.sides.map((_, layer) => layer);
  let wanted; // the present choice
  let resets = 0;
  let drawn = {}; // of which choices the rows of sources and the mixed pictures are

  const trio = mixedTrio(side);
  const crossing = crossedRows(side, numbers, (chosen) => change({ chosen }));
  const picker = layerPicker({ label: "Layers that row B gives", ...data, marks: ["A", "B"], changed: (layers) => change({ layers }) });
  const truncation = slider({ label: "Truncation \u03c8", low: 0, limit: 1, step: 0.05, oninput: (psi) => change({ psi }) });
  const noise = element("input", { type: "checkbox", onchange: () => change({ noise: noise.checked }) });
  const draw = element("output", { className: "gb-hint" });

  const rowsOf = ({ seeds, psi, noise: on }) => JSON.stringify([seeds, psi, on]);
  const mixedOf = (choice) => JSON.stringify([rowsOf(choice), choice.layers]);
  const sentence = ({ layers, chosen: [a, b] }) => `A${a + 1} with ${layerRanges(layers)} from B${b + 1}`;

  /** The chosen picture first, then what else is old, a row at a time. */
  const update = latestOnly(async (choice, isStale) => {
    if (choice !== wanted) return; // all was reset
    const { seeds, layers, psi, noise: on, chosen } = choice;
    const began = resets;
    const mix = async (given, cells) => {
      const pictures = await message.over(backend.mix({ seeds, layers: given, psi, noise: on, cells }));
      return began === resets ? pictures : undefined;
    };
    /** Some pictures after the others, or nothing if something newer is asked for or all was reset. */
    const inParts = async (given, cells) => {
      const all = [];
      while (all.length < cells.length) {
        await painted();
        const some = isStale() ? undefined : await mix(given, cells.slice(all.length, all.length + AT_ONCE));
        if (!some) return undefined;
        all.push(...some);
      }
      return all;
    };
    const mixed = await mix(layers, [chosen]);
    if (!mixed) return;
    trio.mixed(mixed[0], sentence(choice));
    announce.say(`${sentence(choice)}.`);
    if (drawn.rows !== rowsOf(choice)) {
      const rowA = await inParts([], numbers.map((a) => [a, 0]));
      const rowB = rowA && await inParts(every, numbers.map((b) => [0, b]));
      if (!rowB) return;
      crossing.sources(rowA, rowB);
      drawn.rows = rowsOf(choice);
    }
    trio.sources(crossing, chosen);
    if (drawn.mixed === mixedOf(choice)) return;
    drawn.mixed = "";
    for (const a of numbers) {
      const row = await inParts(layers, numbers.map((b) => [a, b]));
      if (!row) return;
      row.forEach((pixels, b) => crossing.cell(a, b, pixels));
    }
    drawn.mixed = mixedOf(choice);
  });

  function change(part) {
    wanted = { ...wanted, ...part };
    controls();
    update(wanted);
  }

  function controls() {
    picker.set(wanted.layers);
    truncation.set(wanted.psi);
    noise.checked = wanted.noise;
    crossing.choose(wanted.chosen);
    draw.textContent = `Row A: draw ${wanted.seeds[0] + 1}, row B: draw ${wanted.seeds[1] + 1}, of ${data.draws}`;
  }

  function begin() {
    wanted = data.start;
    resets += 1;
    controls();
    const tile = (row, column) => tilePixels(data.sheet, side, column, row);
    crossing.sources(numbers.map((a) => tile(a + 1, 0)), numbers.map((b) => tile(0, b + 1)));
    numbers.forEach((a) => numbers.forEach((b) => crossing.cell(a, b, tile(a + 1, b + 1))));
    const [a, b] = wanted.chosen;
    trio.mixed(tile(a + 1, b + 1), sentence(wanted));
    trio.sources(crossing, wanted.chosen);
    drawn = { rows: rowsOf(wanted), mixed: mixedOf(wanted) };
  }

  const another = (row) => change({ seeds: wanted.seeds.map((seed, n) => (n === row ? (seed + 1) % data.draws : seed)) });
  const reset = button("Reset", () => {
    begin();
    message.tell("");
    announce.say("Reset.");
  });
  const withNoise = data.noisy ? [element("label", { className: "gb-check" }, noise, "Noise")] : [];
  const panels = [
    element("div", { className: "gb-panel" }, element("h4", {}, "Mixed picture"), trio.node),
    element("div", { className: "gb-panel gb-controls" },
      element("h4", {}, "Layers that row B gives"), picker.node, truncation.node, ...withNoise,
      element("div", { className: "gb-buttons" }, button("New row A", () => another(0)), button("New row B", () => another(1)), reset), draw, ...message.nodes),
    element("div", { className: "gb-panel gb-controls gb-all-mixed" }, element("h4", {}, "Row A at the left, row B above, each mixed with each"), crossing.node,
      element("p", { className: "gb-hint" }, "Choose a picture to see it large, with a click or with the arrow keys.")),
  ];
  el.append(widgetSection("gb-styles", "Style mixer", panels, [announce.node]));
  begin();
}

/** A picture with its name below; `draw(pixels, label)`. */
function namedPicture(side, className, text) {
  const picture = pixelPicture(side);
  const under = element("figcaption", {}, text);
  return { node: element("figure", { className }, picture.node, under), draw: picture.draw, rename: (name) => (under.textContent = name) };
}

/** The chosen sources, small, and what they give together, large. */
function mixedTrio(side) {
  const [a, b] = ["a", "b"].map((row) => namedPicture(side, `gb-source-picture gb-row-${row}`, ""));
  const mixed = namedPicture(side, "", "");
  return {
    node: element("div", { className: "gb-trio" }, a.node, b.node, mixed.node),
    mixed(pixels, sentence) {
      mixed.draw(pixels, sentence);
      mixed.rename(sentence);
    },
    sources({ rows }, chosen) {
      [a, b].forEach((one, row) => {
        const name = `${"AB"[row]}${chosen[row] + 1}`;
        one.draw(rows[row][chosen[row]], `Source ${name}`);
        one.rename(name);
      });
    },
  };
}

/** Row B above, row A at the left, and a button for each mixed picture. One of them is chosen, as with radio buttons. */
function crossedRows(side, numbers, choose) {
  const [rowA, rowB] = ["a", "b"].map((row) => numbers.map((n) => namedPicture(side, `gb-source-picture gb-row-${row}`, `${row.toUpperCase()}${n + 1}`)));
  const rows = [[], []];
  const cells = numbers.map((a) => numbers.map((b) => {
    const picture = pixelPicture(side);
    const node = element("button", {
      type: "button", className: "gb-sample", role: "radio", "aria-label": `A${a + 1} and B${b + 1}`, onclick: () => choose([a, b]), onkeydown: (event) => move(event, a, b),
    }, picture.node);
    return { node, draw: picture.draw };
  }));

  function move(event, a, b) {
    const [down, right] = MOVES[event.key] ?? [0, 0];
    const next = cells[a + down]?.[b + right];
    if (!MOVES[event.key]) return;
    event.preventDefault();
    if (!next) return;
    choose([a + down, b + right]);
    next.node.focus();
  }

  const lines = numbers.flatMap((a) => [rowA[a].node, ...cells[a].map((cell) => cell.node)]);
  const node = element("div", { className: "gb-crossing", role: "radiogroup", "aria-label": "Mixed pictures" },
    element("span"), element("span"), ...rowB.map((each) => each.node), ...lines);
  node.style.gridTemplateColumns = `20px repeat(${numbers.length + 1}, minmax(0, 1fr))`;
  return {
    node, rows,
    sources(pixelsA, pixelsB) {
      [pixelsA, pixelsB].forEach((all, row) => {
        rows[row] = all;
        all.forEach((pixels, n) => [rowA, rowB][row][n].draw(pixels, `Source ${"AB"[row]}${n + 1}`));
      });
    },
    cell: (a, b, pixels) => cells[a][b].draw(pixels, `A${a + 1} and B${b + 1}`),
    choose([atA, atB]) {
      cells.forEach((row, a) => row.forEach((cell, b) => {
        const here = a === atA && b === atB;
        cell.node.setAttribute("aria-checked", here);
        cell.node.setAttribute("tabindex", here ? 0 : -1);
      }));
    },
  };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = { waiting: kernel.waiting, mix: async (request) => (await kernel.ask(request)).buffers.map(bytes) };
  const names = ["side", "count", "sides", "groups", "draws", "noisy", "start"];
  const data = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  decoded(model.get("shown")).then((sheet) => drawStyles(el, { ...data, sheet }, backend));
  return () => kernel.close();
}

export default { render };
