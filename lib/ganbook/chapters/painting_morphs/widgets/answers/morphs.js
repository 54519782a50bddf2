// Recorded answers of the widgets of morphs. The search brings all that it shows: nobody is asked.

answers.latent_search = () => async () => ({ buffers: [] });

const NO_GIF = "This page holds the GIFs of morphs on the sphere only. For others run make lab and open this widget's chapter.";

answers.morph_player = ({ films }) => async ({ start, end, path, gif: wantsGif }) => {
  const { read, due, film, gif } = films[`${start}-${end}-${path}`];
  if (!wantsGif) return { read, due, buffers: [film] };
  if (!gif) throw new Error(NO_GIF);
  return { buffers: [gif] };
};

answers.period_shelf = ({ thumbnails, size, films, alike, fewest }, { years }) => {
  const small = Array.from(new Float32Array(thumbnails.slice().buffer));
  const thumbnail = (number) => small.slice(number * size, (number + 1) * size);

  return async ({ start, end }) => {
    const [first, last] = [start, end].map((numbers) => numbers.toSorted((a, b) => a - b));
    const note = whyNoMorph(first, last, years, fewest);
    if (note) return { note, pairs: [], alone: [], buffers: [] };
    const distances = contentDistances(first.map(thumbnail), last.map(thumbnail));
    const found = alikePairs(distances, alike);
    const pairs = found.map(([a, b]) => [first[a], last[b], distances[a][b], first[a] > last[b]]);
    const paired = new Set(pairs.flatMap(([a, b]) => [a, b]));
    const film = ([a, b]) => films[`${Math.min(a, b)}-${Math.max(a, b)}`];
    return { note: "", pairs, alone: [...first, ...last].filter((number) => !paired.has(number)), buffers: pairs.map(film) };
  };
};

/** Sentences as Python's check_sets gives them; "" if all is well. */
function whyNoMorph(start, end, years, fewest) {
  for (const [name, set] of [["start", start], ["end", end]]) {
    const have = ["it is empty", "it has 1"][set.length] ?? `it has ${set.length}`;
    if (set.length < fewest) return `The ${name} set needs at least ${fewest} pictures, ${have}.`;
  }
  const [first, last] = [start, end].map((set) => meanOf(set.map((number) => years[number])));
  if (first < last) return "";
  return `The start set must be earlier than the end set, got years ${first.toFixed(1)} and ${last.toFixed(1)}.`;
}

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Values with mean 0 and variance 1. */
function standardised(values) {
  const mean = meanOf(values);
  const deviation = Math.max(1e-3, Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))));
  return values.map((value) => (value - mean) / deviation);
}

const columnsOf = (table) => table[0].map((_, column) => table.map((row) => row[column]));

/** As Python's content_distances, from thumbnails. */
function contentDistances(start, end) {
  const [first, last] = [start, end].map((set) => columnsOf(columnsOf(set).map(standardised)).map(standardised));
  return first.map((one) => last.map((other) => Math.sqrt(meanOf(one.map((value, k) => (value - other[k]) ** 2)))));
}

/** As Python's alike_pairs: [row, column] of the pairs that are alike. */
function alikePairs(distances, alike) {
  const sorted = distances.flat().sort((a, b) => a - b);
  const place = (sorted.length - 1) * alike;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  const limit = below + (place % 1) * (above - below);
  const costs = distances.map((row) => row.map((value) => Math.min(value, limit)));
  return assignment(costs).filter(([a, b]) => distances[a][b] <= limit);
}

/** [row, column] of each pair, so that the costs have the least sum: the Hungarian method (Kuhn 1955), a row at a time. */
function assignment(costs) {
  const [n, m] = [costs.length, costs[0].length];
  if (n > m) return assignment(columnsOf(costs)).map(([a, b]) => [b, a]).sort(([a], [b]) => a - b);
  const rowPrice = Array(n).fill(0);
  const columnPrice = Array(m + 1).fill(0);
  const rowOf = Array(m + 1).fill(-1); // the last column is where a new row waits
  for (let row = 0; row < n; row += 1) {
    const least = Array(m).fill(Infinity);
    const from = Array(m).fill(m);
    const seen = Array(m + 1).fill(false);
    let column = m;
    rowOf[m] = row;
    do {
      seen[column] = true;
      const here = rowOf[column];
      let next = -1;
      for (let each = 0; each < m; each += 1) {
        if (seen[each]) continue;
        const price = costs[here][each] - rowPrice[here] - columnPrice[each];
        if (price < least[each]) [least[each], from[each]] = [price, column];
        if (next < 0 || least[each] < least[next]) next = each;
      }
      const step = least[next];
      for (let each = 0; each <= m; each += 1) {
        if (seen[each]) {
          rowPrice[rowOf[each]] += step;
          columnPrice[each] -= step;
        } else least[each] -= step;
      }
      column = next;
    } while (rowOf[column] >= 0);
    for (; column !== m; column = from[column]) rowOf[column] = rowOf[from[column]];
  }
  return rowOf.slice(0, m).map((row, column) => [row, column]).filter(([row]) => row >= 0).sort(([a], [b]) => a - b);
}
