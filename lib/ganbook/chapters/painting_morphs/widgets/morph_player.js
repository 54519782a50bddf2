import {
  announcer, button, curveChart, decoded, drawTile, element, figureTile, kernelBackend, latestOnly, menu, messageLine, offerFile, pixelCanvas, player,
  widgetSection,
} from "./common.js";

const FRAME_MS = 200;

/**
 * Draws the player into `el`.
 * data: {side, paintings: [start, end] sheets, years, error, paths, frames, colours, chosen, shown: {read, due, sheet}}
 * backend: {waiting, morph({start, end, path}) -> {read, due, sheet}, gif(request) -> bytes}
 */
export function drawMorphs(el, data, backend) {
  const message = messageLine(backend.waiting);
  const announce = announcer();
  let wanted = data.chosen;
  let morph = data.shown;
  let chart;

  const canvas = pixelCanvas(data.side, data.side, { role: "img" });
  const tiles = { read: figureTile("Year read off this frame"), due: figureTile("Year it should look like") };
  const place = element("div");
  const path = menu("Way", data.paths.map(([value, text]) => ({ value, text })), (value) => change({ path: value }));
  const starts = paintingShelf("Start", data, 0, (start) => change({ start }));
  const ends = paintingShelf("End", data, 1, (end) => change({ end }));

  const share = (number) => Math.round((100 * number) / (data.frames - 1));
  const sentence = (number) => `${share(number)}% of the way: reads as ${morph.read[number].toFixed(1)}, give or take ${data.error.toFixed(1)} years; it should look like ${morph.due[number].toFixed(1)}.`;

  function show(number) {
    drawTile(canvas, morph.sheet, number);
    canvas.setAttribute("aria-label", `Frame ${number + 1} of ${data.frames}. ${sentence(number)}`);
    tiles.read.set(`${morph.read[number].toFixed(1)} \u00b1 ${data.error.toFixed(1)}`, "\u00b1 mean absolute error of the regressor");
    tiles.due.set(morph.due[number].toFixed(1), `${share(number)}% from ${morph.due[0].toFixed(1)} to ${morph.due.at(-1).toFixed(1)}`);
    chart.mark(share(number));
  }

  const film = player({
    label: "Morph", count: data.frames, show, name: (number) => `${share(number)}%`, pace: FRAME_MS, settled: () => announce.say(sentence(film.number)),
  });

  function put(answer, number) {
    morph = answer;
    chart = yearChart(data, morph);
    place.replaceChildren(chart.node);
    film.go(number);
  }

  const ask = latestOnly(async (request) => {
    const answer = await message.over(backend.morph(request));
    if (!answer || request !== wanted) return; // something newer is asked for, or all was reset
    put(answer, film.number);
    announce.say(sentence(film.number));
  });

  function controls() {
    starts.set(wanted.start);
    ends.set(wanted.end);
    path.control.value = wanted.path;
  }

  function change(part) {
    wanted = { ...wanted, ...part };
    controls();
    ask(wanted);
  }

  async function exportGif() {
    const request = wanted;
    const gif = await message.over(backend.gif(request));
    if (!gif) return;
    const [from, to] = [data.years[0][request.start], data.years[1][request.end]].map(Math.floor);
    const name = `morph-${from}-${to}-${request.path}.gif`;
    offerFile(gif, name, "image/gif");
    announce.say(`${name} is made.`);
  }

  function begin() {
    film.stop();
    wanted = data.chosen;
    controls();
    put(data.shown, 0);
  }

  const reset = button("Reset", () => {
    begin();
    message.tell("");
    announce.say("Reset.");
  });
  const panels = [
    element("div", { className: "gb-panel gb-controls gb-screen" }, canvas, film.node,
      element("div", { className: "gb-figures" }, tiles.read.node, tiles.due.node), path.node,
      element("div", { className: "gb-buttons" }, button("Export GIF", exportGif), reset), ...message.nodes),
    element("div", { className: "gb-panel gb-controls" }, element("h4", {}, "From, and to"), starts.node, ends.node,
      element("p", { className: "gb-hint" }, "The first and the last frame are what the painter draws where it found the two paintings.")),
    element("div", { className: "gb-panel" }, element("h4", {}, "The year along the way"), place),
  ];
  el.append(widgetSection("gb-morphs", "Morph player", panels, [announce.node]));
  begin();
  return film.stop;
}

/** A button for each painting of a set. */
function paintingShelf(name, { side, paintings, years }, set, choose) {
  const picks = years[set].map((year, number) => {
    const canvas = pixelCanvas(side, side);
    drawTile(canvas, paintings[set], number);
    const label = `${name}: painting ${number + 1}, of ${year.toFixed(1)}`;
    return element("button", { type: "button", className: "gb-sample gb-dated", "aria-label": label, title: label, onclick: () => choose(number) },
      canvas, element("span", {}, year.toFixed(1)));
  });
  return {
    node: element("div", { className: "gb-stack" }, element("div", { className: "gb-figure-name" }, name),
      element("div", { className: "gb-shelf", role: "group", "aria-label": name }, ...picks)),
    set: (chosen) => picks.forEach((each, number) => each.setAttribute("aria-pressed", number === chosen)),
  };
}

/** The years read off the frames in their band, and those that they should look like. */
function yearChart({ years, error, frames, colours }, { read, due }) {
  const [lows, highs] = [read.map((year) => year - error), read.map((year) => year + error)];
  const low = Math.floor(Math.min(...lows, ...years.flat()));
  const high = Math.ceil(Math.max(...highs, ...years.flat()));
  const where = read.map((_, number) => (100 * number) / (frames - 1));
  return curveChart({
    label: "The year read off each frame, in a band of the mean absolute error of the regressor, and the year that it should look like", axis: "percent of the way",
    last: 100, low, high: high + ((high - low) % 2), digits: 0,
    curves: [
      { name: "read off the frame", colour: colours.read, style: "solid", points: [where, read] },
      { name: "should look like", colour: colours.due, style: "dashed", points: [where, due] },
    ],
    bands: [{ name: "\u00b1 mean absolute error", colour: colours.read, points: [where, lows, highs] }],
  });
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const withSheet = async (answer) => ({ ...answer, sheet: await decoded(answer.buffers[0]) });
  const backend = {
    waiting: kernel.waiting,
    morph: async (request) => withSheet(await kernel.ask(request)),
    gif: async (request) => (await kernel.ask({ ...request, gif: true })).buffers[0],
  };
  const names = ["side", "years", "error", "paths", "frames", "colours", "chosen"];
  const data = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let stop = () => {};
  Promise.all([withSheet(model.get("shown")), ...model.get("paintings").map(decoded)]).then(([shown, ...paintings]) => {
    stop = drawMorphs(el, { ...data, shown, paintings }, backend);
  });
  return () => {
    stop();
    kernel.close();
  };
}

export default { render };
