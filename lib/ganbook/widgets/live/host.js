// The plain page in place of JupyterLab and its kernel: the widgets' own modules draw, `answers` below answers their questions.
// Everything here is one classic script, since a page opened from disk may load neither modules nor data.

const BASE = new URL(".", document.currentScript.src).href;
const FROM_DISK = location.protocol === "file:";
const NEAR = "3000px 0px";
const LOADING = "Loading the model: some megabytes, once for all pages \u2026";
const BUSY = "The model is at work \u2026";
const NO_WEBASSEMBLY = "WebAssembly is switched off in this browser, so the model cannot run here and the picture stands still. " +
  "Allow WebAssembly for this page, or run make lab and open this widget's chapter.";
const NOT_ALLOWED = "The server of this page does not let models run in it (its Content-Security-Policy), so the picture stands still. " +
  "Run make lab and open this widget's chapter.";
const NOT_LOADED = "What this widget needs could not be loaded, so the picture stands still. Load the page again, or run make lab and open this widget's chapter.";

/** The bytes of a file beside this script. From disk a page may only load scripts: there each file has a twin that holds it as text. */
async function readFile(name) {
  if (FROM_DISK) return fromBase64(await readTwin(name));
  const answer = await fetch(BASE + name);
  if (!answer.ok) throw new Error(`The page lacks its file ${name} (${answer.status}).`);
  return new Uint8Array(await answer.arrayBuffer());
}

function readTwin(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${BASE}${name}.js`;
    script.onload = () => {
      resolve(window.ganbookFiles[name]);
      delete window.ganbookFiles[name];
    };
    script.onerror = () => reject(new Error(`The page lacks its file ${name}.js.`));
    document.head.append(script);
  });
}

function fromBase64(text) {
  const raw = atob(text);
  const data = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) data[i] = raw.charCodeAt(i);
  return data;
}

/** Some servers unpack files that end in .gz by themselves. */
async function unpacked(data) {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data;
  return new Uint8Array(await new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

/** The promise that `work` gave first; after a failure the next call tries again. */
function once(work) {
  let promise = null;
  return () => (promise ??= work().catch((problem) => {
    promise = null;
    throw problem;
  }));
}

const engine = once(async () => {
  const [code, wasm] = await Promise.all([readFile("ort.wasm.bundle.min.mjs"), readFile("ort-wasm-simd-threaded.wasm.gz")]);
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const ort = await import(url);
  URL.revokeObjectURL(url);
  Object.assign(ort.env.wasm, { numThreads: 1, wasmBinary: (await unpacked(wasm)).buffer });
  ort.env.logLevel = "error";
  return ort;
});

/** Why no model can run on this page, or null: tried on an empty program of each of the two kinds that the engine consists of. */
const refusal = once(async () => {
  if (typeof WebAssembly === "undefined") return NO_WEBASSEMBLY;
  const url = URL.createObjectURL(new Blob([""], { type: "text/javascript" }));
  try {
    new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    await import(url);
  } catch {
    return NOT_ALLOWED;
  } finally {
    URL.revokeObjectURL(url);
  }
  return null;
});

const networks = new Map();
const sessions = new Map();
const loaded = new Set();
let last = Promise.resolve(); // the engine takes one question at a time

/**
 * The exported model of this id, the same for all widgets: {table, run(part, inputs {name: [numbers, sizes]}) -> Promise<[[numbers, sizes], ...]>},
 * the outputs of that part in their order.
 */
function network(id) {
  if (!networks.has(id)) networks.set(id, once(() => loadNetwork(id)));
  return networks.get(id)();
}

/** The running form of a file of weights, the same for all models that share it. */
function session(file) {
  if (!sessions.has(file)) sessions.set(file, once(async () => {
    const [ort, weights] = await Promise.all([engine(), readFile(file).then(unpacked)]);
    const options = { executionProviders: ["wasm"], logSeverityLevel: 3, graphOptimizationLevel: "basic" }; // "all" takes twice as long to load
    return ort.InferenceSession.create(weights, options);
  }));
  return sessions.get(file)();
}

async function loadNetwork(id) {
  const record = readFile(`${id}.json.gz`).then(unpacked).then((data) => JSON.parse(new TextDecoder().decode(data)));
  const [ort, { table, parts, files }] = await Promise.all([engine(), record]);
  const of = await Promise.all(files.map(session));
  loaded.add(id);
  return {
    table,
    run(number, inputs) {
      const { inputs: types, outputs } = parts[number];
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, [numbers, sizes]]) => [name, new ort.Tensor(types[name], numbers, sizes)]));
      const answer = last.then(async () => {
        const start = performance.now();
        const found = await of[number].run(feeds);
        performance.measure(`model ${id}.${number}`, { start });
        return outputs.map((name) => [found[name].data, found[name].dims]);
      });
      last = answer.catch(() => {});
      return answer;
    },
  };
}

/** Bytes come as {"gzip": base64}; `as` makes of them what the reader wants. */
async function revived(value, as) {
  if (Array.isArray(value)) return Promise.all(value.map((each) => revived(each, as)));
  if (value === null || typeof value !== "object") return value;
  if (typeof value.gzip === "string") return as(await unpacked(fromBase64(value.gzip)));
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, each]) => [name, await revived(each, as)])));
}

const viewOf = (data) => new DataView(data.buffer, data.byteOffset, data.byteLength);

/** What the widgets' modules know as anywidget's model. */
function pageModel(traits, answer, waiting) {
  const listeners = new Map();
  const of = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
  const tell = (content, buffers) => of("msg:custom").forEach((listener) => listener(content, buffers));
  return {
    waiting,
    get: (name) => traits[name],
    set: (name, value) => (traits[name] = value),
    save_changes() {},
    on: (event, listener) => of(event).add(listener),
    off: (event, listener) => of(event).delete(listener),
    async send({ id, ...request }, _callbacks, buffers) {
      try {
        const { buffers: answered, ...content } = await answer(request, buffers.map((each) => new Uint8Array(each)));
        tell({ ...content, id }, answered.map(viewOf));
      } catch (problem) {
        tell({ id, error: problem.message }, []);
      }
    },
  };
}

/** What to say when an answer takes longer than `ms`. */
const waitingFor = (id) => ({
  get text() { return !id || loaded.has(id) ? BUSY : LOADING; },
  get ms() { return !id || loaded.has(id) ? 1500 : 250; },
});

/** Leaves the still picture as it is, and says why. */
function standStill(node, why) {
  node.append(Object.assign(document.createElement("p"), { className: "gb-live-note", textContent: why }));
}

/** Puts the live widget in the place of its still picture, which stays for print. */
async function mount(node, available) {
  const { widget, model: id, facts } = node.dataset;
  const why = id ? await refusal() : null;
  if (why) {
    standStill(node, why);
    return;
  }
  if (id && !available.includes(id)) return; // its export is not part of this site: the still picture says how to open it
  const { traits, page } = JSON.parse(new TextDecoder().decode(await unpacked(await readFile(facts))));
  const [given, known] = await Promise.all([revived(traits, viewOf), revived(page, (data) => data)]);
  const answer = answers[widget](known, given, () => network(id));
  const el = document.createElement("div");
  el.className = "gb-live-widget";
  if (id) ["pointerenter", "focusin"].forEach((event) => el.addEventListener(event, () => network(id).catch(() => {}), { once: true }));
  widgets[widget].render({ model: pageModel(given, answer, waitingFor(id)), el });
  node.prepend(el);
  node.classList.add("gb-live-on");
}

/** As `mount`; what fails leaves the still picture there. */
async function mountOrStandStill(node, available) {
  try {
    await mount(node, available);
  } catch (problem) {
    console.error(problem);
    standStill(node, NOT_LOADED);
  }
}

/** As `mountOrStandStill`, when a reader comes near: a page with many widgets opens without what those far below need. */
function mountWhenNear(node, available) {
  const observer = new IntersectionObserver((seen) => {
    if (!seen.some((each) => each.isIntersecting)) return;
    observer.disconnect();
    mountOrStandStill(node, available);
  }, { rootMargin: NEAR });
  observer.observe(node);
}
