import {
  announcer, arrowStep, button, clamp, element, figureTile, followTraits, framedSquare, histogram, histogramKey,
  kernelBackend, labelFor, latestOnly, messageLine, percent, pointerPosition, rgbOf, slider, snapped, svg, widgetSection, words, written,
} from "./common.js";

const LATTICES = [8, 4]; // a new plane is first drawn from every eighth cell, then from every fourth
const BATCH = 64; // cells a question: a newer plane waits for one answer at most
const SMALLEST_REGION = 4;

/**
 * Draws the map into `el`.
 * data: {names, colours, limit, ceiling, faintest, cells, nImages, start: {axes, c, plane: [across, up, third], table}}
 * backend: {waiting, histograms(latents Float32Array n x 3) -> Promise<Uint32Array n x (names + 1)>}: label counts, then the right ones.
 * onSettle({c, axes}) is told the pinned cross-hair and the plane.
 */
export function drawMap(el, data, backend, onSettle) {
  const { names, limit, cells } = data;
  const step = (2 * limit) / (cells - 1);
  let { axes, c } = data.start;
  let pinned = false;
  let plane = null;

  const message = messageLine(backend.waiting);
  const announce = announcer();
  const picture = planePicture(data);
  const bars = histogram(data);
  const accuracy = figureTile("Accuracy");
  const most = figureTile("Preferred here");
  const pinButton = button("Pin", () => pin(!pinned));
  const choice = element("select", { onchange: () => choosePlane(choice.value.split(",").map(Number)) },
    ...["0,1", "0,2", "1,2"].map((value) =>
      element("option", { value }, value.split(",").map((axis) => `c${Number(axis) + 1}`).join(" and "))));
  const third = () => 3 - axes[0] - axes[1];
  const depth = slider({ label: "", limit, step: snapped(step, 1e-6), oninput: (value) => moveTo(third(), value) });
  const cellOf = (value) => Math.round((value + limit) / step);
  const planes = planeSource(data, backend, message);
  const loadPlane = latestOnly((_, isStale) =>
    planes(axes, c[third()], isStale, (loaded) => {
      plane = loaded;
      picture.drawCells(plane);
      drawCross();
    }));

  function moveTo(axis, value) {
    c = c.map((old, i) => (i === axis ? snapped(value, step) : old));
    show();
    settle();
  }

  function choosePlane(wanted) {
    axes = wanted;
    show();
    settle();
  }

  function point(across, up) {
    c = c.map((old, axis) => (axis === axes[0] ? snapped(across, step) : axis === axes[1] ? snapped(up, step) : old));
    drawCross();
  }

  function pin(on) {
    pinned = on;
    drawCross();
    if (on) settle();
  }

  const settle = () => onSettle({ c, axes });

  function show() {
    choice.value = String(axes);
    depth.rename(`c${third() + 1}`);
    depth.set(c[third()]);
    picture.nameAxes(axes);
    drawCross();
    loadPlane();
  }

  function drawCross() {
    picture.drawCross(cellOf(c[axes[0]]), cellOf(c[axes[1]]), pinned);
    pinButton.textContent = pinned ? "Unpin" : "Pin";
    pinButton.setAttribute("aria-pressed", pinned);
    if (plane?.key !== planeKey(axes, c[third()])) return; // its plane is on the way
    const row = Array.from(plane.row(cellOf(c[axes[1]]) * cells + cellOf(c[axes[0]])), (count) => count / data.nImages);
    const right = row.pop();
    const preferred = row.indexOf(Math.max(...row));
    bars.draw(row);
    accuracy.set(percent(right, 1), "of the captions name a digit of their image");
    most.set(names[preferred], `for ${percent(row[preferred])} of ${data.nImages.toLocaleString("en")} images`);
    heading.textContent = `At c = ${written(c).replaceAll("-", "\u2212")}`;
    announce.say(`c = ${written(c)}: “${names[preferred]}” for ${percent(row[preferred])} of ` +
      `${data.nImages.toLocaleString("en")} test images, accuracy ${percent(right, 1)}.`);
  }

  function reset() {
    pinned = false;
    ({ axes, c } = data.start);
    show();
    settle();
  }

  picture.node.addEventListener("pointermove", (event) => {
    if (!pinned && event.pointerType === "mouse") point(...coordinates(event));
  });
  picture.node.addEventListener("pointerdown", (event) => {
    const old = String(c);
    point(...coordinates(event));
    pin(!(pinned && old === String(c)));
  });
  picture.node.addEventListener("keydown", (event) => {
    const arrow = arrowStep(event);
    if (arrow) {
      point(...arrow.map((by, i) => clamp(c[axes[i]] + by * step, limit)));
      settle();
    } else if (event.key === "Enter" || event.key === " ") pin(!pinned);
    else if (event.key === "Escape" && pinned) pin(false);
    else return;
    event.preventDefault();
  });
  const coordinates = (event) => pointerPosition(picture.node, event).map((value) => clamp((value * step * cells) / 2, limit));

  const heading = element("h4");
  const panels = [
    element("div", { className: "gb-panel gb-controls" },
      element("h4", {}, "Preferred caption over a plane of c"),
      element("div", { className: "gb-select" }, labelFor(choice, "Plane"), choice),
      picture.frame,
      depth.node,
      element("div", { className: "gb-buttons" }, pinButton, button("Reset", reset))),
    element("div", { className: "gb-panel gb-bars" },
      heading, bars.node, histogramKey(names, false),
      element("div", { className: "gb-figures" }, most.node, accuracy.node),
      strengthKey(data),
      element("p", { className: "gb-hint" }, "Point to read a histogram; click, or press Enter, to pin it.")),
  ];
  el.append(widgetSection("gb-map", "Map of the preferred label", panels, [...message.nodes, announce.node]));
  show();
  return {
    move(wanted) {
      ({ c, axes } = wanted);
      show();
    },
  };
}

const planeKey = (axes, third) => String([...axes, third]);

/** What is known of a plane. row(cell): its label counts, then the right ones; a near cell's while its own are on the way. */
function newPlane(key, table, source, width) {
  return { key, table, source, row: (cell) => table.subarray(source[cell] * width, (source[cell] + 1) * width) };
}

/** Asks the backend for planes, a coarse lattice first, and remembers them; draw(plane) comes each time more of it is known. */
function planeSource({ names, limit, cells, start }, backend, message) {
  const width = names.length + 1;
  const first = newPlane(String(start.plane), start.table, [...Array(cells * cells).keys()], width);
  const known = new Map([[first.key, first]]);
  return async (axes, third, isStale, draw) => {
    const key = planeKey(axes, third);
    if (known.has(key)) {
      draw(known.get(key));
      return;
    }
    const plane = newPlane(key, new Uint32Array(cells * cells * width), Array(cells * cells).fill(0), width);
    const own = new Set();
    const latents = planeLatents(cells, limit, axes, third);
    for (const batch of batches(cells)) {
      const asked = Float32Array.from(batch.flatMap((cell) => [...latents.subarray(3 * cell, 3 * cell + 3)]));
      const answer = await message.over(backend.histograms(asked));
      if (!answer || isStale()) return;
      batch.forEach((cell, i) => {
        plane.table.set(answer.subarray(i * width, (i + 1) * width), cell * width);
        plane.source[cell] = cell;
        own.add(cell);
      });
      if (batch.completes) nearest(cells, batch.completes).forEach((near, cell) => own.has(cell) || (plane.source[cell] = near));
      if (batch.drawn) draw(plane);
    }
    known.set(key, plane);
  };
}

/** Latents (cells^2 x 3) of a plane, row by row from the bottom. */
function planeLatents(cells, limit, axes, third) {
  const latents = new Float32Array(cells * cells * 3).fill(third);
  const value = (cell) => -limit + (2 * limit * cell) / (cells - 1);
  for (let cell = 0; cell < cells * cells; cell += 1) {
    latents[3 * cell + axes[0]] = value(cell % cells);
    latents[3 * cell + axes[1]] = value(Math.floor(cell / cells));
  }
  return latents;
}

const onLattice = (cell, cells, every) => (cell % cells) % every === 0 && Math.floor(cell / cells) % every === 0;

/** Cells in the order they are asked for: coarse lattices, then the rest. `completes`: the lattice of which nothing is missing then. */
function batches(cells) {
  const cut = (list) => Array.from({ length: Math.ceil(list.length / BATCH) }, (_, i) => list.slice(i * BATCH, (i + 1) * BATCH));
  let left = [...Array(cells * cells).keys()];
  return [...LATTICES, 1].flatMap((every) => {
    const lists = cut(left.filter((cell) => onLattice(cell, cells, every)));
    left = left.filter((cell) => !onLattice(cell, cells, every));
    if (every > 1 && lists.length) Object.assign(lists.at(-1), { completes: every, drawn: true });
    else lists.forEach((list) => (list.drawn = true));
    return lists;
  });
}

/** For each cell the one of a lattice whose answer stands for it until its own is known. */
function nearest(cells, every) {
  const near = (i) => Math.min(every * Math.round(i / every), every * Math.floor((cells - 1) / every));
  return Array.from({ length: cells * cells }, (_, cell) => near(Math.floor(cell / cells)) * cells + near(cell % cells));
}

/** The square: colours on a canvas (strength is opacity, so it suits light and dark), borders and cross-hair in SVG above. */
function planePicture({ names, colours, limit, ceiling, faintest, cells, nImages }) {
  const canvas = element("canvas", { width: cells, height: cells });
  const lines = svg("svg", { viewBox: `0 0 ${cells} ${cells}`, "aria-hidden": "true" });
  const borders = svg("path", { class: "gb-borders" });
  const marks = element("div", { className: "gb-region-names", "aria-hidden": "true" });
  const cross = svg("g", { class: "gb-cross" });
  lines.append(borders, cross);
  const node = element("div", {
    className: "gb-plane", tabindex: "0", role: "application", "aria-roledescription": "map",
    "aria-label": "Plane of c. Arrow keys move the cross-hair, with shift five cells at a time; Enter pins it.",
  }, canvas, lines, marks);
  const frame = framedSquare(node, limit);
  const rgb = colours.map(rgbOf);
  const even = 1 / names.length;
  const strength = (count) => clamp(Math.max(0, (count / nImages - even) / Math.max(ceiling - even, 1e-9)), 1);

  return {
    node,
    frame: frame.node,
    nameAxes: frame.nameAxes,
    drawCells(plane) {
      const histograms = Array.from({ length: cells * cells }, (_, cell) => plane.row(cell).subarray(0, -1));
      const preferred = histograms.map((counts) => counts.indexOf(Math.max(...counts)));
      const image = new ImageData(cells, cells);
      histograms.forEach((counts, cell) => {
        const pixel = 4 * ((cells - 1 - Math.floor(cell / cells)) * cells + (cell % cells));
        const opacity = faintest + (1 - faintest) * strength(counts[preferred[cell]]);
        image.data.set([...rgb[preferred[cell]], Math.round(255 * opacity)], pixel);
      });
      canvas.getContext("2d").putImageData(image, 0, 0);
      borders.setAttribute("d", borderPath(preferred, cells));
      marks.replaceChildren(...regionAnchors(preferred, cells).map(({ label, cell }) => {
        const name = element("span", {}, String(label));
        const inside = (index) => `clamp(0.6em, ${percent((index + 0.5) / cells, 2)}, calc(100% - 0.6em))`;
        name.style.left = inside(cell % cells);
        name.style.bottom = inside(Math.floor(cell / cells));
        return name;
      }));
    },
    drawCross(column, row, pinned) {
      const [x, y] = [column + 0.5, cells - 0.5 - row];
      const path = svg("path", { d: `M${x} 0V${cells}M0 ${y}H${cells}` });
      const ring = svg("circle", { cx: x, cy: y, r: 0.025 * cells });
      const pin = svg("circle", { cx: x, cy: y, r: 0.01 * cells, class: "gb-pin" });
      cross.replaceChildren(path, ring, ...(pinned ? [pin] : []));
    },
  };
}

/** Edges between cells of different labels, in the coordinates of the SVG (y downwards). */
function borderPath(preferred, cells) {
  const path = [];
  preferred.forEach((label, cell) => {
    const [column, row] = [cell % cells, Math.floor(cell / cells)];
    if (column + 1 < cells && preferred[cell + 1] !== label) path.push(`M${column + 1} ${cells - row}v-1`);
    if (row + 1 < cells && preferred[cell + cells] !== label) path.push(`M${column} ${cells - row - 1}h1`);
  });
  return path.join("");
}

function neighbours(cell, cells) {
  const column = cell % cells;
  return [
    ...(column > 0 ? [cell - 1] : []), ...(column + 1 < cells ? [cell + 1] : []),
    ...(cell >= cells ? [cell - cells] : []), ...(cell + cells < cells * cells ? [cell + cells] : []),
  ];
}

/** {label, cell}: a cell deep inside each label's largest connected area. */
function regionAnchors(preferred, cells) {
  const largest = new Map();
  const seen = new Set();
  preferred.forEach((label, start) => {
    if (seen.has(start)) return;
    const area = new Set([start]);
    for (const cell of area) neighbours(cell, cells).forEach((next) => preferred[next] === label && area.add(next));
    area.forEach((cell) => seen.add(cell));
    if (area.size >= SMALLEST_REGION && area.size > (largest.get(label)?.size ?? 0)) largest.set(label, area);
  });
  return [...largest].map(([label, area]) => ({ label, cell: deepest(area, cells) }));
}

/** Peels an area, rim by rim (the map's edge counts as rim), and returns the cell in the middle of what is left last. */
function deepest(area, cells) {
  let left = area;
  for (;;) {
    const inner = new Set([...left].filter((cell) => {
      const around = neighbours(cell, cells);
      return around.length === 4 && around.every((next) => left.has(next));
    }));
    if (!inner.size) return [...left][Math.floor(left.size / 2)];
    left = inner;
  }
}

function strengthKey({ names, ceiling }) {
  return element("p", { className: "gb-strength" }, `faint: ${percent(1 / names.length)} of the captions (even)`,
    element("span", { className: "gb-ramp" }), `strong: ${percent(ceiling)} (all it can be)`);
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const backend = { waiting: kernel.waiting, histograms: async (latents) => words((await kernel.ask({}, [latents])).buffers[0]) };
  const data = {
    names: model.get("names"), colours: model.get("colours"), limit: model.get("limit"), ceiling: model.get("ceiling"),
    faintest: model.get("faintest"), cells: model.get("cells"), nImages: model.get("n_images"),
    start: {
      axes: model.get("axes"), c: model.get("c"), plane: model.get("first_plane"), table: words(model.get("first_table")),
    },
  };
  const map = drawMap(el, data, backend, (state) => traits.write(state));
  const traits = followTraits(model, ["c", "axes"], () => map.move({ c: model.get("c"), axes: model.get("axes") }));
  return () => {
    traits.close();
    kernel.close();
  };
}

export default { render };
