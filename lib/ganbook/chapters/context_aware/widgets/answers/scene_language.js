// What a caption says, step by step as ganbook.data.scene_grammar and scene_language read it; words, tags and grammar come from
// Python (language.py). A token is {text, word, tag}, a tree {label, parts}, its leaves [word, tag].

/** Rules as language.py makes them. Gives {read, fill, context, note, letters, isSlip}. */
function sceneLanguage(rules) {
  const lexicon = new Map(Object.entries(rules.lexicon));
  const tables = Object.fromEntries(Object.entries(rules.tables).map(([name, table]) =>
    [name, Array.isArray(table) ? new Set(table) : new Map(Object.entries(table))]));
  const adverbsAnywhere = new Set(rules.tables.TAGS.RB);
  const longest = Math.max(...[...lexicon.keys()].map((phrase) => phrase.split(" ").length));
  const { not_said: NOT_SAID, people, things } = rules;

  // Words

  /** Entities as a browser reads them, and as Python's html.unescape does. */
  function unescaped(text) {
    const field = document.createElement("textarea");
    field.innerHTML = text.replaceAll("<", "&lt;").replaceAll("\0", " ");
    return field.value;
  }

  /** Whether a sign of decomposed text goes on top of another: what Unicode's order moves before the last of all classes. */
  const isCombining = (sign) => sign === "\u0345" || `\u0345${sign}`.normalize("NFD") !== `\u0345${sign}`;

  const END_OF_WORD = "(?![\\p{L}\\p{N}_])"; // what \b is in Python, behind a letter
  const signs = rules.signs.map((pattern) => new RegExp(pattern.replaceAll("\\b", END_OF_WORD), "gu"));
  const CANNOT = new RegExp(`(?<![\\p{L}\\p{N}_])can't${END_OF_WORD}`, "gu");
  const NOT = new RegExp(`n't${END_OF_WORD}`, "gu");

  function sentencesOf(text) {
    let plain = unescaped([...text].slice(0, rules.max_letters).join("")).replace(/<(script|style)\b[^]*?<\/\1\s*>|<[^<>]*>/gi, " ");
    plain = [...plain.replaceAll("\u2019", "'").normalize("NFKD").toLowerCase()].filter((sign) => sign < "\u0300" || !isCombining(sign)).join("");
    plain = plain.replaceAll("-", " ").replaceAll("w/o", "without").replace(/(?<![\p{L}\p{N}_])w\/ ?/gu, "with ");
    const [end, comma, word] = signs;
    const parts = plain.split(end).map((part) => part.replace(comma, " , "));
    const found = parts.map((part) => part.replace(CANNOT, "can not").replace(NOT, " not").match(word) ?? []).filter((pieces) => pieces.some((piece) => /^[a-z]/.test(piece)));
    return found.flatMap((pieces) => Array.from({ length: Math.ceil(pieces.length / rules.max_words) }, (_, n) =>
      pieces.slice(n * rules.max_words, (n + 1) * rules.max_words)));
  }

  function singular(phrase) {
    for (const [ending, put] of [["ies", "y"], ["ves", "f"], ["es", ""], ["s", ""]]) {
      if (!phrase.endsWith(ending)) continue;
      const one = phrase.slice(0, -ending.length) + put;
      if (["THG", "PER", "PLC", "GAR"].includes(lexicon.get(one))) return one;
    }
    return null;
  }

  /** Whether a letter of `word` was dropped, added twice, swapped or changed. */
  function isSlip(slip, word) {
    const size = word.length;
    if (slip.length < 4 || slip === word) return false;
    const without = (text, at) => text.slice(0, at) + text.slice(at + 1);
    let at = 0; // the first letter that differs
    while (slip[at] === word[at]) at += 1;
    if (slip.length === size + 1) {
      return without(slip, at) === word && at > 0 && (slip[at] === slip[at - 1] || (size >= 6 && at < size && /[a-z]/.test(slip[at])));
    }
    if (size === 3) return false;
    if (slip.length === size - 1) return at > 0 && without(word, at) === slip;
    if (slip.length !== size) return false;
    const swapped = slip[at] === word[at + 1] && slip[at + 1] === word[at] && slip.slice(at + 2) === word.slice(at + 2);
    return swapped || (size >= 5 && at > 0 && without(slip, at) === without(word, at) && /[a-z]/.test(slip[at]));
  }

  const mendable = [...lexicon].filter(([word, tag]) => rules.meant.includes(tag) && word.length >= 3 && /^[a-z]+$/.test(word)).map(([word]) => word);
  const mended = new Map();
  /** The only word of which it is a slip, or null. */
  function mend(slip) {
    if (!mended.has(slip)) {
      const found = mendable.filter((word) => isSlip(slip, word));
      mended.set(slip, found.length === 1 ? found[0] : null);
    }
    return mended.get(slip);
  }

  const readAs = (word) => (lexicon.has(word) ? word : singular(word) ?? mend(word));

  function guessed(word) {
    if (word === ",") return ",";
    if (word.endsWith("ing") || (word.endsWith("ed") && word.length > 4)) return "V";
    return word.endsWith("ly") && word.length > 4 ? "RB" : "N";
  }

  function tagged(words) {
    const found = [];
    let at = 0;
    while (at < words.length) {
      let size = Math.min(longest, words.length - at);
      let token = null;
      for (; size > 0 && !token; size -= 1) {
        const phrase = words.slice(at, at + size).join(" ");
        const word = lexicon.has(phrase) ? phrase : size > 1 ? singular(phrase) : readAs(phrase);
        if (word !== null) token = { text: phrase, word, tag: lexicon.get(word) };
      }
      found.push(token ?? { text: words[at], word: words[at], tag: guessed(words[at]) });
      at += token ? size + 1 : 1;
    }
    return inContext(found);
  }

  const NOUNS = ["DT", "JJ", "COL", "AGE", "PER", "PLC", "THG", "N", "CD", "PRP", "GAR"];

  /** Tags that depend on the neighbours. */
  function inContext(tokens) {
    const tags = tokens.map((token) => token.tag);
    tokens.forEach((token, at) => {
      const before = at ? tags[at - 1] : "";
      const behind = tokens[at + 1]?.tag ?? "";
      if (tables.ADVERBS.has(token.word)) {
        const of = behind === "IN" && tokens[at + 1].word === "of";
        if (token.word === "home") tags[at] = ["DT", "IN", "JJ", "PRP"].includes(before) ? "PLC" : "LOC";
        else tags[at] = (["DT", "PLC", "JJ", "AGE"].includes(behind) || of) && ["inside", "outside"].includes(token.word) ? "IN" : "LOC";
      } else if (token.word === "'s") tags[at] = !behind || ["V", "DT", "IN", "NEG", "RB", "LOC"].includes(behind) ? "AUX" : "POS";
      else if (token.tag === "N" && before === "PER" && !lexicon.has(token.word)) tags[at] = "V";
      else if (token.tag === "IN" && adverbsAnywhere.has(token.word) && !NOUNS.includes(behind)) tags[at] = "RB";
      else if (token.word === "no" && NOUNS.includes(behind)) tags[at] = "DT";
      else if (token.word === "orange" && token.tag === "COL" && ![...NOUNS, "CC", ","].includes(behind) && ["DT", "COL"].includes(before)) tags[at] = "N";
    });
    return tokens.map((token, at) => ({ ...token, tag: tags[at] }));
  }

  // Trees: each rule of the grammar, one after the other, puts tags together, as nltk.RegexpParser does

  const grammar = rules.grammar.split("\n").map((line) => line.match(/^\s*(\w+): *\{(.*)\}$/)).filter(Boolean).map(([, label, pattern]) =>
    ({ label, pattern: new RegExp(pattern.replaceAll("<", "(?:<(?:").replaceAll(">", ")>)"), "g") }));

  function treeOf(tokens) {
    let parts = tokens.map(({ word, tag }) => [word, tag]);
    for (const { label, pattern } of grammar) {
      const tags = parts.map((part) => `<${Array.isArray(part) ? part[1] : part.label}>`);
      const at = new Map(); // where in the text of tags a part begins
      let length = 0;
      tags.forEach((tag, number) => {
        at.set(length, number);
        length += tag.length;
      });
      at.set(length, tags.length);
      const next = [];
      let done = 0;
      for (const match of tags.join("").matchAll(pattern)) {
        const [first, last] = [at.get(match.index), at.get(match.index + match[0].length)];
        next.push(...parts.slice(done, first), { label, parts: parts.slice(first, last) });
        done = last;
      }
      parts = [...next, ...parts.slice(done)];
    }
    return { label: "S", parts };
  }

  // Entities

  const BOOKISH = ["book", "toy", "map"];

  /** How many tokens say only that this is a picture. */
  function framed(tokens) {
    for (const [at, token] of tokens.slice(0, 6).entries()) {
      if (!tables.PICTURES.has(token.text) || BOOKISH.includes(token.text)) continue;
      const before = tokens.slice(0, at).some((each) => !["DT", "AUX", "PRP", "JJ", "V", "PLC", "COL"].includes(each.tag));
      const ends = ["of", "showing", "shows", "with", "where", "in"].includes(tokens[at + 1]?.text ?? "");
      return ends && !before ? at + 2 : 0;
    }
    return 0;
  }

  const entity = (words, kind, meaning, several = false, looks = []) => ({ words, kind, meaning, several, looks });

  /** Goes through the tree of one sentence from left to right, and adds to `found` what it names. */
  function walk(tokens, root, found) {
    const start = framed(tokens);
    const bare = !tokens.some((token) => ["V", "AUX", "DT", "IN"].includes(token.tag));
    let [at, verb, part, wearer] = [0, "", "", null];
    let [later, window, negated, depicted] = [false, false, false, false];
    const looking = () => tables.LOOKING.has(verb);
    const going = (preposition) => preposition === "to" && tables.GOING.has(verb);

    function through({ parts, label }, inner = "") {
      let preposition = inner;
      for (const child of parts) {
        if (Array.isArray(child)) {
          if (child[1] === "IN") preposition = label === "PP" ? `${preposition} ${child[0]}`.trim() : child[0];
          leaf(tokens[at], preposition);
          at += 1;
        } else if (child.label === "NP") {
          nounPhrase(child, preposition);
          preposition = label === "PP" ? preposition : "";
        } else {
          through(child);
          preposition = "";
        }
      }
    }

    function leaf(token, preposition) {
      const { word, tag } = token;
      if (tag === "V" || tag === "AUX") {
        negated &&= tag === "AUX";
        verb = tag === "V" ? word : verb;
        depicted = false;
        later ||= tables.LATER.has(word);
      } else if (tag === "NEG") negated = true;
      else if (tag === "CC" || tag === ",") {
        later &&= ![",", "but", "so", "while"].includes(word);
        negated = false;
        depicted &&= word === "and";
        window &&= word === "and";
        verb = "";
      } else if (tag === "LOC") place(token.text, tables.ADVERBS.get(word), 2, preposition);
      else if (tag === "PRP" && tables.PRONOUNS.has(word)) found.pronouns.push(entity(token.text, "person", tables.PRONOUNS.get(word)));
      else if (tag === "COL" && preposition === "in") wears(tables.COLOUR_WORDS.get(word), "clothes");
      else if (tag === "JJ") {
        negated = false;
        verb = looking() ? "" : verb;
        if (tables.HAIRY.has(word)) wears(tables.HAIRY.get(word), "hair");
        else if (word === "bald" || word === "bearded") wears("", tables.LOOKS.get(word));
      }
    }

    function nounPhrase(tree, given) {
      const first = at;
      at += tree.parts.length;
      const own = tokens.slice(first, at);
      const last = own.at(-1);
      if (at <= start) return;
      if (own[0].tag === "NOB") {
        found.entities.push(entity(own[0].text, "nobody", "nobody"));
        return;
      }
      const preposition = given === "of" && part ? part : given;
      nouns(own, preposition);
      part = tables.PARTS.has(last.word) ? preposition : "";
      if (tables.ADVERBS.has(preposition) && last.tag === "PER") place(preposition, tables.ADVERBS.get(preposition), 2, "");
      if (own.some(({ word }) => word === "window" || word === "windows")) {
        window ||= ["out", "out of", "through", "at", "from", "out at", "by", ""].includes(preposition);
      }
      if (tables.PICTURES.has(last.word) && first + own.length > start) depicted = true;
      else if (preposition !== "of") depicted = false;
    }

    /** Whom and what a noun phrase names. */
    function nouns(own, preposition) {
      const away = (depicted && ["of", "with", "showing"].includes(preposition)) || preposition === "like" || preposition === "as";
      const words = own.map((token) => token.text).join(" ");
      const denied = () => own[0].word === "no" || negated;
      let colour = "";
      own.forEach((token, number) => {
        const { word, tag } = token;
        const behind = own.slice(number + 1).map((each) => each.tag);
        const last = !behind.length || behind[0] === "POS" || behind.every((name) => name === "PER");
        if (tag === "COL") colour = tables.COLOUR_WORDS.get(word);
        else if (tag === "PER" && behind[0] === "POS" && !away) found.owners.push(person(own.slice(0, number + 1), words));
        else if (tag === "PER" && !behind.length && !away && !denied()) {
          wearer = found.entities.length;
          found.entities.push(person(own, words));
        } else if (tag === "GAR") {
          const styles = own.slice(0, number).filter((each) => tables.LOOKS.has(each.word)).map((each) => tables.LOOKS.get(each.word));
          wears(colour, tables.GARMENTS.get(word));
          if (word === "hair" || styles.includes("stripes")) styles.forEach((style) => wears("", style));
          colour = "";
        } else if (tag === "THG" && last && !away && !denied()) {
          found.entities.push(entity(words, "thing", tables.SYNONYMS.get(word), token.text !== word));
        } else if (tag === "PLC" && !away) {
          const fixed = behind.length > 0 && own.slice(number + 1).every((each) => tables.FIXED.has(each.word) || bare);
          if (!behind.length || fixed) placeNoun(token, words, preposition, fixed);
        }
      });
    }

    function placeNoun(token, words, preposition, fixed) {
      let meaning = tables.PLACES.get(token.word);
      let strength = preposition ? 3 : 1;
      const last = preposition && !tables.LOCATIVES.has(preposition) ? preposition.split(" ").at(-1) : preposition;
      if (tables.BUILDINGS.has(token.word) && !fixed) {
        if (tables.OUTSIDE_OF.has(preposition)) meaning = "outdoors";
        else if (!tables.WITHIN.has(preposition) && !going(preposition)) return;
      } else if (["outside", "outside of", "out of"].includes(preposition) && meaning === "indoors") return;
      if (!preposition && (tables.WEAK.has(token.word) || looking())) return;
      if (preposition && !tables.LOCATIVES.has(last)) {
        if (going(preposition)) strength = 2;
        else if (["of", "with", "for", "from"].includes(preposition) && !verb && !found.places.length) {
          strength = 1;
          if (preposition === "from" || tables.WEAK.has(token.word)) return;
        } else return;
      }
      place(words, meaning, strength, preposition);
    }

    function place(words, meaning, strength, preposition) {
      const looks = looking() && ["at", "into", "on", "onto", "over", "towards", "toward", "out at"].includes(preposition);
      if (later || looks || (window && meaning === "outdoors" && looking())) return;
      if (negated) {
        negated = false;
        if (tables.ADVERBS.has(words)) {
          found.places.push([1, entity(`not ${words}`, "place", meaning === "outdoors" ? "indoors" : "outdoors")]);
        }
        return;
      }
      const named = entity(`${preposition} ${words}`.trim(), "place", meaning);
      found.entities.push(named);
      found.places.push([strength, named]);
    }

    function person(own, words) {
      const noun = own.at(-1);
      const several = tables.PLURALS.has(noun.word) || noun.text !== noun.word || own.some((each) => each.tag === "CD" && each.word !== "one");
      let [gender, age] = tables.PEOPLE.get(tables.PLURALS.get(noun.word) ?? noun.word).split(" ");
      const looks = [];
      const owner = own.findLastIndex((token) => token.tag === "POS");
      for (const { word, tag } of own.slice(owner + 1, -1)) {
        if (tag === "AGE") age = aged(age, tables.AGES.get(word));
        else if (tag === "COL") looks.push([tables.COLOUR_WORDS.get(word), "person"]);
        else if (tables.HAIRY.has(word)) looks.push([tables.HAIRY.get(word), "hair"]);
        else if (tables.LOOKS.has(word) && word !== "long") looks.push(["", tables.LOOKS.get(word)]);
      }
      if (tables.HAIRY.has(noun.word)) looks.push([tables.HAIRY.get(noun.word), "hair"]);
      return entity(words, "person", `${gender} ${age}`, several, looks);
    }

    function wears(colour, what) {
      if (wearer === null) return;
      const one = found.entities[wearer];
      found.entities[wearer] = { ...one, looks: [...one.looks, [colour, what]] };
    }

    through(root);
  }

  /** The age of somebody whose noun says one thing and whose adjective another. */
  function aged(noun, adjective) {
    if (adjective === "young") return { grown: "adult", any: "young" }[noun] ?? noun;
    return noun === "grown" || noun === "any" ? adjective : noun;
  }

  /** {trees, entities, place, person}, the last two null where a text does not say them. */
  function read(text) {
    const found = { entities: [], places: [], pronouns: [], owners: [] };
    const trees = sentencesOf(text).map((words) => {
      const tokens = tagged(words);
      const tree = treeOf(tokens);
      walk(tokens, tree, found);
      return tree;
    });
    const clearest = Math.max(...found.places.map(([strength]) => strength));
    const people = found.entities.filter(({ kind }) => kind === "person" || kind === "nobody");
    return {
      trees, entities: found.entities, place: found.places.find(([strength]) => strength === clearest)?.[1] ?? null,
      person: [...people, ...found.owners, ...found.pronouns][0] ?? null,
    };
  }

  // Who is meant

  /** Numbers of the people of whom the words are true; what is said of looks counts only if it is true of anybody. */
  function fits({ meaning, looks }) {
    const [gender, age] = meaning.split(" ");
    const group = [...people.keys()].filter((n) => ["any", people[n].gender].includes(gender) && rules.ages[age].includes(people[n].age));
    const exact = group.filter((n) => looks.every(([colour, what]) => has(people[n], colour, what)));
    return exact.length ? exact : group;
  }

  function has(person, colour, what) {
    const open = (own) => colour === "" || colour === own;
    if (what === "person") return (rules.skins[colour] ?? []).includes(person.skin) || person.hair === colour;
    if (what === "hair") return !colour || (person.hair === colour && !["bald", "scarf", "cap"].includes(person.style));
    if (what === "clothes") return [person.top, person.below].includes(colour);
    if (["dress", "coat", "suit"].includes(what)) return person.wear === what && open(person.top);
    if (["skirt", "trousers", "shorts", "overalls"].includes(what)) return person.wear === what && open(person.below);
    if (what === "shirt") return !["dress", "coat", "suit"].includes(person.wear) && open(person.top);
    if (["cap", "scarf"].includes(what)) return person.style === what && open(person.accent);
    if (["beard", "moustache"].includes(what)) return person.beard === what;
    if (what === "stripes") return person.pattern === "stripes";
    return what === "glasses" || what === "cane" ? person[what] : person.style === what;
  }

  /** Of whom the words for the person may be true: everybody where nobody is named, nobody where it says "nobody". */
  function meant({ person }) {
    if (!person) return [...people.keys()];
    return person.kind === "nobody" ? [] : fits(person);
  }

  // What comes from where

  const slot = (name, said, value, source) => ({ name, said, value, source });

  function slotsOf(reading, outdoors, person) {
    const named = reading.entities.filter((each) => each.kind === "thing");
    const words = named.map((each) => each.words).join(", ") || NOT_SAID;
    const numbers = [...new Set(named.map((each) => things.indexOf(each.meaning)))];
    return [placeSlot(reading.place, outdoors), personSlot(reading, person), slot("things", words, numbers, named.length ? "text" : "nothing")];
  }

  function placeSlot(said, outdoors) {
    if (said) return slot("place", said.words, Number(said.meaning === "outdoors"), "text");
    return slot("place", NOT_SAID, outdoors, outdoors === null ? "nothing" : "context");
  }

  function personSlot(reading, person) {
    if (!reading.person) return slot("person", NOT_SAID, person, person === null ? "nothing" : "context");
    const { words } = reading.person;
    const who = meant(reading);
    if (who.length === 1) return slot("person", words, who[0], "text");
    return who.includes(person) ? slot("person", words, person, "text and context") : slot("person", words, null, "text");
  }

  /** The slots of one picture; `outdoors` (0, 1) and `person` are what the context picture shows, null without one. */
  function fill(reading, outdoors, person, wins) {
    const silent = slotsOf(read(""), outdoors, person);
    return slotsOf(reading, outdoors, person).map((own, number) => {
      const other = silent[number];
      const contradicted = number < 2 && own.source === "text" && other.value !== null && own.value !== other.value;
      const chosen = contradicted && wins === "context" ? slot(own.name, own.said, other.value, "context") : own;
      return { ...chosen, contradicted };
    });
  }

  // What the networks are told

  const largest = (numbers) => numbers.indexOf(Math.max(...numbers));
  const oneHot = (n, number) => Array.from({ length: n }, (_, at) => Number(at === number));
  const sees = (numbers) => numbers.some((each) => each > 0);
  const hardened = (numbers, hard) => (hard && sees(numbers) ? oneHot(numbers.length, largest(numbers)) : numbers);

  /** The context vector; `seen` holds the recognisers' probabilities {outdoors, people}, zeros without a context picture. */
  function context(reading, seen, { takes, hard }, wins) {
    const parts = [];
    if (takes.includes("place")) {
      const speaks = wins === "context" ? sees(seen.outdoors) : !reading.place;
      const said = reading.place ? Number(reading.place.meaning === "outdoors") : -1;
      parts.push(speaks ? hardened(seen.outdoors, hard) : oneHot(2, said));
    }
    if (takes.includes("person")) {
      const who = meant(reading);
      const shown = sees(seen.people);
      const agrees = shown && who.includes(largest(seen.people));
      if (who.length === 1 && (wins === "text" || !shown)) parts.push(oneHot(people.length, who[0]));
      else parts.push(agrees || wins === "context" ? hardened(seen.people, hard) : oneHot(people.length, -1));
    }
    return parts.flat();
  }

  const alphabet = new Map([...rules.alphabet].map((symbol, at) => [symbol, at + 1]));
  /** The number of each letter; 0 for other signs and behind the end. */
  function letters(text) {
    const found = new Int32Array(rules.letters);
    [...text.toLowerCase()].slice(0, rules.letters).forEach((symbol, at) => (found[at] = alphabet.get(symbol) ?? 0));
    return found;
  }

  /** A sentence on what cannot be read of a text, or "". */
  function note(text, reading, hasContext) {
    const { empty, foreign, nothing, long, from_context: given, from_nothing: open } = rules.notes;
    const all = [...text];
    const known = all.filter((sign) => /\p{L}/u.test(sign));
    const rest = hasContext ? given : open;
    if (!/[^\s\x1c-\x1f\x85]|\ufeff/.test(text)) return `${empty}, ${rest}`;
    if (!reading.entities.length && !reading.place && !reading.person) {
      const abroad = known.filter((sign) => !/[a-z]/i.test(sign.normalize("NFKD"))).length;
      return `${abroad > known.length / 2 ? foreign : nothing}, ${rest}`;
    }
    return all.length > rules.letters ? long.replace("{n}", all.length.toLocaleString("en")) : "";
  }

  return { read, fill, context, note, letters, isSlip };
}
