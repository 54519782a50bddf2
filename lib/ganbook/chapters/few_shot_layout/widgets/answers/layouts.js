// Answers of both widgets, as layout_painter.py and one_shot_annotator.py give them: part 0 of the model encodes, part 1 draws.

const TRIED = 0.01; // deviations of the first axis that a coefficient is moved by, to see what it does

/** Single-precision numbers of Python. */
const floatsOf = (data) => new Float32Array(data.slice().buffer);

const rawFloats = (numbers) => new Uint8Array(Float32Array.from(numbers).buffer);

/** 1 less the mean cosine with the prototype of the class that is asked for; in scribbles class 0 asks for nothing. */
function lossOf(likeness, wanted, present, sparse) {
  let [sum, count] = [0, 0];
  wanted.forEach((number, place) => {
    if (!present[number] || (sparse && number === 0)) return;
    sum += likeness[number * wanted.length + place];
    count += 1;
  });
  return 1 - sum / Math.max(count, 1);
}

/** What part 1 makes of codes: {pictures, likeness, features}, of all codes one after the other. */
async function drawnOf({ run }, ws, { styles, latent, classes }, prototypes) {
  const count = ws.length / (styles * latent);
  const given = { ws: [ws, [count, styles, latent]], prototypes: [prototypes, [classes, prototypes.length / classes]] };
  const [pictures, likeness, features] = (await run(1, given)).map(([numbers]) => numbers);
  return { pictures, likeness, features };
}

answers.layout_painter = (page, { side, present, sparse, sizes, deviation, axes }, load) => {
  const { latent, lower } = sizes;
  const prototypes = floatsOf(page.prototypes);
  const directions = floatsOf(new Uint8Array(axes.buffer, axes.byteOffset, axes.byteLength));
  const count = directions.length / latent;
  const step = TRIED * deviation;

  /** The codes, and behind them the same with each coefficient a little larger. */
  function moved(ws) {
    const all = new Float32Array(ws.length * (count + 1));
    for (let n = 0; n <= count; n += 1) all.set(ws, n * ws.length);
    for (let n = 0; n < count; n += 1) {
      for (let i = 0; i < lower * latent; i += 1) all[(n + 1) * ws.length + i] += step * directions[n * latent + (i % latent)];
    }
    return all;
  }

  return async ({ kind }, [first, wanted]) => {
    const model = await load();
    if (kind === "encode") {
      const [[ws], [asked]] = await model.run(0, { labels: [Int32Array.from(first), [1, side, side]] });
      return { buffers: [rawFloats(ws), Uint8Array.from(asked)] };
    }
    const ws = floatsOf(first);
    const { pictures, likeness } = await drawnOf(model, kind === "slope" ? moved(ws) : ws, { ...sizes, classes: present.length }, prototypes);
    if (kind === "draw") return { loss: lossOf(likeness, wanted, present, sparse), buffers: [pictures, rawFloats(likeness)] };
    const size = likeness.length / (count + 1);
    const [loss, ...others] = Array.from({ length: count + 1 }, (_, n) => lossOf(likeness.subarray(n * size, (n + 1) * size), wanted, present, sparse));
    return { loss, by: "trial", buffers: [rawFloats(others.map((each) => (each - loss) / step))] };
  };
};

answers.one_shot_annotator = (page, { count, names }, load) => {
  const [codes, prototypes] = [page.codes, page.prototypes].map(floatsOf);
  const size = codes.length / count;

  return async ({ sample }) => {
    const model = await load();
    const sizes = { ...model.table, classes: names.length };
    const { features } = await drawnOf(model, codes.slice(sample * size, (sample + 1) * size), sizes, prototypes);
    return { buffers: [rawFloats(features)] };
  };
};
