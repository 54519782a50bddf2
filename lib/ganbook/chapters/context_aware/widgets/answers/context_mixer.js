// Answers of the mixer, as context_mixer.py gives them. The timeline brings all that it shows: nobody is asked.

answers.stage_timeline = () => async () => ({ buffers: [] });

answers.context_mixer = (page, { seen, names }, load) => {
  const language = sceneLanguage(page.language);
  const nothing = { outdoors: names.place.map(() => 0), people: names.person.map(() => 0) };
  const answer = (probabilities) => (Math.max(...probabilities) > 0 ? probabilities.indexOf(Math.max(...probabilities)) : null);

  return async ({ text, context, seed, wins }) => {
    const { table, run } = await load();
    const reading = language.read(text);
    const shown = context === null ? nothing : seen[context];
    const place = page.takes.includes("place") ? answer(shown.outdoors) : null;
    const person = page.takes.includes("person") ? answer(shown.people) : null;
    const row = (numbers, type) => [type.from(numbers), [1, numbers.length]];
    const [[code]] = await run(0, { letters: row(language.letters(text), Int32Array) });
    const stages = await run(1, {
      text: row(code, Float32Array), context: row(language.context(reading, shown, page, wins), Float32Array),
      noise: row(table.noise[seed], Float32Array),
    });
    return {
      trees: reading.trees, slots: language.fill(reading, place, person, wins),
      note: language.note(text, reading, context !== null && page.takes !== "nothing"), buffers: stages.map(([pixels]) => pixels),
    };
  };
};
