import { announcer, button, bytes, element, labelFor, messageLine, percent, quoted, widgetSection } from "./common.js";

const CHOICES = ["Left is much better", "Left is better", "Both are comparable", "Right is better", "Right is much better"];
const QUESTION = "Which result follows the instruction better?";
const BARS = [["paper", "the paper's, of 1,380 answers"], ["own", "yours"], ["class", "of the loaded files"]];

/** Numbers from 0 to 1, the same ones for the same text. */
function randomOf(text) {
  let state = 2166136261;
  for (const sign of text) state = Math.imul(state ^ sign.codePointAt(0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The triples in random order, each with the side on which "with" stands. */
function trialsOf(n, key) {
  const random = randomOf(key);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.map((triple) => ({ triple, left: random() < 0.5 ? "with" : "without" }));
}

const newCode = () => `p${[...crypto.getRandomValues(new Uint8Array(4))].map((each) => each.toString(16).padStart(2, "0")).join("")}`;
const cleanCode = (text) => text.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 24);

/** Rows of cells of a CSV; quotes as Python's csv has them. */
function csvRows(text) {
  const bare = text.replace(/^\ufeff/, "");
  const first = bare.split("\n", 1)[0];
  const mark = first.split(";").length > first.split(",").length ? ";" : ",";
  const rows = [];
  let [row, cell, inside, line] = [[], "", false, 1];
  const end = () => {
    row.push(cell);
    if (row.some((each) => each.trim())) rows.push([line, row]);
    [row, cell] = [[], ""];
  };
  for (let i = 0; i < bare.length; i += 1) {
    const sign = bare[i];
    if (inside) {
      if (sign !== '"') cell += sign;
      else if (bare[i + 1] === '"') (cell += '"'), (i += 1);
      else inside = false;
    } else if (sign === '"' && !cell) inside = true;
    else if (sign === mark) (row.push(cell), (cell = ""));
    else if (sign === "\n") (end(), (line += 1));
    else if (sign !== "\r") cell += sign;
  }
  if (cell || row.length) end();
  return rows;
}

/** The answers of a file, or an error as ganbook.chapters.masked_editing.preferences.parse says it. */
export function parseAnswers(text, name, columns) {
  const refuse = (message) => {
    throw new Error(message);
  };
  const rows = csvRows(text);
  if (!rows.length) refuse(`${name} is empty: it needs a line with the columns ${columns.join(", ")}`);
  const header = rows[0][1].map((cell) => cell.trim().toLowerCase());
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length) refuse(`${name} has no column ${missing.join(", ")}`);
  if (rows.length === 1) refuse(`${name} has no answers below its header`);
  const first = new Map();
  return rows.slice(1).map(([line, cells]) => {
    const found = Object.fromEntries(columns.map((column) => [column, (cells[header.indexOf(column)] ?? "").trim()]));
    const empty = columns.filter((column) => !found[column]);
    if (empty.length) refuse(`${name}, line ${line}: ${empty.join(", ")} is empty`);
    for (const column of ["answer", "preference"]) {
      if (!/^[1-5]$/.test(found[column])) refuse(`${name}, line ${line}: ${column} must be 1 to 5, not '${found[column].slice(0, 20)}'`);
    }
    if (!["with", "without"].includes(found.left)) refuse(`${name}, line ${line}: left must be "with" or "without", not '${found.left.slice(0, 20)}'`);
    const [answer, preference] = [Number(found.answer), Number(found.preference)];
    if (preference !== (found.left === "without" ? answer : 6 - answer)) {
      refuse(`${name}, line ${line}: answer ${answer} and preference ${preference} contradict each other`);
    }
    const key = JSON.stringify([found.participant, found.study, found.triple]);
    if (first.has(key)) refuse(`${name}, line ${line}: ${found.participant} has answered triple ${found.triple} already, in line ${first.get(key)}`);
    first.set(key, line);
    return { ...found, answer, preference };
  });
}

/**
 * Draws the panel into `el`; `write(rows)` is told the answers so far.
 * data: {side, texts, pictures (a bitmap's source), seed, study, steps, columns, paper}
 */
export function drawPanel(el, data, write) {
  const { texts, side } = data;
  const announce = announcer();
  const problems = messageLine({ text: "", ms: 1e6 });
  const store = storage(`ganbook-preferences-${data.study}`);
  let state = restored(store.read(), texts.length); // {code, answers: {triple: 1..5}, place}
  let trials;
  const loaded = new Map(); // answers of other people's files, one a person and triple

  const heading = element("h4", {}, QUESTION);
  const progress = element("progress", { max: texts.length, "aria-label": "Answered" });
  const count = element("span", { className: "gb-number" });
  const told = element("p", { className: "gb-told gb-asked" });
  const names = ["Source", "Left", "Right"];
  const canvases = names.map((name) => element("canvas", { width: side, height: side, className: "gb-pixels", role: "img", "aria-label": name }));
  const cards = canvases.map((canvas, i) => element("figure", {}, canvas, element("figcaption", {}, names[i])));
  const choices = CHOICES.map((text, i) => element("button", { type: "button", className: "gb-button", "aria-pressed": "false", onclick: () => answer(i + 1) },
    element("span", { className: "gb-key-number", "aria-hidden": "true" }, String(i + 1)), text));
  const back = button("Back", () => go(state.place - 1));
  const next = button("Next", () => go(state.place + 1));
  const asked = element("div", { className: "gb-asking" }, told, element("div", { className: "gb-three" }, ...cards),
    element("div", { className: "gb-choices", role: "group", "aria-label": QUESTION }, ...choices));
  const thanks = element("p", { className: "gb-thanks" }, "That was the last one, thank you. The chart shows what you preferred; the file says which side was which.");

  const code = element("input", { type: "text", maxlength: "24", autocomplete: "off", onchange: () => rename(code.value) });
  const download = button("Download my answers", () => save(`preferences-${state.code}.csv`, csv(rows())));
  const anew = button("Start anew", () => begin({ code: newCode(), answers: {}, place: 0 }, "A new participant begins."));
  const files = element("input", { type: "file", multiple: "", accept: ".csv,text/csv", onchange: () => load([...files.files]) });
  const forget = button("Forget the files", () => {
    loaded.clear();
    files.value = "";
    show();
  });
  const class_ = element("p", { className: "gb-hint" });
  const chart = barChart(data.steps);

  const rows = () => trials.flatMap(({ triple, left }, position) => {
    const given = state.answers[triple];
    const row = { participant: state.code, study: data.study, triple: String(triple), position: String(position + 1), left, answer: given };
    return given ? [{ ...row, preference: left === "without" ? given : 6 - given }] : [];
  });
  const csv = (answered) => [data.columns, ...answered.map((row) => data.columns.map((column) => row[column]))].map((cells) => `${cells.join(",")}\n`).join("");
  const finished = () => Object.keys(state.answers).length === texts.length;

  function answer(given) {
    const trial = trials[state.place];
    if (!trial) return;
    state.answers[trial.triple] = given;
    keep();
    go(state.place + 1);
    if (!trials[state.place]) download.focus(); // what had the focus is gone
    announce.say(`${CHOICES[given - 1]}. ${trials[state.place] ? `${state.place + 1} of ${texts.length}: ${texts[trials[state.place].triple]}` : thanks.textContent}`);
  }

  function go(place) {
    state.place = Math.min(texts.length, Math.max(0, place));
    keep();
    show();
  }

  function keep() {
    store.write(state);
    write(rows());
  }

  function rename(text) {
    const wanted = cleanCode(text);
    if (wanted && !Object.keys(state.answers).length) begin({ code: wanted, answers: {}, place: 0 }, `Your code is ${wanted}.`);
    else code.value = state.code;
  }

  async function load(chosen) {
    problems.tell("");
    for (const file of chosen) {
      try {
        take(parseAnswers(await textOf(file), file.name, data.columns), file.name);
      } catch (problem) {
        problems.tell(problem.message);
        break;
      }
    }
    show();
    announce.say(class_.textContent);
  }

  function take(answers, name) {
    const other = answers.find((each) => each.study !== data.study);
    if (other) throw new Error(`${name} is about other pictures (study ${other.study}, here ${data.study})`);
    answers.forEach((each) => loaded.set(JSON.stringify([each.participant, each.triple]), each));
  }

  function show() {
    const trial = trials[state.place];
    const done = Object.keys(state.answers).length;
    asked.hidden = !trial;
    thanks.hidden = Boolean(trial);
    progress.value = done;
    count.textContent = trial ? `${state.place + 1} of ${texts.length}` : `${done} of ${texts.length} answered`;
    if (trial) {
      told.textContent = quoted(texts[trial.triple]);
      const order = [0, ...(trial.left === "with" ? [1, 2] : [2, 1])];
      canvases.forEach((canvas, i) => {
        data.draw(canvas, trial.triple, order[i]);
        canvas.setAttribute("aria-label", `${names[i]}${i ? " result" : ""}, of ${quoted(texts[trial.triple])}`);
      });
      choices.forEach((each, i) => each.setAttribute("aria-pressed", state.answers[trial.triple] === i + 1));
    }
    back.disabled = state.place === 0;
    next.disabled = !trial || !state.answers[trial.triple];
    download.disabled = !done;
    code.value = state.code;
    code.disabled = done > 0;
    forget.disabled = !loaded.size;
    showChart();
  }

  function showChart() {
    const others = [...loaded.values()];
    const people = new Set(others.map((each) => each.participant)).size;
    class_.textContent = loaded.size ? `${others.length} answers of ${people} ${people === 1 ? "person" : "people"} are loaded.` : "No file is loaded.";
    chart.node.hidden = !finished() && !loaded.size;
    wait.hidden = !chart.node.hidden;
    chart.draw({ paper: data.paper, own: finished() ? sharesOf(rows()) : null, class: loaded.size ? sharesOf(others) : null });
  }

  function begin(wanted, said) {
    state = wanted;
    trials = trialsOf(texts.length, `${data.seed} ${state.code}`);
    keep();
    show();
    if (said) announce.say(said);
  }

  const wait = element("p", { className: "gb-hint" }, "The chart comes when you have answered all, or loaded a class's files: it would tell you which answers are usual.");
  const ask = element("div", { className: "gb-panel gb-ask" },
    element("div", { className: "gb-head" }, heading, element("div", { className: "gb-progress" }, progress, count)),
    asked, thanks, element("div", { className: "gb-buttons gb-steps" }, back, next));
  const result = element("div", { className: "gb-panel gb-controls gb-result" }, element("h4", {}, "Answers"),
    element("div", { className: "gb-fields" }, labelFor(code, "Your code"), code),
    element("div", { className: "gb-buttons" }, download, anew), wait, chart.node,
    element("details", {}, element("summary", {}, "For a class: load answer files"),
      element("div", { className: "gb-stack" }, element("div", { className: "gb-fields gb-files" }, labelFor(files, "CSV files"), files), forget, class_)), ...problems.nodes);
  ask.addEventListener("keydown", (event) => {
    if (!/^[1-5]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    answer(Number(event.key));
  });
  el.append(widgetSection("gb-preferences", "Blind comparison: with SIM or without", [ask, result], [announce.node]));
  begin(state);
}

function sharesOf(answers) {
  return [1, 2, 3, 4, 5].map((step) => answers.filter((each) => each.preference === step).length / answers.length);
}

/** What an earlier visit left, or a new participant. */
function restored(kept, n) {
  const known = kept && cleanCode(kept.code ?? "") === kept.code && kept.code && typeof kept.answers === "object" && kept.answers;
  const fits = known && Object.entries(kept.answers).every(([triple, given]) => Number(triple) < n && [1, 2, 3, 4, 5].includes(given));
  return fits ? { code: kept.code, answers: kept.answers, place: Math.min(n, Math.max(0, Number(kept.place) || 0)) } : { code: newCode(), answers: {}, place: 0 };
}

/** The browser's memory; some browsers have none for pages from disk. */
function storage(key) {
  const tried = (work) => {
    try {
      return work();
    } catch {
      return null;
    }
  };
  return {
    read: () => tried(() => JSON.parse(localStorage.getItem(key))),
    write: (value) => tried(() => localStorage.setItem(key, JSON.stringify(value))),
  };
}

async function textOf(file) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name} is not UTF-8: save it as CSV UTF-8`);
  }
}

function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The five steps with a bar each for the paper, the person and the class. */
function barChart(steps) {
  const made = steps.map((step) => BARS.map(([name]) => {
    const bar = element("div", { className: `gb-share gb-share-${name}` });
    const value = element("span", { className: "gb-number" });
    return { name, bar, value, node: element("div", { className: "gb-share-row" }, element("div", { className: "gb-share-track" }, bar), value) };
  }));
  const key = BARS.map(([name, text]) => element("li", {}, element("span", { className: `gb-key gb-share-${name}` }), text));
  const table = element("table", { className: "gb-shares" }, element("tbody", {}, ...steps.map((step, i) =>
    element("tr", {}, element("th", { scope: "row" }, step), element("td", {}, ...made[i].map((each) => each.node))))));
  return {
    node: element("div", {}, table, element("ul", { className: "gb-legend" }, ...key)),
    draw(shares) {
      const most = Math.max(0.4, ...Object.values(shares).flatMap((each) => each ?? []));
      made.forEach((row, i) => row.forEach(({ name, bar, value, node }) => {
        node.hidden = !shares[name];
        if (!shares[name]) return;
        bar.style.width = percent(shares[name][i] / most, 1);
        value.textContent = percent(shares[name][i]);
      }));
      key.forEach((each, i) => (each.hidden = !shares[BARS[i][0]]));
    },
  };
}

function render({ model, el }) {
  const names = ["side", "texts", "seed", "study", "steps", "columns", "paper"];
  const data = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  createImageBitmap(new Blob([bytes(model.get("pictures"))], { type: "image/webp" })).then((sheet) => {
    data.draw = (canvas, column, row) => canvas.getContext("2d").drawImage(sheet, column * data.side, row * data.side, data.side, data.side, 0, 0, data.side, data.side);
    drawPanel(el, data, (rows) => {
      model.set("answers", rows);
      model.save_changes();
    });
  });
}

export default { render };
