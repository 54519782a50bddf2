// Answers of the captioner's widgets, as ganbook/widgets/latent_label_explorer.py and latent_map.py give them.

const AT_ONCE = 4; // latents a run of the network, so that the page stays awake in between

const nextTurn = () => new Promise((resolve) => setTimeout(resolve));

/** The label of every image under every c, Int32Array for each c; `sizes` are those of `features`: (images, cells, length). */
async function labelsOf(load, { features, sizes }, latents) {
  const { run } = await load();
  const numbers = new Float32Array(features.buffer, features.byteOffset, features.byteLength / 4);
  const labels = [];
  for (let start = 0; start < latents.length / 3; start += AT_ONCE) {
    const some = latents.slice(3 * start, 3 * (start + AT_ONCE));
    const found = await run({ latents: [some, [some.length / 3, 3]], features: [numbers, sizes] });
    for (let i = 0; i < some.length / 3; i += 1) labels.push(found.slice(i * sizes[0], (i + 1) * sizes[0]));
    if (start) await nextTurn();
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
