// Answers of both widgets, as style_mixer.py and walk.py give them: they put together a code for each layer, the network draws.

/** Single-precision numbers of Python, in rows of the length of a code. */
function codesIn(data, latent) {
  const numbers = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  return Array.from({ length: numbers.length / latent }, (_, row) => numbers.subarray(row * latent, (row + 1) * latent));
}

/** Pictures of codes: `pictures` holds for each the codes of its layers. */
async function synthesised({ run }, pictures, noise) {
  const [count, styles, latent] = [pictures.length, pictures[0].length, pictures[0][0].length];
  const ws = new Float32Array(count * styles * latent);
  pictures.flat().forEach((code, row) => ws.set(code, row * latent));
  const amount = new Float32Array(count).fill(Number(noise));
  const [[pixels]] = await run(0, { ws: [ws, [count, styles, latent]], amount: [amount, [count]] });
  const size = pixels.length / count;
  return { buffers: pictures.map((_, n) => pixels.slice(n * size, (n + 1) * size)) };
}

answers.style_mixer = (page, { count, sides }, load) => {
  const [mean] = codesIn(page.mean, page.mean.byteLength / 4);
  const codes = codesIn(page.codes, mean.length); // of each draw row A, then row B

  return async ({ seeds, layers, psi, noise, cells }) => {
    const truncated = (row, n) => codes[(2 * seeds[row] + row) * count + n].map((value, i) => mean[i] + psi * (value - mean[i]));
    const pictures = cells.map(([a, b]) => {
      const [fromA, fromB] = [truncated(0, a), truncated(1, b)];
      return sides.map((_, layer) => (layers.includes(layer) ? fromB : fromA));
    });
    return synthesised(await load(), pictures, noise);
  };
};

answers.walk = (page, { names, sides }, load) => {
  const latent = page.steps.byteLength / 4 / names.length;
  const [codes, steps] = [page.codes, page.steps].map((data) => codesIn(data, latent));

  return async ({ seed, moves, layers }) => {
    const pictures = moves.map((values) => {
      const moved = codes[seed].map((value, i) => value + steps.reduce((sum, step, n) => sum + values[n] * step[i], 0));
      return sides.map((_, layer) => (layers.includes(layer) ? moved : codes[seed]));
    });
    return synthesised(await load(), pictures, false);
  };
};
