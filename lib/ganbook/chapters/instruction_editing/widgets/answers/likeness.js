// Answers of the SSIM explorer, as ssim_explorer.py gives them.

answers.ssim_explorer = (page, { side }) => async ({ span, page: wanted = 0 }) => {
  const chosen = page.order.filter((n) => span[0] <= page.ssim[n] && page.ssim[n] <= span[1]);
  const pages = Math.max(1, Math.ceil(chosen.length / page.shown));
  const numbers = chosen.filter((_, rank) => rank % pages === wanted % pages);
  const size = 3 * side ** 2;
  const pictures = new Uint8Array(numbers.length * size);
  numbers.forEach((n, i) => pictures.set(page.pictures.subarray(n * size, (n + 1) * size), i * size));
  return {
    span, count: chosen.length, pages, buffers: [pictures],
    mean: chosen.length ? chosen.reduce((sum, n) => sum + page.ssim[n], 0) / chosen.length : null,
    examples: numbers.map((number) => ({ number, text: page.texts[number], ssim: page.ssim[number] })),
  };
};
