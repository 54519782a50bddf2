// Draws avatars as Python does: runs the steps that ganbook.data.avatars.program noted while the renderer drew.
// A tensor is {shape, data}; numbers are float32 as in torch.

const sizeOf = (shape) => shape.reduce((product, each) => product * each, 1);
const scalar = (value) => ({ shape: [], data: Float32Array.of(value) });

/** For each number of a tensor of the shape `to` its place in one of the shape `from`, which is broadcast. */
function broadcastIndex(from, to) {
  const steps = [];
  let step = 1;
  for (let d = from.length - 1; d >= 0; d -= 1) {
    steps[d + to.length - from.length] = from[d] === 1 ? 0 : step;
    step *= from[d];
  }
  const index = new Int32Array(sizeOf(to));
  const at = new Array(to.length).fill(0);
  let place = 0;
  for (let i = 0; i < index.length; i += 1) {
    index[i] = place;
    for (let d = to.length - 1; d >= 0; d -= 1) {
      at[d] += 1;
      place += steps[d] ?? 0;
      if (at[d] < to[d]) break;
      place -= (steps[d] ?? 0) * to[d];
      at[d] = 0;
    }
  }
  return index;
}

const indices = new Map(); // few pairs of shapes occur

function spread(tensor, shape) {
  if (tensor.shape.length === shape.length && tensor.shape.every((each, d) => each === shape[d])) return tensor.data;
  if (tensor.data.length === 1) return new Float32Array(sizeOf(shape)).fill(tensor.data[0]);
  const key = `${tensor.shape}>${shape}`;
  if (!indices.has(key)) indices.set(key, broadcastIndex(tensor.shape, shape));
  const index = indices.get(key);
  const data = new Float32Array(index.length);
  for (let i = 0; i < data.length; i += 1) data[i] = tensor.data[index[i]];
  return data;
}

function commonShape(tensors) {
  const shape = [];
  for (const each of tensors) each.shape.forEach((size, d) => {
    const place = d - each.shape.length; // from the end
    shape[-place - 1] = Math.max(shape[-place - 1] ?? 1, size);
  });
  return shape.reverse();
}

/** An operator that takes its arguments, broadcast, number by number; each has a loop of its own, which a browser makes fast. */
const elementwise = (loop) => (...tensors) => {
  const shape = commonShape(tensors);
  const out = new Float32Array(sizeOf(shape));
  loop(out, ...tensors.map((each) => spread(each, shape)));
  return { shape, data: out };
};

/** The same of one tensor, and numbers that hold for all. */
const each = (loop) => ({ shape, data }, ...numbers) => {
  const out = new Float32Array(data.length);
  loop(out, data, ...numbers);
  return { shape, data: out };
};

const within = (value, low, high) => Math.min(high ?? Infinity, Math.max(low ?? -Infinity, value));
const fround = Math.fround;

/** Numbers from `start` to `stop` along a dimension. */
function cut({ shape, data }, dimension, start, stop) {
  const inner = sizeOf(shape.slice(dimension + 1));
  const outer = sizeOf(shape.slice(0, dimension));
  const end = Math.min(stop, shape[dimension]);
  const size = (end - start) * inner;
  const found = new Float32Array(outer * size);
  for (let i = 0; i < outer; i += 1) found.set(data.subarray((i * shape[dimension] + start) * inner, (i * shape[dimension] + end) * inner), i * size);
  return { shape: shape.with(dimension, end - start), data: found };
}

function joined(tensors, dimension) {
  const shape = tensors[0].shape.with(dimension, tensors.reduce((sum, each) => sum + each.shape[dimension], 0));
  const outer = sizeOf(shape.slice(0, dimension));
  const data = new Float32Array(sizeOf(shape));
  let place = 0;
  for (let i = 0; i < outer; i += 1) {
    for (const each of tensors) {
      const size = each.data.length / outer;
      data.set(each.data.subarray(i * size, (i + 1) * size), place);
      place += size;
    }
  }
  return { shape, data };
}

const even = (value) => { // torch rounds halves to even numbers
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2 ? 1 : 0) : Math.round(value);
};

const OPERATORS = {
  mul: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = a[i] * b[i]; }),
  add: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = a[i] + b[i]; }),
  sub: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = a[i] - b[i]; }),
  rsub: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = b[i] - a[i]; }),
  div: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = a[i] / b[i]; }),
  pow: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = b[i] === 2 ? a[i] * a[i] : a[i] ** b[i]; }),
  maximum: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.max(a[i], b[i]); }),
  minimum: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.min(a[i], b[i]); }),
  atan2: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.atan2(a[i], b[i]); }),
  remainder: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = a[i] - Math.floor(a[i] / b[i]) * b[i]; }),
  gt: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = Number(a[i] > b[i]); }),
  lt: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = Number(a[i] < b[i]); }),
  eq: elementwise((out, a, b) => { for (let i = 0; i < out.length; i += 1) out[i] = Number(a[i] === b[i]); }),
  where: elementwise((out, a, b, c) => { for (let i = 0; i < out.length; i += 1) out[i] = (a[i] ? b[i] : c[i]); }),
  lerp: elementwise((out, a, b, c) => { for (let i = 0; i < out.length; i += 1) out[i] = (c[i] < 0.5 ? a[i] + c[i] * fround(b[i] - a[i]) : b[i] - fround(b[i] - a[i]) * fround(1 - c[i])); }),
  clamp: each((out, a, low, high) => { for (let i = 0; i < out.length; i += 1) out[i] = within(a[i], low, high); }),
  clamp_min: each((out, a, low) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.max(a[i], low); }),
  abs: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.abs(a[i]); }),
  sqrt: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.sqrt(a[i]); }),
  neg: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = -a[i]; }),
  sin: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.sin(a[i]); }),
  cos: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.cos(a[i]); }),
  exp: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.exp(a[i]); }),
  sign: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.sign(a[i]); }),
  floor: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = Math.floor(a[i]); }),
  round: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = even(a[i]); }),
  frac: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = a[i] - Math.trunc(a[i]); }),
  reciprocal: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = 1 / a[i]; }),
  ones_like: each((out, a) => { for (let i = 0; i < out.length; i += 1) out[i] = 1; }),
  copy: (_, source) => source,
  clone: (a) => a,
  detach: (a) => a,
  _to_copy: (a) => a,
  expand: (a, shape) => ({ shape, data: spread(a, shape) }),
  unsqueeze: ({ shape, data }, at) => ({ shape: shape.toSpliced(at < 0 ? shape.length + 1 + at : at, 0, 1), data }),
  select: (a, d, at) => {
    const { shape, data } = cut(a, d, at, at + 1);
    return { shape: shape.toSpliced(d, 1), data };
  },
  unbind: (a, d, number) => OPERATORS.select(a, d, number),
  slice: (a, d, start, stop) => cut(a, d, start, stop),
  split_with_sizes: (a, sizes, d, number) => {
    const start = sizes.slice(0, number).reduce((sum, each) => sum + each, 0);
    return cut(a, d, start, start + sizes[number]);
  },
  cat: (tensors, d) => joined(tensors, d),
  index: ({ shape, data }, [at]) => {
    const size = sizeOf(shape.slice(1));
    return { shape: [1, ...shape.slice(1)], data: data.slice(at.data[0] * size, (at.data[0] + 1) * size) };
  },
};
const OF_TENSORS = new Set(["mul", "add", "sub", "rsub", "div", "pow", "maximum", "minimum", "remainder", "gt", "lt", "eq", "where", "lerp"]);

/** A function from attributes (14 numbers), skin and hair (three from 0 to 1 each) to a picture, Uint8Array (side x side x 3). */
function avatarPainter(program, side) {
  const made = (value, steps, wants) => {
    if (Array.isArray(value)) return value.map((each) => made(each, steps, wants));
    if (value !== null && typeof value === "object") return "at" in value ? steps[value.at] : { shape: value.shape, data: Float32Array.from(value.data) };
    return wants && typeof value === "number" ? scalar(value) : value;
  };
  const lastUse = new Map(); // what is not needed any more is let go
  const note = (value, number) => {
    if (Array.isArray(value)) value.forEach((each) => note(each, number));
    else if (value?.at !== undefined) lastUse.set(value.at, number);
  };
  program.forEach((step, number) => note(step, number));
  const free = new Map();
  lastUse.forEach((number, at) => free.set(number, [...(free.get(number) ?? []), at]));
  return (attributes, skin, hair) => {
    const pixels = Float32Array.from({ length: side }, (_, i) => fround(fround(i + 0.5) * fround(2 / side)) - 1);
    const inputs = { attributes, skin, hair };
    const steps = [];
    program.forEach(([name, ...told], number) => {
      if (name in inputs) steps.push({ shape: [1, inputs[name].length], data: Float32Array.from(inputs[name]) });
      else if (name === "pixels") steps.push({ shape: [side], data: pixels });
      else steps.push(OPERATORS[name](...told.map((each) => made(each, steps, OF_TENSORS.has(name)))));
      (free.get(number) ?? []).forEach((at) => (steps[at] = null));
    });
    const { data } = steps.at(-1);
    const picture = new Uint8Array(3 * side * side);
    for (let i = 0; i < side * side; i += 1) {
      for (let c = 0; c < 3; c += 1) {
        const value = within(fround(fround(2 * data[c * side * side + i]) - 1), -1, 1);
        picture[3 * i + c] = even(fround(fround(value + 1) * 127.5));
      }
    }
    return picture;
  };
}
