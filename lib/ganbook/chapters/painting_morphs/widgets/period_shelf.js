import {
  announcer, button, decoded, drawTile, element, kernelBackend, latestOnly, menu, messageLine, pixelCanvas, player, widgetSection,
} from "./common.js";

const [START, UNUSED, END] = [0, 1, 2];
const ZONES = ["Start set", "Not used", "End set"];
const SHELF_MS = 300;
const BY_HAND = "hand";
const TOWARDS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/**
 * Draws the shelf into `el`.
 * data: {side, paintings (sheet), years, sets: [name, start, end], frames, colours, shown: an answer}
 * backend: {waiting, pair({start, end}) -> {note, pairs: [start, end, distance, backwards], alone, films}}
 */
export function drawShelf(el, data, backend) {
  const { years, frames, sets } = data;
  const message = messageLine(backend.waiting);
  const announce = announcer();
  let wanted; // the present sets
  let cards = [];

  const note = element("p", { className: "gb-note", role: "status" });
  const alone = element("p", { className: "gb-hint" });
  const pairs = element("div", { className: "gb-couples" });
  const zones = setZones(data, change);
  const choice = menu("Sets", [...sets.map(([name], value) => ({ value, text: name })), { value: BY_HAND, text: "put together by hand" }], choose);
  const share = (number) => `${Math.round((100 * number) / (frames - 1))}%`;
  const show = (number) => cards.forEach((card) => card.show(number));
  const film = player({
    label: "Morphs", count: frames, show, name: share, pace: SHELF_MS, settled: () => announce.say(`${share(film.number)} of the way.`),
  });

  const sentence = ({ note: why, pairs: found, alone: left }) => why || `${found.length} ${found.length === 1 ? "pair" : "pairs"}. ${leftAlone(left)}`;
  const leftAlone = (left) => (left.length ? `Without a counterpart, dashed above: ${left.map((number) => paintingName(number, years)).join(", ")}.` : "Every painting has a counterpart.");

  function put(answer) {
    note.textContent = answer.note;
    alone.textContent = answer.note ? "" : leftAlone(answer.alone);
    cards = answer.pairs.map((pair, number) => coupleCard(data, pair, answer.films[number]));
    pairs.replaceChildren(...cards.map((card) => card.node));
    film.node.hidden = !cards.length;
    zones.mark(answer.alone);
    film.go(film.number);
  }

  const ask = latestOnly(async (request) => {
    const answer = await message.over(backend.pair(request));
    if (!answer || request !== wanted) return; // something newer is asked for, or all was reset
    put(answer);
    announce.say(`${request.moved} ${sentence(answer)}`);
  });

  function change(moved) {
    film.stop();
    choice.control.value = BY_HAND;
    wanted = { ...zones.sets(), moved };
    ask(wanted);
  }

  function choose(value) {
    if (value === BY_HAND) return;
    const [name, start, end] = sets[value];
    film.stop();
    zones.put(start, end);
    wanted = { start, end, moved: `Sets: ${name}.` };
    ask(wanted);
  }

  function begin() {
    const [, start, end] = sets[0];
    film.stop();
    zones.put(start, end);
    choice.control.value = 0;
    wanted = { start, end, moved: "" };
    put(data.shown);
    film.go(0);
  }

  const reset = button("Reset", () => {
    begin();
    message.tell("");
    announce.say("Reset.");
  });
  const panels = [
    element("div", { className: "gb-panel gb-controls" },
      element("div", { className: "gb-menus" }, choice.node, reset), zones.node,
      element("p", { className: "gb-hint" }, "Drag a painting into a set; or choose it and then \u201cMove here\u201d; or move it with the arrow keys."),
      ...message.nodes),
    element("div", { className: "gb-panel gb-controls" }, element("h4", {}, "Pairs, and the morphs between them"), note, film.node, pairs, alone),
  ];
  el.append(widgetSection("gb-periods", "Period shelf", panels, [announce.node]));
  begin();
  return film.stop;
}

const paintingName = (number, years) => `painting ${number + 1} (${years[number].toFixed(1)})`;

/** Three boxes in which the paintings lie; `moved(sentence)` runs when a person put one into another. */
function setZones({ side, paintings, years, colours }, moved) {
  const zoneOf = years.map(() => UNUSED);
  let dragged = null;
  let chosen = null;
  let left = new Set();

  const pictures = years.map((year, number) => {
    const canvas = pixelCanvas(side, side);
    drawTile(canvas, paintings, number);
    const node = element("button", {
      type: "button", className: "gb-sample gb-dated", draggable: "true",
      onclick: () => pick(chosen === number ? null : number),
      onkeydown: (event) => moveWithKey(event, number),
      ondragstart: (event) => {
        dragged = number;
        event.dataTransfer.setData("text/plain", paintingName(number, years));
      },
      ondragend: () => (dragged = null),
    }, canvas, element("span", {}, year.toFixed(1)));
    return node;
  });

  const boxes = ZONES.map((name, zone) => {
    const shelf = element("div", { className: "gb-shelf", role: "group", "aria-label": name });
    const here = button("Move here", () => move(chosen, zone));
    here.setAttribute("aria-label", `Move here: ${name}`);
    const count = element("span", { className: "gb-hint" });
    const node = element("div", {
      className: "gb-zone",
      ondragover: (event) => dragged !== null && event.preventDefault(),
      ondrop: (event) => {
        event.preventDefault();
        event.stopPropagation();
        if (dragged !== null) move(dragged, zone);
      },
    }, element("div", { className: "gb-head" }, element("h4", {}, name), count, here), shelf);
    if (zone !== UNUSED) node.style.setProperty("--gb-zone", zone === START ? colours.start : colours.end);
    return { node, shelf, here, count };
  });

  function moveWithKey(event, number) {
    if (!TOWARDS[event.key]) return;
    event.preventDefault();
    const zone = zoneOf[number] + TOWARDS[event.key];
    if (ZONES[zone]) move(number, zone);
  }

  function move(number, zone) {
    if (zoneOf[number] === zone) return;
    zoneOf[number] = zone;
    chosen = null;
    layOut();
    pictures[number].focus();
    moved(`Painting ${number + 1} moved to: ${ZONES[zone]}.`);
  }

  function pick(number) {
    chosen = number;
    label();
  }

  /** Paintings in the order of their numbers in each box. */
  function layOut() {
    left = new Set();
    boxes.forEach(({ shelf, count }, zone) => {
      const inside = pictures.filter((_, number) => zoneOf[number] === zone);
      shelf.replaceChildren(...inside);
      count.textContent = String(inside.length);
    });
    label();
  }

  function label() {
    pictures.forEach((node, number) => {
      const name = `Painting ${number + 1}, ${years[number].toFixed(1)}`; // holds the text that is seen, word for word
      node.setAttribute("aria-label", `${name}: ${ZONES[zoneOf[number]]}${left.has(number) ? ", without a counterpart" : ""}`);
      node.setAttribute("aria-pressed", number === chosen);
      node.classList.toggle("gb-alone", left.has(number));
    });
    boxes.forEach(({ here }, zone) => (here.disabled = chosen === null || zoneOf[chosen] === zone));
  }

  const inZone = (zone) => years.map((_, number) => number).filter((number) => zoneOf[number] === zone);
  return {
    node: element("div", { className: "gb-zones" }, ...boxes.map((box) => box.node)),
    sets: () => ({ start: inZone(START), end: inZone(END) }),
    put(start, end) {
      zoneOf.fill(UNUSED);
      start.forEach((number) => (zoneOf[number] = START));
      end.forEach((number) => (zoneOf[number] = END));
      chosen = null;
      layOut();
    },
    /** Marks the paintings without a counterpart. */
    mark(alone) {
      left = new Set(alone);
      label();
    },
  };
}

/** A start painting, the frame between, an end painting. */
function coupleCard({ side, paintings, years, frames, colours }, [start, end, distance, backwards], film) {
  const ends = [[start, colours.start], [end, colours.end]].map(([number, colour]) => {
    const canvas = pixelCanvas(side, side, { role: "img", "aria-label": paintingName(number, years) });
    drawTile(canvas, paintings, number);
    canvas.style.outline = `3px solid ${colour}`;
    return canvas;
  });
  const between = pixelCanvas(side, side, { role: "img" });
  return {
    node: element("figure", { className: "gb-couple" }, ends[0], between, ends[1],
      element("figcaption", {}, `${years[start].toFixed(1)} \u2192 ${years[end].toFixed(1)}, distance ${distance.toFixed(2)}`)),
    show(number) {
      drawTile(between, film, backwards ? frames - 1 - number : number);
      between.setAttribute("aria-label", `Frame ${number + 1} of ${frames} from ${paintingName(start, years)} to ${paintingName(end, years)}`);
    },
  };
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const withFilms = async (answer) => ({ ...answer, films: await Promise.all(answer.buffers.map(decoded)) });
  const backend = { waiting: kernel.waiting, pair: async ({ start, end }) => withFilms(await kernel.ask({ start, end })) };
  const names = ["side", "years", "sets", "frames", "colours"];
  const data = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let stop = () => {};
  Promise.all([withFilms(model.get("shown")), decoded(model.get("paintings"))]).then(([shown, paintings]) => {
    stop = drawShelf(el, { ...data, shown, paintings }, backend);
  });
  return () => {
    stop();
    kernel.close();
  };
}

export default { render };
