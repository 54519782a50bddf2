import {
  announcer, arrowStep, button, bytes, clamp, decoded, element, kernelBackend, labelFor, latestOnly, messageLine, numbersIn, openedPicture, painted, percent, pixelPicture,
  rgbPixels, scaledPixels, svg, tilePixels, widgetSection,
} from "./common.js";

const TAP = 1; // pixels of the picture that a press may move and still be a tap
const NEAR = 2.5; // pixels from an anchor at which a tap takes it away
const ZOOM = Math.log(2); // the largest of one edit
const ZOOM_STEP = Math.log(1.05);
const WHEEL = 0.0015; // zoom a unit of the wheel
const REST = 400; // ms without the wheel after which its zoom counts
const LOOK = 500; // ms between two looks at a search
const STEPS = 100; // that can be undone
const STRIP = 8; // pictures of the past that are shown

/**
 * Draws the editor into `el`.
 * data: {side, sizes: {styles, latent, lower}, draws: codes of pictures to start from, first: pixels of the first, searches}
 * backend: {waiting, edit(codes, drags, anchors) -> {codes, pixels, notes}, find(pixels), found() -> {share, over, said, codes, pixels}, stop()}
 */
export function drawDrags(el, data, backend) {
  const { side, sizes } = data;
  const message = messageLine(backend.waiting);
  const announce = announcer();
  const picture = pixelPicture(side);
  const notes = element("p", { className: "gb-hint gb-notes", role: "status" });
  const past = pastStrip(side);
  let state; // {codes, pixels, anchors, told}: what is settled
  let before; // states before it, the newest last
  let gesture = null; // what a person is doing: {x, y, dx, dy, zoom, by}
  let epoch = 0; // changes with undo and reset: what was begun before no longer counts
  let settling = 0; // edits that are on their way
  let [pictureDraw, styleDraw] = [0, 0];
  let last = Promise.resolve();

  const stage = dragStage(side, picture.node, {
    anchors: () => state.anchors,
    begin: (wish) => { gesture = wish; preview(); },
    change: (wish) => { gesture = wish; preview(); },
    drop: () => { gesture = null; show(); },
    settle: (wish) => settle([[wish.x, wish.y, wish.dx, wish.dy, wish.zoom]], toldOf(wish)),
    tap: toggleAnchor, undo, style: newStyle, say: announce.say,
  });

  /** A look at where a gesture leads; it changes nothing. */
  const look = latestOnly(async (wish) => {
    await last; // the edit before it ends first
    await painted();
    if (wish !== gesture || !moves(wish)) return;
    const [began, from] = [epoch, state];
    const answer = await message.over(backend.edit(from.codes, [[wish.x, wish.y, wish.dx, wish.dy, wish.zoom]], from.anchors));
    if (!answer || began !== epoch || !gesture || from !== state) return;
    picture.draw(answer.pixels, `Picture, in the middle of a ${toldOf(wish)}`);
    notes.textContent = answer.notes.join(" ");
  });

  const moves = ({ dx, dy, zoom }) => Math.hypot(dx, dy) > 1e-6 || Math.abs(zoom) > 1e-6;

  function preview() {
    stage.draw(gesture, state.anchors);
    look(gesture);
  }

  function remember(next) {
    before = [...before.slice(-STEPS + 1), state];
    state = next;
  }

  /** What a person let go of counts: edits one after the other, each from what the one before made. */
  function settle(drags, told) {
    const began = epoch;
    gesture = null;
    settling += 1;
    back.disabled = false;
    last = last.then(async () => {
      if (began !== epoch) return;
      const answer = await message.over(backend.edit(state.codes, drags, state.anchors));
      if (began !== epoch) return;
      settling -= 1;
      if (answer) {
        const changed = answer.codes.some((value, i) => value !== state.codes[i]);
        if (changed) remember({ ...state, codes: answer.codes, pixels: answer.pixels, told });
        announce.say([...answer.notes, changed ? `Done: ${told}.` : "Nothing was changed."].join(" "));
      }
      if (!gesture) show();
      if (answer) notes.textContent = answer.notes.join(" ");
    });
    stage.draw(null, state.anchors);
  }

  /** Other codes, drawn: a new picture or a new style. */
  function redraw(codesOf, told, anchors) {
    const began = epoch;
    settling += 1;
    last = last.then(async () => {
      if (began !== epoch) return;
      const answer = await message.over(backend.edit(codesOf(), [], []));
      if (began !== epoch) return;
      settling -= 1;
      if (answer) {
        remember({ codes: answer.codes, pixels: answer.pixels, anchors: anchors ?? state.anchors, told });
        announce.say(`Here is a ${told}.`);
      }
      show();
    });
  }

  const spread = (code) => Float32Array.from({ length: sizes.styles * sizes.latent }, (_, i) => code[i % sizes.latent]);

  function newPicture() {
    pictureDraw = (pictureDraw + 1) % data.draws.length;
    styleDraw = pictureDraw;
    const codes = spread(data.draws[pictureDraw]);
    redraw(() => codes, "new picture", []);
  }

  /** The upper layers, which a drag leaves alone, take the codes of another picture. */
  function newStyle() {
    styleDraw = (styleDraw + 1) % data.draws.length;
    const other = spread(data.draws[styleDraw]);
    redraw(() => {
      const codes = state.codes.slice();
      codes.set(other.subarray(sizes.lower * sizes.latent), sizes.lower * sizes.latent);
      return codes;
    }, "new style");
  }

  function toggleAnchor(x, y) {
    const near = state.anchors.findIndex(([ax, ay]) => Math.hypot(ax - x, ay - y) <= NEAR);
    const anchors = near < 0 ? [...state.anchors, [x, y]] : state.anchors.filter((_, n) => n !== near);
    remember({ ...state, anchors });
    show();
    announce.say(near < 0 ? `Anchor set, ${anchors.length} in all.` : `Anchor taken away, ${anchors.length} left.`);
  }

  function clearAnchors() {
    if (!state.anchors.length) return;
    remember({ ...state, anchors: [] });
    show();
    announce.say("No anchor is left.");
  }

  function stopWork() {
    epoch += 1;
    settling = 0;
    gesture = null;
    last = Promise.resolve();
    stage.let();
    message.tell("");
  }

  function undo() {
    const running = settling > 0;
    stopWork();
    if (!running && before.length) state = before.pop();
    show();
    announce.say(before.length ? "Undone." : "Undone. No step is left.");
  }

  function begin() {
    stopWork();
    [pictureDraw, styleDraw, before] = [0, 0, []];
    state = { codes: spread(data.draws[0]), pixels: data.first, anchors: [], told: "start" };
    stage.home();
    show();
  }

  function show() {
    picture.draw(state.pixels, `Picture, after: ${state.told}`);
    stage.draw(gesture, state.anchors);
    notes.textContent = "";
    back.disabled = !before.length && !settling;
    clear.disabled = !state.anchors.length;
    held.textContent = state.anchors.length === 1 ? "1 anchor" : `${state.anchors.length} anchors`;
    past.draw([...before, state]);
  }

  const back = button("Undo", undo);
  const clear = button("Clear anchors", clearAnchors);
  const held = element("output", { className: "gb-number" });
  const reset = button("Reset", () => {
    begin();
    announce.say("Reset.");
  });
  const zoomButton = (text, step) => button(text, () => {
    const [x, y] = stage.cursor();
    settle([[x, y, 0, 0, 4 * step]], toldOf({ dx: 0, dy: 0, zoom: 4 * step }));
  });
  const row = (...children) => element("div", { className: "gb-buttons" }, ...children);
  const item = (keys, what) => element("li", {}, element("kbd", {}, keys), ` ${what}`);
  const panel = (className, ...children) => element("div", { className: `gb-panel gb-controls ${className}` }, ...children);
  const own = data.searches ? [ownPicture(data, backend, message, (answer, name) => {
    remember({ codes: answer.codes, pixels: answer.pixels, anchors: [], told: name });
    show();
    announce.say(answer.said);
  })] : [];
  const panels = [
    panel("gb-drag", element("h4", {}, "Picture"), stage.node, notes, ...message.nodes,
      element("p", { className: "gb-hint" }, "Drag a part of it. Tap to hold a place, tap again to let it go. Pinch to zoom, or use the wheel once the picture is chosen.")),
    panel("gb-do", element("h4", {}, "What else"),
      row(button("New picture", newPicture), button("New style", newStyle)),
      row(zoomButton("Zoom in", ZOOM_STEP), zoomButton("Zoom out", -ZOOM_STEP)),
      element("div", { className: "gb-buttons gb-told-by" }, clear, held), row(back, reset),
      element("details", {}, element("summary", {}, "With the keyboard"), element("ul", { className: "gb-keys gb-hint" },
        item("arrows", "move the cross, with shift by five pixels"), item("space", "takes hold; then arrows drag, space lets go, Esc gives up"),
        item("A", "sets an anchor, or takes it away"), item("+ \u2212", "zoom; Enter or a pause lets it count"), item("S", "new style"), item("U", "undo"))),
      ...own),
    panel("", element("h4", {}, "So far"), past.node),
  ];
  const section = widgetSection("gb-drags", "Editor of drags", panels, [announce.node]);
  el.append(section);
  begin();
}

/** What a gesture does, in words. */
function toldOf({ dx, dy, zoom }) {
  if (zoom) return `zoom ${zoom > 0 ? "in" : "out"} by ${percent(Math.exp(Math.abs(zoom)) - 1)}`;
  return `drag by ${Math.hypot(dx, dy).toFixed(1)} pixels`;
}

/** The pictures of the states, the newest last; states that show the same picture are one. */
function pastStrip(side) {
  const node = element("ol", { className: "gb-past" });
  return {
    node,
    draw(states) {
      const seen = states.filter(({ pixels }, n) => n === 0 || pixels !== states[n - 1].pixels).slice(-STRIP);
      node.replaceChildren(...seen.map(({ pixels, told }) => {
        const one = pixelPicture(side);
        one.draw(pixels, told);
        return element("li", {}, element("figure", {}, one.node, element("figcaption", {}, told)));
      }));
    },
  };
}

/**
 * The picture with its marks, and what fingers, mouse, wheel and keys do on it. All places are in pixels of the picture.
 * what: {anchors(), begin(wish), change(wish), drop(), settle(wish), tap(x, y), undo(), style(), say(sentence)}
 */
function dragStage(side, canvas, what) {
  canvas.setAttribute("aria-hidden", "true");
  const marks = svg("svg", { viewBox: `0 0 ${side} ${side}`, class: "gb-marks", "aria-hidden": "true" });
  const node = element("div", {
    className: "gb-stage", tabindex: "0", role: "application", "aria-roledescription": "picture to drag",
    "aria-label": `Picture of ${side} by ${side} pixels. Arrow keys move the cross, with shift by five pixels. Space takes hold, then arrow keys drag, ` +
      "space lets go and Escape gives up. A sets an anchor or takes it away. Plus and minus zoom. S: new style. U: undo.",
  }, canvas, marks);
  const pointers = new Map(); // that are down: where each is, in pixels of the screen
  let cursor;
  let wish = null; // the gesture that is on
  let press = null; // where the one finger, or the mouse, went down
  let apart = 0; // of two fingers
  let timer = null; // until a zoom of wheel or keys counts
  let drawn = [null, []];

  const inside = (value) => Math.min(side, Math.max(0, value));
  const within = ([x, y]) => [inside(x), inside(y)];
  function at({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    return within([((clientX - box.left) / box.width) * side, ((clientY - box.top) / box.height) * side]);
  }

  function start(next) {
    wish = next;
    what.begin(wish);
  }

  /** The gesture goes on; it ends at the border. */
  function change(part) {
    const next = { ...wish, ...part };
    const [x, y] = within([next.x + next.dx, next.y + next.dy]);
    wish = { ...next, dx: x - next.x, dy: y - next.y, zoom: clamp(next.zoom, ZOOM) };
    what.change(wish);
  }

  function finish() {
    clearTimeout(timer);
    const done = wish;
    wish = null;
    node.classList.remove("gb-held");
    if (!done) return;
    if (Math.hypot(done.dx, done.dy) > 1e-6 || Math.abs(done.zoom) > 1e-6) what.settle(done);
    else what.drop();
  }

  function giveUp() {
    clearTimeout(timer);
    const on = wish !== null;
    wish = null;
    node.classList.remove("gb-held");
    if (on) what.drop();
  }

  function zoomBy(by, x, y, step, rest) {
    if (wish && wish.by !== by) return;
    if (!wish) start({ x, y, dx: 0, dy: 0, zoom: 0, by });
    change({ zoom: wish.zoom + step });
    clearTimeout(timer);
    timer = setTimeout(finish, rest);
  }

  // Mouse and fingers

  const spread = () => {
    const [one, other] = [...pointers.values()];
    return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  };
  const placeOf = ({ clientX, clientY }) => ({ clientX, clientY });

  node.addEventListener("pointerdown", (event) => {
    if (event.button || pointers.size === 2) return;
    node.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, placeOf(event));
    giveUp();
    if (pointers.size === 1) {
      press = at(event);
      cursor = press;
      node.classList.add("gb-held");
      return;
    }
    press = null; // two fingers zoom
    apart = spread();
    const [one, other] = [...pointers.values()];
    cursor = at({ clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 });
    if (apart > 0) start({ x: cursor[0], y: cursor[1], dx: 0, dy: 0, zoom: 0, by: "pinch" });
  });

  node.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    pointers.set(event.pointerId, placeOf(event));
    if (pointers.size === 2) {
      if (wish?.by === "pinch" && spread() > 0) change({ zoom: Math.log(spread() / apart) });
      return;
    }
    if (!press) return;
    const [x, y] = at(event);
    const [dx, dy] = [x - press[0], y - press[1]];
    if (!wish && Math.hypot(dx, dy) <= TAP) return;
    if (!wish) start({ x: press[0], y: press[1], dx: 0, dy: 0, zoom: 0, by: "pointer" });
    change({ dx, dy });
  });

  node.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId)) return;
    const tapped = press;
    press = null; // what is left of two fingers does nothing
    if (wish) finish();
    else if (tapped) {
      node.classList.remove("gb-held");
      what.tap(...tapped);
    }
  });

  for (const name of ["pointercancel", "lostpointercapture"]) {
    node.addEventListener(name, (event) => {
      if (!pointers.delete(event.pointerId)) return;
      press = null;
      giveUp();
    });
  }

  node.addEventListener("wheel", (event) => {
    if (!node.contains(document.activeElement) && node.getRootNode().activeElement !== node) return; // the page scrolls
    const units = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    if (!Number.isFinite(units) || pointers.size) return;
    event.preventDefault();
    zoomBy("wheel", ...at(event), -units * WHEEL, REST);
  }, { passive: false });

  // Keys

  const say = () => what.say(wish ? `${toldOf(wish)}.` : `Row ${Math.floor(cursor[1]) + 1}, column ${Math.floor(cursor[0]) + 1}.`);

  function arrow([across, up]) {
    if (wish?.by === "keys") change({ dx: wish.dx + across, dy: wish.dy - up });
    else cursor = within([cursor[0] + across, cursor[1] - up]);
    say();
    redraw();
  }

  const keys = {
    " ": () => {
      if (wish?.by === "keys") return finish();
      if (!wish) start({ x: cursor[0], y: cursor[1], dx: 0, dy: 0, zoom: 0, by: "keys" });
      return what.say("Taken hold. Arrow keys drag, space lets go, Escape gives up.");
    },
    Enter: () => finish(),
    Escape: () => { if (wish) what.say("Given up."); giveUp(); },
    a: () => { if (!wish) what.tap(...cursor); },
    "+": () => zoomBy("zoom keys", ...cursor, ZOOM_STEP, 3 * REST),
    "-": () => zoomBy("zoom keys", ...cursor, -ZOOM_STEP, 3 * REST),
    s: () => what.style(),
    u: () => what.undo(),
  };
  keys["="] = keys["+"];

  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.key === "Enter" && event.shiftKey)) return;
    const step = arrowStep(event);
    const act = step ? () => arrow(step) : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || (event.key === "Escape" && !wish)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  node.addEventListener("blur", () => { if (wish?.by === "keys") giveUp(); });

  // Marks

  const twice = (tag, properties, className) => ["gb-under", className].map((name) => svg(tag, { ...properties, class: name }));

  function arrowMarks({ x, y, dx, dy, zoom }) {
    const found = twice("circle", { cx: x, cy: y, r: side / 50 }, "gb-arrow");
    if (zoom) found.push(...[1, Math.exp(zoom)].flatMap((scale) => twice("circle", { cx: x, cy: y, r: (side / 6) * scale }, "gb-arrow")));
    const length = Math.hypot(dx, dy);
    if (length < 0.5) return found;
    const [ex, ey, head] = [x + dx, y + dy, Math.min(length / 2, side / 18)];
    const [ux, uy] = [(dx / length) * head, (dy / length) * head];
    const path = `M${x} ${y}L${ex} ${ey}M${ex - ux - 0.6 * uy} ${ey - uy + 0.6 * ux}L${ex} ${ey}L${ex - ux + 0.6 * uy} ${ey - uy - 0.6 * ux}`;
    return [...found, ...twice("path", { d: path }, "gb-arrow")];
  }

  function redraw() {
    const [gesture, anchors] = drawn;
    const [x, y] = wish?.by === "keys" ? [wish.x + wish.dx, wish.y + wish.dy] : cursor;
    const arm = side / 24;
    const cross = `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`;
    marks.replaceChildren(
      ...anchors.flatMap(([ax, ay]) => twice("circle", { cx: ax, cy: ay, r: side / 28 }, "gb-anchor")),
      ...(gesture ? arrowMarks(gesture) : []),
      ...["gb-aim gb-under", "gb-aim"].map((name) => svg("path", { d: cross, class: name })));
  }

  return {
    node, cursor: () => cursor,
    draw(gesture, anchors) {
      drawn = [gesture, anchors];
      redraw();
    },
    /** Lets go of everything, without a word. */
    let() {
      clearTimeout(timer);
      [wish, press] = [null, null];
      node.classList.remove("gb-held");
    },
    home() {
      cursor = [side / 2, side / 2];
    },
  };
}

/** A picture of a person's own, looked for among those of the generator; `use(answer, name)` gets what was found. */
function ownPicture(data, backend, message, use) {
  const input = element("input", { type: "file", accept: "image/*", onchange: search });
  const bar = element("progress", { max: 1, value: 0, "aria-label": "Search" });
  const stop = button("Stop", async () => {
    stopped = true;
    await message.over(backend.stop());
  });
  const running = element("div", { className: "gb-stack", hidden: "" }, bar, element("div", {}, stop));
  const said = element("p", { className: "gb-hint", role: "status" });
  let stopped = false;

  async function search() {
    const [file] = input.files;
    if (!file) return;
    stopped = false;
    said.textContent = "";
    let pixels;
    try {
      pixels = await middleSquare(file, data.side);
    } catch (problem) {
      message.tell(`${problem.message} Nothing was changed.`);
      return;
    } finally {
      input.value = ""; // the same file may be opened again
    }
    [input.disabled, running.hidden, bar.value] = [true, false, 0];
    try {
      await follow(pixels, file.name);
    } finally {
      [input.disabled, running.hidden] = [false, true];
    }
  }

  async function follow(pixels, name) {
    if (!await message.over(backend.find(pixels))) return;
    while (!stopped) {
      await new Promise((done) => setTimeout(done, LOOK));
      const answer = await message.over(backend.found());
      if (!answer) return;
      bar.value = answer.share;
      if (!answer.over) continue;
      said.textContent = answer.said;
      if (answer.codes && !stopped) use(answer, name);
      return;
    }
    said.textContent = "Stopped. Nothing was changed.";
  }

  return element("details", {}, element("summary", {}, "A picture of your own"), element("div", { className: "gb-stack" },
    labelFor(input, "Look for the nearest picture that the generator can draw"), input, running, said,
    element("p", { className: "gb-hint" }, "The square in its middle counts. It takes a minute or so; meanwhile you can go on.")));
}

/** The middle square of a picture file at our size, three numbers a pixel. */
async function middleSquare(file, side) {
  const image = await openedPicture(file);
  const least = Math.min(image.width, image.height);
  const corner = [image.width, image.height].map((size) => Math.floor((size - least) / 2));
  return rgbPixels(scaledPixels(await createImageBitmap(image, ...corner, least, least), side, side, true));
}

function render({ model, el }) {
  const kernel = kernelBackend(model);
  const raw = (numbers) => new Uint8Array(numbers.slice().buffer);
  const made = ({ buffers, ...rest }) => (buffers.length ? { ...rest, codes: new Float32Array(bytes(buffers[0]).slice().buffer), pixels: bytes(buffers[1]) } : rest);
  const backend = {
    waiting: kernel.waiting,
    edit: async (codes, drags, anchors) => made(await kernel.ask({ kind: "edit", drags, anchors }, [raw(codes)])),
    find: (pixels) => kernel.ask({ kind: "find" }, [pixels]),
    found: async () => made(await kernel.ask({ kind: "found" })),
    stop: () => kernel.ask({ kind: "stop" }),
  };
  const [side, sizes] = ["side", "sizes"].map((name) => model.get(name));
  const searches = model.get("searches") && !model.waiting; // where no Python runs, nobody searches
  const data = { side, sizes, searches, draws: numbersIn(model.get("draws"), sizes.latent) };
  decoded(model.get("shown")).then((sheet) => drawDrags(el, { ...data, first: rgbPixels(tilePixels(sheet, side, 0)) }, backend));
  return () => kernel.close();
}

export default { render };
