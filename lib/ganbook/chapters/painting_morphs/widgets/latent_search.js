import { announcer, curveChart, decoded, drawTile, element, figureTile, pixelCanvas, player, widgetSection } from "./common.js";

const SEARCH_MS = 400;
const atLook = (step) => `step ${step.toLocaleString("en")}`;
const decibel = (value) => `${value.toFixed(1)} dB`;

/** data: {side, names, steps, targets, looks (sheets), psnr[target][start][look], best[target], colours}. */
export function drawSearch(el, data) {
  const { side, names, steps, psnr, best } = data;
  const announce = announcer();
  const last = steps.length - 1;
  let target = 0;
  let start = best[0];
  let chart;

  const wanted = pixelCanvas(side, side, { role: "img" });
  const canvas = pixelCanvas(side, side, { role: "img" });
  const under = element("figcaption");
  const tiles = { start: figureTile("This start"), all: figureTile("Nearest start at this step") };
  const note = element("p", { className: "gb-hint" });
  const place = element("div");
  const starts = psnr[0].map((_, number) => {
    const small = pixelCanvas(side, side);
    const value = element("span");
    const node = element("button", { type: "button", className: "gb-sample gb-dated", onclick: () => choose(target, number) }, small, value);
    return { node, small, value };
  });
  const picks = names.map((name, number) => {
    const small = pixelCanvas(side, side);
    drawTile(small, data.targets, number);
    return element("button", { type: "button", className: "gb-sample", "aria-label": name, title: name, onclick: () => choose(number, best[number]) }, small);
  });

  function show(look) {
    drawTile(canvas, data.looks[target], start, look);
    canvas.setAttribute("aria-label", `From start ${start + 1}, at ${atLook(steps[look])}: ${decibel(psnr[target][start][look])}`);
    under.textContent = `Start ${start + 1}${start === best[target] ? ", the one that was kept" : ""}`;
    starts.forEach(({ node, small, value }, number) => {
      const reached = decibel(psnr[target][number][look]);
      drawTile(small, data.looks[target], number, look);
      value.textContent = reached;
      node.setAttribute("aria-pressed", number === start);
      node.setAttribute("aria-label", `Start ${number + 1}${number === best[target] ? ", the one that was kept" : ""}: ${reached}`);
    });
    const reached = psnr[target].map((curve) => curve[look]);
    const nearest = reached.indexOf(Math.max(...reached));
    tiles.start.set(decibel(reached[start]), `PSNR, from ${decibel(psnr[target][start][0])} at ${atLook(steps[0])}`);
    tiles.all.set(decibel(reached[nearest]), `PSNR of start ${nearest + 1}`);
    chart.mark(steps[look]);
  }

  const sentence = () => `Start ${start + 1}, ${atLook(steps[search.number])}: PSNR ${decibel(psnr[target][start][search.number])}.`;
  const search = player({
    label: "Search", count: steps.length, show, name: (look) => atLook(steps[look]), pace: SEARCH_MS, settled: () => announce.say(sentence()),
  });

  function put(number, from, look) {
    target = number;
    start = from;
    drawTile(wanted, data.targets, target);
    wanted.setAttribute("aria-label", `Wanted: ${names[target]}`);
    picks.forEach((each, i) => each.setAttribute("aria-pressed", i === target));
    note.textContent = `Start ${best[target] + 1} was kept: of all starts it came nearest in the distance that the search makes small.`;
    chart = psnrChart(data, target, start);
    place.replaceChildren(chart.node);
    search.go(look);
  }

  function choose(number, from) {
    put(number, from, search.number);
    announce.say(`${names[number]}. ${sentence()}`);
  }

  const head = (text) => element("div", { className: "gb-figure-name" }, text);
  const panels = [
    element("div", { className: "gb-panel gb-controls" },
      element("h4", {}, "Search in latent space"),
      element("div", { className: "gb-two" }, element("figure", {}, wanted, element("figcaption", {}, "Wanted")), element("figure", {}, canvas, under)),
      search.node,
      head("Starts"), element("div", { className: "gb-shelf", role: "group", "aria-label": "Starts" }, ...starts.map(({ node }) => node)),
      head("Pictures to be found"), element("div", { className: "gb-shelf", role: "group", "aria-label": "Pictures to be found" }, ...picks)),
    element("div", { className: "gb-panel" }, element("h4", {}, "PSNR in dB"), place,
      element("div", { className: "gb-figures" }, tiles.start.node, tiles.all.node), note),
  ];
  el.append(widgetSection("gb-search", "Latent search", panels, [announce.node]));
  put(0, best[0], last);
  return search.stop;
}

/** A curve for each start: the chosen one, the one that was kept, the others in grey. */
function psnrChart({ steps, psnr, best, colours }, target, chosen) {
  const all = psnr[target].flat();
  const [low, high] = [2 * Math.floor(Math.min(...all) / 2), 2 * Math.ceil(Math.max(...all) / 2)];
  const curve = (start, name, colour, style) => ({ name, colour, style, points: [steps, psnr[target][start]] });
  const kept = best[target];
  const others = psnr[target].map((_, start) => start).filter((start) => start !== chosen && start !== kept);
  const curves = others.map((start, n) => curve(start, n === 0 ? "other starts" : "", colours.other, "dotted"));
  curves.push(curve(kept, kept === chosen ? `start ${kept + 1}, kept` : `start ${kept + 1}, the one that was kept`, colours.kept, "dashed"));
  if (kept !== chosen) curves.push(curve(chosen, `start ${chosen + 1}`, colours.chosen, "solid"));
  return curveChart({
    label: "Curves of PSNR over the steps, one for each start", axis: "step", last: Math.max(1, steps.at(-1)), low, high: Math.max(high, low + 2), digits: 0, curves,
  });
}

function render({ model, el }) {
  const traits = ["side", "names", "steps", "psnr", "best", "colours"];
  const data = Object.fromEntries(traits.map((name) => [name, model.get(name)]));
  let stop = () => {};
  Promise.all([model.get("targets"), ...model.get("looks")].map(decoded)).then(([targets, ...looks]) => {
    stop = drawSearch(el, { ...data, targets, looks });
  });
  return () => stop();
}

export default { render };
