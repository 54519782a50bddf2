import {
  announcer, arrowStep, button, bytes, element, figureTile, followTraits, kernelBackend, latestOnly, menu, messageLine, percent,
  pixelPicture, quoted, rgbOf, signed, widgetSection,
} from "./common.js";

const ARROWS = {
  top: "↑", left: "←", right: "→", bottom: "↓", "top left": "↖", "top right": "↗", "bottom left": "↙", "bottom right": "↘", middle: "·", "": "",
};
const NARROW = 0.06; // a block with a smaller share of the map has little room for its name
const ORDERS = { "action, direction, digit": [0, 2, 1], "action, digit, direction": [0, 1, 2], "direction, action, digit": [2, 0, 1], "digit, action, direction": [1, 0, 2] };

/**
 * Draws the explorer into `el`.
 * data: {resolution, cosines (Int16Array n x n), scale, instructions [[action, digit, where, sentence]], grammar, examples, colours,
 *   start: {pair, edits}}
 * backend: {waiting, edits(pair, digit or null) -> Promise<{pair, buffers: [source, result, source, result]}>}
 * onSettle({pair}) is told every pair whose pictures are shown.
 */
export function drawCosines(el, data, backend, onSettle) {
  const { instructions, grammar } = data;
  const n = instructions.length;
  const cosine = (row, column) => data.cosines[row * n + column] / data.scale;
  let pair = data.start.pair;
  let pinned = false;
  let rows;
  let columns;

  const message = messageLine(backend.waiting);
  const announce = announcer();
  const map = heatMap(data);
  const value = figureTile("Cosine of the pair");
  const mean = figureTile("Mean of the map shown");
  const told = ["Row", "Column"].map((name) => toldPictures(name, data.resolution));
  const pinButton = button("Pin", () => pin(!pinned));

  const present = grammar.actions.filter((action) => instructions.some((each) => each[0] === action));
  const some = [{ value: "", text: "all actions" }, ...present.map((action) => ({ value: action, text: action }))];
  const order = menu("Order", Object.keys(ORDERS).map((text) => ({ value: text, text })), () => arrange());
  const filters = ["Rows", "Columns"].map((label) => menu(label, some, () => arrange()));
  const digits = menu("Digits", [{ value: "", text: "all digits" }, ...numbered(data.examples)], () => arrange());
  const example = menu("Shown on", [{ value: "", text: "the digit it names" }, ...numbered(data.examples)], () => ask());
  function numbered(list) {
    return list.map((digit) => ({ value: digit, text: `${digit}: ${grammar.digits[digit]}` }));
  }

  const ask = latestOnly(async () => {
    const wanted = pair;
    const digit = example.control.value;
    const answer = await message.over(backend.edits(wanted, digit === "" ? null : Number(digit)));
    if (!answer) return;
    drawEdits(answer);
    onSettle({ pair: wanted });
  });

  function arrange(asks = true) {
    const ranks = [(each) => grammar.actions.indexOf(each[0]), (each) => each[1], (each) => grammar.places.indexOf(each[2])];
    const keys = ORDERS[order.control.value];
    const chosen = (action) => instructions.map((_, i) => i)
      .filter((i) => (!action || instructions[i][0] === action) && (digits.control.value === "" || instructions[i][1] === Number(digits.control.value)))
      .sort((a, b) => keys.reduce((found, key) => found || ranks[key](instructions[a]) - ranks[key](instructions[b]), 0));
    [rows, columns] = filters.map((filter) => chosen(filter.control.value));
    if (!rows.length || !columns.length) return;
    map.draw(rows, columns, cosine, keys);
    const values = rows.flatMap((row) => columns.filter((column) => column !== row).map((column) => cosine(row, column)));
    const average = values.length ? signed(values.reduce((sum, each) => sum + each, 0) / values.length) : "–";
    mean.set(average, `${rows.length} × ${columns.length} pairs, none with itself`);
    const shown = rows.includes(pair[0]) && columns.includes(pair[1]);
    point(shown ? pair : [rows[0], columns[0]], asks);
  }

  function point(wanted, asks = true) {
    pair = wanted;
    const [row, column] = pair;
    map.mark(rows.indexOf(row), columns.indexOf(column), pinned);
    value.set(signed(cosine(row, column)), pinned ? "pinned" : "");
    told.forEach((one, i) => one.name(instructions[pair[i]][3]));
    const [first, second] = pair.map((number) => quoted(instructions[number][3]));
    announce.say(`${first} and ${second}: cosine ${cosine(row, column).toFixed(2)}.`);
    if (asks) ask();
  }

  function drawEdits({ buffers }) {
    told.forEach((one, i) => one.draw(bytes(buffers[2 * i]), bytes(buffers[2 * i + 1])));
  }

  function pin(on) {
    pinned = on;
    pinButton.textContent = on ? "Unpin" : "Pin";
    pinButton.setAttribute("aria-pressed", on);
    point(pair);
  }

  const under = (event) => map.cell(event, rows.length, columns.length);
  const choose = ([row, column]) => point([rows[row], columns[column]]);
  map.node.addEventListener("pointermove", (event) => {
    const here = under(event);
    if (!pinned && event.pointerType === "mouse" && (rows[here[0]] !== pair[0] || columns[here[1]] !== pair[1])) choose(here);
  });
  map.node.addEventListener("pointerdown", (event) => {
    const old = String(pair);
    choose(under(event));
    pin(!(pinned && old === String(pair)));
  });
  map.node.addEventListener("keydown", (event) => {
    const arrow = arrowStep(event);
    const within = (index, length) => Math.min(length - 1, Math.max(0, index));
    if (arrow) choose([within(rows.indexOf(pair[0]) - arrow[1], rows.length), within(columns.indexOf(pair[1]) + arrow[0], columns.length)]);
    else if (event.key === "Enter" || event.key === " ") pin(!pinned);
    else if (event.key === "Escape" && pinned) pin(false);
    else return;
    event.preventDefault();
  });

  const reset = button("Reset", () => {
    [order, ...filters, digits, example].forEach(({ control }) => (control.selectedIndex = 0));
    pair = data.start.pair;
    arrange();
    pin(false);
  });
  const panels = [
    element("div", { className: "gb-panel" },
      element("div", { className: "gb-menus" }, order.node, ...filters.map((each) => each.node), digits.node),
      map.frame, map.bar),
    element("div", { className: "gb-panel gb-pair" },
      element("div", { className: "gb-figures" }, value.node, mean.node),
      ...told.map((one) => one.node), example.node,
      element("div", { className: "gb-buttons" }, pinButton, reset),
      element("p", { className: "gb-hint" }, "Point at the map. A click or Enter pins the pair; arrow keys move it, with shift five cells at a time.")),
  ];
  el.append(widgetSection("gb-cosines", "Cosine map explorer", panels, [...message.nodes, announce.node]));
  arrange(false);
  drawEdits(data.start.edits);
  return {
    point(wanted) {
      if (rows.includes(wanted[0]) && columns.includes(wanted[1])) return point(wanted);
      [...filters, digits].forEach(({ control }) => (control.selectedIndex = 0));
      pair = wanted;
      return arrange();
    },
  };
}

/** An instruction with the picture before and after it. */
function toldPictures(name, resolution) {
  const text = element("p", { className: "gb-told" });
  const pictures = ["source", "result"].map((which) => ({ which, picture: pixelPicture(resolution) }));
  const [before, after] = pictures.map(({ which, picture }) => element("figure", {}, picture.node, element("figcaption", {}, which)));
  let sentence = "";
  return {
    node: element("div", { className: "gb-told-block" }, element("div", { className: "gb-figure-name" }, name), text,
      element("div", { className: "gb-before-after" }, before, element("span", { "aria-hidden": "true" }, "→"), after)),
    name: (told) => (text.textContent = sentence = told),
    draw: (...both) => pictures.forEach(({ which, picture }, i) => picture.draw(both[i], `${which} of ${quoted(sentence)}`)),
  };
}

/** The map as a canvas, with block names along two sides and a colour bar below. */
function heatMap({ colours, grammar, instructions }) {
  const canvas = element("canvas", {});
  const lines = element("div", { className: "gb-lines" });
  const hairs = ["across", "down"].map((which) => element("div", { className: `gb-hair gb-hair-${which}` }));
  const ring = element("div", { className: "gb-ring" });
  const node = element("div", {
    className: "gb-plane", tabindex: "0", role: "application", "aria-roledescription": "map",
    "aria-label": "Map of cosines. Arrow keys move the pair, with shift five cells at a time; Enter pins it.",
  }, canvas, lines, ...hairs, ring);
  const names = ["down", "across"].map((which) => element("div", { className: `gb-blocks gb-blocks-${which}`, "aria-hidden": "true" }));
  const table = colourTable(colours);
  const bar = element("div", { className: "gb-colour-bar" }, element("div", { className: "gb-colours" }));
  bar.firstChild.style.background = `linear-gradient(90deg, ${colours.join(", ")})`;
  bar.append(element("div", { className: "gb-ticks" }, ...["\u22121", "\u22120.5", "0", "0.5", "1"].map((text) => element("span", {}, text))));

  const says = [(each) => each[0], (each) => String(each[1]), (each) => ARROWS[each[2]]];
  /** Runs of equal values of the first key that has several: {text, from, to}. */
  function blocks(list, keys) {
    const key = keys.find((each) => new Set(list.map((i) => instructions[i][each])).size > 1) ?? keys[0];
    const runs = [];
    list.forEach((number, i) => {
      const text = says[key](instructions[number]);
      if (runs.at(-1)?.text === text) runs.at(-1).to = i + 1;
      else runs.push({ text, from: i, to: i + 1 });
    });
    return runs;
  }

  function nameBlocks(lists, keys) {
    lines.replaceChildren();
    lists.forEach((list, side) => {
      const [start, size] = side ? ["left", "width"] : ["top", "height"];
      const runs = blocks(list, keys);
      names[side].replaceChildren(...runs.map(({ text, from, to }) => {
        const label = element("span", { className: `${text.length > 2 ? "gb-turned" : ""} ${to - from < NARROW * list.length ? "gb-narrow" : ""}` }, text);
        label.style[start] = percent(from / list.length, 3);
        label.style[size] = percent((to - from) / list.length, 3);
        return label;
      }));
      runs.slice(1).forEach(({ from }) => {
        const line = element("div", { className: side ? "gb-line-down" : "gb-line-across" });
        line.style[start] = percent(from / list.length, 3);
        lines.append(line);
      });
    });
  }

  let shape = [1, 1];
  return {
    node,
    bar,
    frame: element("div", { className: "gb-map-frame" }, names[1], names[0], node),
    draw(rows, columns, cosine, keys) {
      shape = [rows.length, columns.length];
      [canvas.height, canvas.width] = shape;
      const image = new ImageData(columns.length, rows.length);
      rows.forEach((row, i) => columns.forEach((column, j) => {
        const at = 4 * (i * columns.length + j);
        const entry = 3 * Math.round(((cosine(row, column) + 1) / 2) * 255);
        for (let c = 0; c < 3; c += 1) image.data[at + c] = table[entry + c];
        image.data[at + 3] = 255;
      }));
      canvas.getContext("2d").putImageData(image, 0, 0);
      nameBlocks([rows, columns], keys);
    },
    mark(row, column, pinned) {
      const [top, left] = [(row + 0.5) / shape[0], (column + 0.5) / shape[1]].map((part) => percent(part, 3));
      hairs[0].style.top = top;
      hairs[1].style.left = left;
      Object.assign(ring.style, { top, left });
      ring.classList.toggle("gb-pinned", pinned);
    },
    cell(event, nRows, nColumns) {
      const box = canvas.getBoundingClientRect();
      const index = (part, count) => Math.min(count - 1, Math.max(0, Math.floor(part * count)));
      return [index((event.clientY - box.top) / box.height, nRows), index((event.clientX - box.left) / box.width, nColumns)];
    },
  };
}

/** 256 colours between the given ones: red, green, blue, red, ... */
function colourTable(colours) {
  const stops = colours.map(rgbOf);
  const table = new Uint8Array(3 * 256);
  for (let i = 0; i < 256; i += 1) {
    const at = (i / 255) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c += 1) table[3 * i + c] = Math.round(stops[low][c] + (at - low) * (stops[low + 1][c] - stops[low][c]));
  }
  return table;
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = { waiting: kernel.waiting, edits: (pair, digit) => kernel.ask({ pair, digit }) };
  const view = model.get("cosines");
  const data = {
    resolution: model.get("resolution"), cosines: new Int16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)),
    scale: model.get("scale"), instructions: model.get("instructions"), grammar: model.get("grammar"), examples: model.get("examples"),
    colours: model.get("colours"), start: { pair: model.get("first_pair"), edits: model.get("first_edits") },
  };
  const explorer = drawCosines(el, data, backend, (state) => traits.write(state));
  const traits = followTraits(model, ["pair"], () => explorer.point(model.get("pair")));
  if (String(model.get("pair")) !== String(data.start.pair)) explorer.point(model.get("pair"));
  return () => {
    traits.close();
    kernel.close();
  };
}

export default { render };
