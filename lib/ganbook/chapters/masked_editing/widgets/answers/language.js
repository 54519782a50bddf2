// What an instruction means, word for word as ganbook.data.avatar_language says it; the words come from Python (language.py).

/** Tables as language.py makes them. Gives {understand(text), told(text)}; a meaning is {kind, values, before, trends}. */
function avatarLanguage(tables) {
  const sets = Object.fromEntries(Object.entries(tables.sets).map(([name, each]) => [name, new Set(each)]));
  const { people, places, small, feelings, foreign, remove, without, less, old, new: fresh, and, where, keep, change } = sets;
  const kinds = tables.kinds;
  const has = (table, key) => Object.hasOwn(table, key);
  const every = Object.fromEntries(kinds.map((kind) => [kind, tables.names[kind].map((_, number) => number)]));
  const senses = new Set(kinds.flatMap((kind) => [...Object.keys(tables.looks[kind]), ...Object.keys(tables.trends[kind])]));
  const phrases = new Set([...senses, ...Object.keys(tables.nouns), ...[remove, less, old, fresh, and, where, keep, change].flatMap((each) => [...each]), ","]);
  const lexicon = [...new Set([...phrases].flatMap((phrase) => phrase.split(" ")))].filter((word) => word !== ",").sort();
  const known = new Set([...lexicon, ...tables.words, ...small, ...sets.other]);
  const ofFaces = new Set([...Object.keys(tables.looks["face shape"]), ...Object.keys(tables.trends["face shape"])]);
  const within = (one, other) => one.filter((each) => other.includes(each));
  const apart = (one, other) => one.filter((each) => !other.includes(each));
  const unique = (list) => [...new Set(list)];

  // Words

  /** Entities as a browser reads them, and as Python's html.unescape does. */
  function unescaped(text) {
    const field = document.createElement("textarea");
    field.innerHTML = text.replaceAll("<", "&lt;");
    return field.value;
  }

  function pieces(text) {
    const bare = unescaped(text).replace(/<(script|style)\b[^]*?<\/\1\s*>|<[^<>]*>/gi, " ");
    const plain = bare.replaceAll("\u2019", "'").normalize("NFKD").toLowerCase().replaceAll("-", " ").replace(/(?![\ufe00-\ufe0f])\p{Mn}/gu, "");
    return (plain.match(/[a-z]+(?:'[a-z]+)*|[,;/&]/g) ?? []).map((piece) => (/^[a-z]/.test(piece) ? piece : ","));
  }

  const wordsOf = (text) => pieces(text).filter((piece) => piece !== ",");

  function slipsOf(word) {
    const found = new Set();
    for (let at = 1; at < word.length; at += 1) {
      found.add(word.slice(0, at) + word.slice(at + 1)).add(word.slice(0, at) + word[at] + word.slice(at));
      if (at < word.length - 1) found.add(word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2));
    }
    found.delete(word);
    return found;
  }

  let allSlips = null; // many, and needed only when a word is not known
  function slips() {
    if (allSlips) return allSlips;
    allSlips = new Map();
    for (const word of known) {
      if (word.length < 4 || !/^[a-z]+$/.test(word)) continue;
      for (const slip of slipsOf(word)) allSlips.set(slip, allSlips.has(slip) ? "" : word);
    }
    return allSlips;
  }

  const corrections = new Map();
  function corrected(word) {
    if (!corrections.has(word)) corrections.set(word, correction(word));
    return corrections.get(word);
  }

  function correction(word) {
    if (known.has(word)) return word;
    if (slips().get(word)) return slips().get(word);
    for (const ending of ["'s", "s"]) {
      if (word.endsWith(ending) && known.has(word.slice(0, -ending.length))) return word.slice(0, -ending.length);
    }
    return word.length >= 5 ? closest(word, lexicon, 1, 0.84)[0] ?? null : null;
  }

  // Understanding. An item is {phrase, place, bound}.

  const isNoun = (item) => has(tables.nouns, item.phrase);
  const isSense = (item) => senses.has(item.phrase);

  function longest(words) {
    for (let n = Math.min(words.length, 5); n > 0; n -= 1) {
      const start = words.slice(0, n).join(" ");
      if (phrases.has(start)) return start;
    }
    return "";
  }

  function itemsOf(words) {
    let rest = words.filter((word) => !small.has(word));
    const items = [];
    let somewhere = false;
    while (rest.length) {
      const phrase = longest(rest);
      if (phrase) {
        items.push({ phrase, place: somewhere && has(tables.nouns, phrase), bound: items.length > 0 && ofFaces.has(items.at(-1).phrase) });
        somewhere = where.has(phrase) || (somewhere && people.has(phrase));
      }
      rest = rest.slice(phrase ? phrase.split(" ").length : 1);
    }
    return items;
  }

  /** The items without those that often say only where or whose; all of them if nothing else is left. */
  function bare(items, { place = false, whose = false, face = false }) {
    const goes = (item) => (people.has(item.phrase) ? whose : (place && item.place) || (face && places.has(item.phrase) && !item.bound));
    const left = items.filter((item) => !goes(item));
    return left.some((item) => isNoun(item) || isSense(item)) ? left : items;
  }

  const PLACE = { place: true };
  const BOTH = { place: true, whose: true };
  const ALL = { place: true, whose: true, face: true };

  function meant(kind, values, before, trends) {
    return { kind, values, before: values.length === every[kind].length ? before : apart(before, values), trends };
  }

  const possible = ({ values, before, trends }) => values.length > 0 && before.length > 0 && new Set(trends.map(([name]) => name)).size === trends.length;
  const uniqueTrends = (trends) => unique(trends.map((trend) => trend.join())).map((key) => trends.find((trend) => trend.join() === key));

  /** What is said of before, and the rest. */
  function parts(kind, items) {
    const looks = items.map((item) => has(tables.looks[kind], item.phrase));
    for (const [at, item] of items.entries()) {
      if (["instead", "rather"].includes(item.phrase)) return [items.slice(at + 1), items.slice(0, at)];
      if (old.has(item.phrase)) {
        for (let next = at + 2; next < items.length; next += 1) {
          if (fresh.has(items[next].phrase) && looks.slice(next).some(Boolean)) {
            return [items.slice(at, next), [...items.slice(0, at), ...items.slice(next + 1)]];
          }
        }
      }
    }
    const turn = items.findIndex((item, at) => ["to", "into", "becomes", "become"].includes(item.phrase) &&
      looks.slice(0, at).some(Boolean) && looks.slice(at).some(Boolean));
    return turn < 0 ? [[], items] : [items.slice(0, turn), items.slice(turn)];
  }

  function meaning(kind, items) {
    const [looks, trendsOf] = [tables.looks[kind], tables.trends[kind]];
    if (items.some((item) => isSense(item) && !has(trendsOf, item.phrase) && !has(looks, item.phrase))) return null;
    const [earlier, later] = parts(kind, items);
    let [values, before] = [every[kind], every[kind]];
    const trends = [];
    for (const item of earlier) if (has(looks, item.phrase)) before = within(before, looks[item.phrase]);
    const gone = items.some((item) => remove.has(item.phrase) && !without.has(item.phrase));
    let [lacks, fewer, asks] = [false, false, false];
    for (const item of later) {
      lacks = (lacks || without.has(item.phrase)) && !and.has(item.phrase);
      fewer ||= less.has(item.phrase);
      if (isSense(item)) {
        asks = true;
        const look = looks[item.phrase];
        if (has(trendsOf, item.phrase)) {
          const [name, step] = trendsOf[item.phrase];
          trends.push([name, fewer ? -step : step]);
        } else if (gone || lacks || fewer) {
          const nothing = has(tables.none, kind) && !fewer;
          values = within(values, nothing ? [tables.none[kind]] : apart(every[kind], look));
          if (gone || fewer || nothing) before = within(before, look);
        } else values = within(values, look);
        fewer = false;
      } else if (isNoun(item) && has(tables.gone, kind) && (gone || lacks || fewer) && !asks) {
        [values, asks, fewer] = [within(values, [tables.gone[kind]]), true, false];
      }
    }
    if (!asks) {
      if (!has(tables.none, kind) || items.some((item) => change.has(item.phrase))) return null;
      values = apart(every[kind], [tables.none[kind]]);
    }
    return meant(kind, values, before, uniqueTrends(trends));
  }

  function readings(items) {
    const nouns = items.filter(isNoun).map((item) => tables.nouns[item.phrase]);
    return kinds.filter((kind) => nouns.every((each) => each.includes(kind))).map((kind) => meaning(kind, items)).filter(Boolean);
  }

  function chosen(items) {
    const found = readings(items).filter(possible);
    const feels = items.filter(isSense).every((item) => feelings.has(item.phrase)) && !items.some(isNoun);
    const mouths = found.filter((each) => each.kind === "mouth");
    return feels && mouths.length ? mouths : found;
  }

  function oneReading(items) {
    const ways = [items, bare(items, PLACE), bare(items, BOTH), bare(items, ALL)];
    return ways.map(chosen).find((found) => found.length === 1)?.[0] ?? null;
  }

  function split(items) {
    const clauses = [[]];
    for (const item of items) {
      if (and.has(item.phrase) || item.phrase === ",") clauses.push([]);
      else clauses.at(-1).push(item);
    }
    return clauses.filter((clause) => clause.length);
  }

  function ofClauses(items) {
    const found = new Map();
    let nouns = [];
    for (const clause of split(items)) {
      const own = clause.filter(isNoun);
      const said = oneReading(clause) ?? (own.length ? null : oneReading([...nouns, ...clause]));
      if (own.length) nouns = own;
      if (clause.some((item) => keep.has(item.phrase))) continue;
      if (!said) {
        if (clause.some(isSense) || !own.every((item) => places.has(item.phrase))) return [];
        continue;
      }
      const first = found.get(said.kind);
      found.set(said.kind, !first ? said : meant(said.kind, within(first.values, said.values), within(first.before, said.before),
        uniqueTrends([...first.trends, ...said.trends])));
    }
    return [...found.values()];
  }

  /** [meanings, problem, sentence]. */
  function read(items) {
    if (!items.some((item) => isNoun(item) || isSense(item))) {
      return [[], "nothing", `Nothing in this is about the picture. What can be changed: ${kinds.join(", ")}.`];
    }
    const parted = items.some((item) => (and.has(item.phrase) && item.phrase !== "with") || item.phrase === ",");
    const keeps = items.some((item) => keep.has(item.phrase));
    const first = [items, bare(items, PLACE), bare(items, { whose: true }), bare(items, BOTH)];
    const last = [bare(items, { face: true, place: true }), bare(items, ALL)];
    const single = (ways) => ways.map(chosen).find((each) => each.length === 1) ?? [];
    if (!keeps) {
      const found = single(parted ? first : [...first, ...last]);
      if (found.length) return [found, "", ""];
    }
    let found = parted || keeps ? ofClauses(items) : [];
    if (!found.length && !keeps) {
      found = single(last);
      if (!found.length) found = ofClauses(items);
    }
    if (found.length > 1) {
      return [found, "several", `That changes more than one thing (${found.map((each) => each.kind).join(" and ")}): say one at a time.`];
    }
    if (found.length && possible(found[0])) return [found, "", ""];
    return [[], ...trouble(items, keeps, found.length > 0)];
  }

  const inQuotes = (list) => list.map((each) => `"${each}"`).join(", ");

  function trouble(items, keeps, impossible) {
    const ways = readings(items);
    const found = ways.length ? ways : readings(bare(items, ALL));
    const said = inQuotes(items.filter(isSense).map((item) => item.phrase));
    if (impossible || (found.length && !found.some(possible))) return ["contradiction", `These contradict each other: ${said}.`];
    if (keeps) return ["nothing", "This asks for no change: say what should change, and how."];
    const nouns = items.filter(isNoun).map((item) => item.phrase);
    if (!said) {
      const example = tables.examples[tables.nouns[nouns[0]][0]];
      return ["vague", `It does not say what the ${nouns[0]} should be like: say for instance "${example}".`];
    }
    if (nouns.length && !found.length) return ["unfit", `${said} cannot be said of the ${nouns.join(" and the ")} here.`];
    return ["vague", `${said} may be about ${found.map((each) => each.kind).join(" or ") || "more than one thing"}: name what you mean.`];
  }

  function notKnown(unknown) {
    const near = Object.values(unknown).flat();
    return `I do not know ${inQuotes(Object.keys(unknown))}${near.length ? `; the nearest words are ${inQuotes(near.slice(0, 6))}` : ""}.`;
  }

  function aloud({ kind, values, trends }, mended, unknown) {
    const said = trends.map((trend) => tables.comparatives[kind][trend.join()]);
    if (values.length !== every[kind].length) {
      const names = values.map((number) => tables.names[kind][number]);
      said.push(names.length <= 4 ? names.join(" or ") : `${names.slice(0, 3).join(" or ")} or ${names.length - 3} others`);
    }
    let sentence = `Understood: ${kind}, ${said.join(", ")}.`;
    const slipped = Object.entries(mended);
    if (slipped.length) sentence += ` I read ${slipped.map(([word, other]) => `"${word}" as "${other}"`).join(", ")}.`;
    return Object.keys(unknown).length ? `${sentence} ${notKnown(unknown)}` : sentence;
  }

  function unreadable(text, plain) {
    const letters = unescaped(text).normalize("NFKD").match(/\p{L}/gu) ?? [];
    if (letters.filter((sign) => sign.codePointAt(0) > 127).length > letters.length / 2) return ["language", "Only English is understood here."];
    if (!plain.length) return ["empty", 'There is no instruction: say what should change, for instance "make his nose longer".'];
    if (plain.length > tables.max_words) return ["long", `That is ${plain.length} words: say it in ${tables.max_words} at most.`];
    const abroad = plain.filter((word) => foreign.has(word)).length;
    const strange = plain.filter((word) => foreign.has(word) || !known.has(word)).length;
    return abroad && abroad + strange >= plain.length ? ["language", "Only English is understood here."] : null;
  }

  function understand(typed) {
    const text = [...typed].slice(0, 10_000).join("");
    const all = pieces(text).filter((piece) => !people.has(piece.replace(/'s$/, "")) || people.has(piece));
    const plain = all.filter((piece) => piece !== ",");
    const refused = unreadable(text, plain);
    if (refused) return { meanings: [], problem: refused[0], sentence: refused[1], unknown: {}, corrections: {} };
    const unknown = Object.fromEntries(unique(plain).filter((word) => corrected(word) === null).map((word) => [word, closest(word, lexicon, 3, 0.66)]));
    const mended = Object.fromEntries(plain.filter((word) => ![null, word].includes(corrected(word))).map((word) => [word, corrected(word)]));
    let [meanings, problem, sentence] = read(itemsOf(all.map((piece) => (piece === "," ? piece : corrected(piece))).filter(Boolean)));
    if (["vague", "nothing"].includes(problem) && Object.keys(unknown).length) {
      sentence = `${problem === "nothing" ? sentence : ""} ${notKnown(unknown)}`.trim();
      problem = problem === "vague" ? "unknown" : problem;
    } else if (!problem) sentence = aloud(meanings[0], mended, unknown);
    return { meanings, problem, sentence, unknown, corrections: mended };
  }

  /** {words, understood}: what the network is told, and how it was read; throws the sentence for what it cannot be told. */
  function told(text) {
    const found = understand(text);
    if (found.problem) throw new Error(found.sentence);
    const words = wordsOf(text).map((word) => corrected(word) ?? word);
    if (words.length > tables.max_words) throw new Error(`That is ${words.length} words: say it in ${tables.max_words} at most.`);
    return { words, understood: found.sentence };
  }

  return { understand, told };
}

/** Up to `n` words of a list that are at least as alike as `cutoff`, the best first: difflib.get_close_matches. */
function closest(word, list, n, cutoff) {
  const alike = list.map((other) => [likenessOf(other, word, cutoff), other]).filter(([score]) => score >= cutoff);
  const order = ([a, one], [b, other]) => b - a || (one < other ? 1 : -1);
  return alike.sort(order).slice(0, n).map(([, other]) => other);
}

/** difflib.SequenceMatcher(None, one, other).ratio(), or 0 where the lengths alone keep it below `cutoff`. */
function likenessOf(one, other, cutoff) {
  const length = one.length + other.length;
  if ((2 * Math.min(one.length, other.length)) / length < cutoff) return 0;
  const matches = (from, to, start, end) => {
    let [bestI, bestJ, best] = [from, start, 0];
    let before = new Map();
    for (let i = from; i < to; i += 1) {
      const now = new Map();
      for (let j = start; j < end; j += 1) {
        if (one[i] !== other[j]) continue;
        const size = (before.get(j - 1) ?? 0) + 1;
        now.set(j, size);
        if (size > best) [bestI, bestJ, best] = [i - size + 1, j - size + 1, size];
      }
      before = now;
    }
    return best && best + matches(from, bestI, start, bestJ) + matches(bestI + best, to, bestJ + best, end);
  };
  return (2 * matches(0, one.length, 0, other.length)) / length;
}
