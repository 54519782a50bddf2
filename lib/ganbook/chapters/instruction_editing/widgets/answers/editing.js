// Answers of the digit editing widgets, as instruction_editor.py and cosine_map_explorer.py give them.
// What an instruction does in a state stands in a table that Python made (editing.py).

const SIDE_OF_DIGIT = 28;
const NO_DIGIT = 10;
const LONGEST_TEXT = 200;

const sameList = (one, other) => one.length === other.length && one.every((value, i) => value === other[i]);

/** Whole number next to `value`, of two equally near ones the even one, as NumPy and torch do. */
function rounded(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** Python's repr of a word, shortened as reprlib does. */
function shortRepr(word) {
  const repr = (text) => {
    const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
    return quote + text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`) + quote;
  };
  const letters = [...word];
  const start = repr(letters.slice(0, 30).join(""));
  if ([...start].length <= 30) return start;
  const cut = [...repr(letters.slice(0, 13).join("") + letters.slice(-14).join(""))];
  return `${cut.slice(0, 13).join("")}...${cut.slice(-14).join("")}`;
}

/** The language of instructions: grammar {actions, places, digits}, tables {words, longest, example, outcomes, otherDigit}. */
function instructionLanguage(grammar, tables) {
  const text = ([action, digit, where]) => {
    const word = grammar.digits[digit];
    return action === "remove" ? `remove ${word}` : `${action} ${word} ${action === "put" ? "on" : "to"} the ${where}`;
  };
  const kinds = Object.keys(tables.outcomes["0,0,0,0"]).map((each) => JSON.parse(each)); // [action, where]
  const of = (digit) => kinds.map(([action, where]) => [action, digit, where]);
  const sentences = new Map(grammar.digits.flatMap((_, digit) => of(digit).map((each) => [text(each), each])));

  function parse(typed) {
    const lengths = [typed.split(/\s+/).filter(Boolean).length, [...typed].length];
    if (lengths[1] > LONGEST_TEXT || lengths[0] > tables.longest) {
      throw new Error(`The instruction is too long: it has ${lengths[0]} words and ${lengths[1]} characters, and the longest that I know ` +
        `has ${tables.longest} words. Say for instance "move six to the top left".`);
    }
    const words = typed.toLowerCase().replace(/[ .!\t\n]+$/, "").split(/\s+/).filter(Boolean);
    const unknown = [...new Set(words)].filter((word) => !tables.words.includes(word)).map(shortRepr);
    if (unknown.length || !words.length) {
      const problem = unknown.length ? `I do not know ${unknown.join(", ")}.` : "The sentence is empty.";
      throw new Error(`${problem} Words that I know: ${tables.words.join(", ")}.`);
    }
    const sentence = words.join(" ");
    if (!sentences.has(sentence)) throw new Error(tables.unreadable.replace("{sentence}", sentence));
    return sentences.get(sentence);
  }

  /** The state after an instruction, or a sentence that says why there is none. */
  function outcome(instruction, state) {
    const [action, digit, where] = instruction;
    const fill = (message) => message.replace("{text}", text(instruction))
      .replace("{shown}", grammar.digits[state[0]]).replace("{named}", grammar.digits[digit]);
    if (action !== "put" && state[0] !== NO_DIGIT && state[0] !== digit) return fill(tables.other_digit);
    const found = tables.outcomes[state.slice(1).join(",")][JSON.stringify([action, where])];
    if (typeof found === "string") return fill(found);
    return [action === "remove" ? NO_DIGIT : digit, ...found];
  }

  return {
    text,
    parse,
    apply(instruction, state) {
      const found = outcome(instruction, state);
      if (typeof found === "string") throw new Error(found);
      return found;
    },
    /** [action, digit, where, sentence] of all that a state allows for the digits `known`. */
    allowed(state, known) {
      const digits = state[0] === NO_DIGIT ? grammar.digits.map((_, digit) => digit) : [state[0]];
      return digits.filter((digit) => known.includes(digit)).flatMap(of)
        .filter((each) => typeof outcome(each, state) !== "string").map((each) => [...each, text(each)]);
    },
  };
}

/** Draws a digit in a state as ganbook.data.digit_edits.Renderer does: two matrix products. */
function digitCanvas(resolution, packed) {
  const sides = new Map(packed.map(([start, length, data]) => [`${start},${length}`, new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4)]));
  return (digit, [, x, y, w, h]) => {
    const picture = new Uint8Array(resolution ** 2);
    if (!w) return picture;
    const [rows, columns] = [sides.get(`${y},${h}`), sides.get(`${x},${w}`)];
    const strip = new Float64Array(resolution * SIDE_OF_DIGIT);
    for (let i = 0; i < resolution; i += 1) {
      for (let j = 0; j < SIDE_OF_DIGIT; j += 1) {
        for (let k = 0; k < SIDE_OF_DIGIT; k += 1) strip[i * SIDE_OF_DIGIT + j] += (rows[i * SIDE_OF_DIGIT + k] * digit[k * SIDE_OF_DIGIT + j]) / 255;
      }
    }
    for (let i = 0; i < resolution; i += 1) {
      for (let j = 0; j < resolution; j += 1) {
        let ink = 0;
        for (let k = 0; k < SIDE_OF_DIGIT; k += 1) ink += strip[i * SIDE_OF_DIGIT + k] * columns[j * SIDE_OF_DIGIT + k];
        picture[i * resolution + j] = Math.min(255, Math.max(0, rounded(ink * 255)));
      }
    }
    return picture;
  };
}

/** Structural similarity of two grey pictures, as scikit-image has it: means over 7 x 7 windows inside the picture, data range 255. */
function structuralSimilarity(one, other, side) {
  const [window, c1, c2] = [7, (0.01 * 255) ** 2, (0.03 * 255) ** 2];
  const n = window ** 2;
  let total = 0;
  for (let top = 0; top + window <= side; top += 1) {
    for (let left = 0; left + window <= side; left += 1) {
      let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
      for (let i = top; i < top + window; i += 1) {
        for (let j = left; j < left + window; j += 1) {
          const [p, q] = [one[i * side + j], other[i * side + j]];
          a += p;
          b += q;
          aa += p * p;
          bb += q * q;
          ab += p * q;
        }
      }
      const [ma, mb, unbiased] = [a / n, b / n, n / (n - 1)];
      const [va, vb, vab] = [unbiased * (aa / n - ma * ma), unbiased * (bb / n - mb * mb), unbiased * (ab / n - ma * mb)];
      total += ((2 * ma * mb + c1) * (2 * vab + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    }
  }
  return total / (side - window + 1) ** 2;
}

/** Edits n pictures with the exported network: z is the one that Python draws for n pictures. */
async function editedPictures(load, pictures, sentences, side) {
  const { table, run } = await load();
  const n = pictures.length;
  const tokens = new Int32Array(n * table.max_words);
  const lengths = new Int32Array(n);
  sentences.forEach((sentence, i) => {
    const words = sentence.split(" ");
    tokens.set(words.map((word) => table.words.indexOf(word) + 1), i * table.max_words);
    lengths[i] = words.length;
  });
  const together = new Uint8Array(n * side ** 2);
  pictures.forEach((picture, i) => together.set(picture, i * side ** 2));
  const noise = Float32Array.from(table.noise[n - 1]);
  const [[results]] = await run(0, {
    pictures: [together, [n, side, side]], tokens: [tokens, [n, table.max_words]], lengths: [lengths, [n]], noise: [noise, [n, noise.length / n]],
  });
  return pictures.map((_, i) => results.slice(i * side ** 2, (i + 1) * side ** 2));
}

/** One side of a picture resized as Pillow does (triangle filter, antialiased, 22 bits behind the point): Uint8Array (height x to). */
function resizedRows(pixels, height, from, to) {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const result = new Uint8Array(height * to);
  for (let j = 0; j < to; j += 1) {
    const centre = (j + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = Array.from({ length: last - first }, (_, k) => Math.max(0, 1 - Math.abs((first + k - centre + 0.5) / support)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const fixed = weights.map((weight) => Math.trunc((weight / sum) * 2 ** 22 + 0.5));
    for (let i = 0; i < height; i += 1) {
      let total = 2 ** 21;
      fixed.forEach((weight, k) => (total += weight * pixels[i * from + first + k]));
      result[i * to + j] = Math.min(255, Math.floor(total / 2 ** 22));
    }
  }
  return result;
}

function transposed(pixels, height, width) {
  return Uint8Array.from({ length: pixels.length }, (_, n) => pixels[(n % height) * width + Math.floor(n / height)]);
}

/** A drawing brought to the form of MNIST's digits, as ganbook.data.drawing.centred_digit does. */
function centredDigit(drawing, side, { ink, smallest, fullest, box, centre }) {
  const drawn = drawing.reduce((count, value) => count + (value >= ink), 0);
  if (!drawn) throw new Error("The drawing is empty. Draw a digit first.");
  const share = drawn / side ** 2;
  if (share > fullest) {
    throw new Error(`The drawing fills ${rounded(100 * share)}% of the canvas; a digit needs paper round its strokes. Clear it and draw thinner.`);
  }
  let [top, left, bottom, right] = [side, side, -1, -1];
  drawing.forEach((value, n) => {
    if (!value) return;
    const [i, j] = [Math.floor(n / side), n % side];
    [top, left, bottom, right] = [Math.min(top, i), Math.min(left, j), Math.max(bottom, i), Math.max(right, j)];
  });
  const sizes = [bottom - top + 1, right - left + 1];
  const longer = Math.max(...sizes);
  if (longer < smallest * side) throw new Error("The drawing is only a speck. Draw a larger digit.");
  const cut = Uint8Array.from({ length: sizes[0] * sizes[1] }, (_, n) => drawing[(top + Math.floor(n / sizes[1])) * side + left + (n % sizes[1])]);
  const [height, width] = sizes.map((size) => Math.max(1, rounded((box * size) / longer)));
  const narrow = resizedRows(cut, sizes[0], sizes[1], width);
  const small = transposed(resizedRows(transposed(narrow, sizes[0], width), width, sizes[0], height), width, height);
  const start = (length, mass) => {
    const masses = Array.from({ length }, (_, i) => mass(i));
    const middle = masses.reduce((sum, value, i) => sum + i * value, 0) / masses.reduce((sum, value) => sum + value, 0);
    return Math.min(SIDE_OF_DIGIT - length, Math.max(0, rounded(centre - middle)));
  };
  const line = (length, pick) => Array.from({ length }, (_, k) => small[pick(k)]).reduce((sum, value) => sum + value, 0);
  const down = start(height, (i) => line(width, (j) => i * width + j));
  const across = start(width, (j) => line(height, (i) => i * width + j));
  const digit = new Uint8Array(SIDE_OF_DIGIT ** 2);
  for (let i = 0; i < height; i += 1) digit.set(small.subarray(i * width, (i + 1) * width), (down + i) * SIDE_OF_DIGIT + across);
  return digit;
}

answers.instruction_editor = (page, traits, load) => {
  const { resolution, grammar, labels } = traits;
  const language = instructionLanguage(grammar, page.language);
  const canvas = digitCanvas(resolution, page.sides);
  const samples = new Uint8Array(traits.digits.buffer, traits.digits.byteOffset, traits.digits.byteLength);
  const allowed = (state, shown) => language.allowed(state, [shown, ...labels]);

  const place = ({ state, digit: shown }, [digit]) =>
    ({ state, digit: shown, allowed: allowed(state, shown), buffers: [canvas(digit, state)] });

  /** The digit that draws the true target: "put" may name another class than the one at hand. */
  function sampleOf(named, digit, shown) {
    if (named === shown) return digit;
    const number = labels.indexOf(named);
    if (number < 0) throw new Error(`There is no sample of a ${grammar.digits[named]} here to draw the true target with.`);
    return samples.slice(number * SIDE_OF_DIGIT ** 2, (number + 1) * SIDE_OF_DIGIT ** 2);
  }

  async function edit({ text, state, digit: shown }, [digit, source]) {
    const instruction = language.parse(text);
    const after = language.apply(instruction, state);
    const drawn = sampleOf(instruction[1], digit, shown);
    const told = language.text(instruction);
    const [result] = await editedPictures(load, [source], [told], resolution);
    const target = canvas(drawn, after);
    return {
      text: told, state: after, digit: instruction[1], allowed: allowed(after, instruction[1]),
      ssim: structuralSimilarity(result, target, resolution), nothing: structuralSimilarity(source, target, resolution),
      buffers: [source, result, target, drawn],
    };
  }

  const draw = ({ side }, [drawing]) => ({ buffers: [centredDigit(drawing, side, page.drawing)] });
  return async ({ kind, ...request }, buffers) => ({ place, edit, draw })[kind](request, buffers);
};

answers.cosine_map_explorer = (page, { resolution, instructions }, load) => {
  const canvas = digitCanvas(resolution, page.sides);

  /** A box for each of two instructions, the same one if there is a state that allows both. */
  function boxes(told) {
    const possible = told.map(([action, , where]) => page.boxes[JSON.stringify([action, where])]);
    const both = possible[0].find((box) => possible[1].some((other) => sameList(box, other)));
    return both ? [both, both] : possible.map((each) => each[0]);
  }

  return async ({ pair, digit }) => {
    const told = pair.map((number) => instructions[number]);
    const found = boxes(told);
    const sources = told.map(([, named], i) => {
      const shown = digit ?? named;
      return canvas(page.examples[shown], [shown, ...found[i]]);
    });
    const results = await editedPictures(load, sources, told.map((each) => each[3]), resolution);
    return { pair, buffers: [sources[0], results[0], sources[1], results[1]] };
  };
};
