// Answers of the avatar editor, as avatar_editor.py gives them.

answers.avatar_editor = (page, { resolution: side }, load) => {
  const language = avatarLanguage(page.language);
  let paint = null;

  async function draw({ attributes, skin, hair }) {
    const { table } = await load();
    paint ??= avatarPainter(table.program, side);
    return { attributes, buffers: [paint(attributes, skin, hair)] };
  }

  async function edit({ text }, [forSim, forPlain]) {
    const { words, understood } = language.told([...text].slice(0, 2_000).join(""));
    const { table, run } = await load();
    const known = new Map(page.language.words.map((word, number) => [word, number + 2])); // 0 is padding, 1 any other word
    const tokens = new Int32Array(page.language.max_words);
    words.forEach((word, i) => (tokens[i] = known.get(word) ?? 1));
    const asked = (name, picture) => ({
      pictures: [picture, [1, side, side, 3]], tokens: [tokens, [1, tokens.length]], lengths: [Int32Array.of(words.length), [1]],
      [`${name}_noise`]: [Float32Array.from(table.noise[name]), [1, table.noise[name].length]],
    });
    const [[sim], [mask]] = await run(0, asked("sim", forSim));
    const [[plain]] = await run(1, asked("plain", forPlain));
    return { text: text.trim().split(/\s+/).join(" "), told: words.join(" "), understood, buffers: [sim, plain, mask] };
  }

  return async ({ kind, ...request }, buffers) => ({ draw, edit })[kind](request, buffers);
};
