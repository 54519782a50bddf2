// Answers of the captioner's widgets, as latent_label_explorer.py and latent_map.py give them.

const AT_ONCE = 4; // latents a run of the network: more are no faster, and the page stays awake in between

const nextTurn = () => new Promise((resolve) => setTimeout(resolve));

/** The label of every image under every c, Int32Array for each c; the page's `sizes` are those of its `features`: (images, cells, length). */
async function labelsOf(load, page, latents) {
  const { run } = await load();
  page.cells ??= await run(0, { features: [floats(page.features), page.sizes] }); // they do not depend on c
  const [hidden, sentences] = page.cells;
  const [images] = page.sizes;
  const labels = [];
  for (let start = 0; start < latents.length / 3; start += AT_ONCE) {
    if (start) await nextTurn();
    const some = latents.slice(3 * start, 3 * (start + AT_ONCE));
    const [[found]] = await run(1, { latents: [some, [some.length / 3, 3]], hidden, sentences });
    for (let i = 0; i < some.length / 3; i += 1) labels.push(found.slice(i * images, (i + 1) * images));
  }
  return labels;
}

const floats = (data) => new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);

answers.latent_label_explorer = (page, _traits, load) => async (_request, [latents]) =>
  ({ buffers: (await labelsOf(load, page, floats(latents))).map((labels) => Uint8Array.from(labels)) });

answers.latent_map = (page, { names }, load) => async (_request, [latents]) => {
  const rows = (await labelsOf(load, page, floats(latents))).map((labels) => {
    const row = new Uint32Array(names.length + 1);
    labels.forEach((label, image) => {
      row[label] += 1;
      if (page.truth.subarray(4 * image, 4 * image + 4).includes(label)) row[names.length] += 1;
    });
    return row;
  });
  const together = new Uint32Array(rows.length * (names.length + 1));
  rows.forEach((row, i) => together.set(row, i * row.length));
  return { buffers: [new Uint8Array(together.buffer)] };
};
