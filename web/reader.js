"use strict";
// A worker that reads a .safetensors or .npy file piece by piece and posts what each of its tensors measures. Nothing
// leaves the browser.

const PIECE = 8 * 1024 * 1024; // bytes that are read at once; a multiple of every element
const HEADER_MAX = 100 * 1024 * 1024;
const RANK_MAX = 32;

// ---- elements ---------------------------------------------------------------------------------------------------------

// A number of few bits: exponent bits, fraction bits, and whether it has an infinity.
const small = (bits, exponent, fraction, infinity) => {
  const bias = 2 ** (exponent - 1) - 1;
  const sign = bits >> (exponent + fraction) ? -1 : 1;
  const e = (bits >> fraction) & (2 ** exponent - 1);
  const f = bits & (2 ** fraction - 1);
  if (infinity && e === 2 ** exponent - 1) return f ? NaN : sign * Infinity;
  if (!infinity && e === 2 ** exponent - 1 && f === 2 ** fraction - 1) return NaN;
  return sign * (e ? (1 + f / 2 ** fraction) * 2 ** (e - bias) : (f / 2 ** fraction) * 2 ** (1 - bias));
};

const tableOf = (size, value) => Float64Array.from({ length: size }, (_, bits) => value(bits));
const tables = new Map();
const lookUp = (name, size, value) => {
  if (!tables.has(name)) tables.set(name, tableOf(size, value));
  return tables.get(name);
};

const float32 = new Float32Array(1);
const bits32 = new Uint32Array(float32.buffer);
const bfloat = (bits) => {
  bits32[0] = bits << 16;
  return float32[0];
};

// name: bytes of an element, and a function from a DataView to a function from an offset to a number.
const TYPES = {
  __proto__: null,
  F64: [8, (view, little) => (at) => view.getFloat64(at, little)],
  F32: [4, (view, little) => (at) => view.getFloat32(at, little)],
  F16: [2, (view, little) => {
    const table = lookUp("F16", 65536, (bits) => small(bits, 5, 10, true));
    return (at) => table[view.getUint16(at, little)];
  }],
  BF16: [2, (view, little) => (at) => bfloat(view.getUint16(at, little))],
  F8_E4M3: [1, (view) => {
    const table = lookUp("F8_E4M3", 256, (bits) => small(bits, 4, 3, false));
    return (at) => table[view.getUint8(at)];
  }],
  F8_E5M2: [1, (view) => {
    const table = lookUp("F8_E5M2", 256, (bits) => small(bits, 5, 2, true));
    return (at) => table[view.getUint8(at)];
  }],
};

// ---- what a tensor measures -------------------------------------------------------------------------------------------

const measure = async (file, tensor) => {
  const [bytes, reader] = TYPES[tensor.dtype];
  let n = 0, pivot = 0, sum = 0, squares = 0, largest = 0, zeros = 0, bad = 0;
  for (let start = tensor.begin; start < tensor.end; start += PIECE) {
    const piece = await file.slice(start, Math.min(start + PIECE, tensor.end)).arrayBuffer();
    const at = reader(new DataView(piece), tensor.little);
    for (let offset = 0; offset < piece.byteLength; offset += bytes) {
      const value = at(offset);
      if (!Number.isFinite(value)) {
        bad++;
        continue;
      }
      if (n++ === 0) pivot = value;
      const d = value - pivot;
      sum += d;
      squares += d * d;
      if (value === 0) zeros++;
      if (Math.abs(value) > largest) largest = Math.abs(value);
    }
  }
  const mean = n ? pivot + sum / n : NaN;
  const std = n ? Math.sqrt(Math.max(squares / n - (sum / n) ** 2, 0)) : NaN;
  return { n, mean, std, largest, zeros, bad };
};

// Why nobody can say which scheme has such numbers; "" where one may.
const whyNot = (m) => {
  if (!m) return "not floating point";
  if (m.bad) return `${m.bad} of its values are no finite numbers`;
  if (m.n === 0) return "empty";
  return m.std === 0 ? `constant ${Number(m.mean.toPrecision(6))}` : "";
};

// ---- files ------------------------------------------------------------------------------------------------------------

// Bytes of an element that is not measured.
const OTHERS = { __proto__: null, BOOL: 1, I8: 1, U8: 1, I16: 2, U16: 2, I32: 4, U32: 4, I64: 8, U64: 8, C64: 8 };

const product = (list) => list.reduce((a, b) => a * b, 1);

const isShape = (shape) =>
  Array.isArray(shape) && shape.length <= RANK_MAX && shape.every((d) => Number.isSafeInteger(d) && d >= 0) &&
  Number.isSafeInteger(product(shape));

// A tensor whose place, counted from the first byte of the data, lies in the data and has the size of its shape; throws
// otherwise.
const checked = (name, dtype, shape, begin, end, length) => {
  if (!isShape(shape)) throw new Error(`the shape of ${name} is not a list of sizes`);
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || end < begin)
    throw new Error(`the place of ${name} is not two whole numbers, its begin and its end`);
  if (end > length) throw new Error(`the file is cut short: ${name} ends behind its end`);
  const size = TYPES[dtype]?.[0] ?? OTHERS[dtype];
  if (size && end - begin !== product(shape) * size)
    throw new Error(`${name} has ${end - begin} bytes, which is not what its shape needs`);
  return { name, dtype, shape, begin, end, little: true };
};

// Throws unless the tensors lie side by side and fill the data.
const checkPlaces = (tensors, length) => {
  let end = 0, before = "the header";
  for (const tensor of [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (tensor.begin < end) throw new Error(`${tensor.name} and ${before} overlap`);
    if (tensor.begin > end) throw new Error(`${tensor.begin - end} bytes between ${before} and ${tensor.name} belong to no tensor`);
    ({ end, name: before } = tensor);
  }
  if (end < length) throw new Error(`the last ${length - end} bytes, behind ${before}, belong to no tensor`);
};

const textOf = async (file, begin, end) => new TextDecoder("utf-8", { fatal: true }).decode(await file.slice(begin, end).arrayBuffer());

const safetensors = async (file) => {
  if (file.size < 8) throw new Error("the file is too short to be safetensors");
  const length = Number(new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
  if (length > HEADER_MAX || 8 + length > file.size) throw new Error("this is not safetensors, or it is cut short: its header does not fit");
  let header;
  try {
    header = JSON.parse(await textOf(file, 8, 8 + length));
  } catch {
    throw new Error("the header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw new Error("the header is not an object");
  const first = 8 + length;
  const tensors = Object.entries(header).filter(([name]) => name !== "__metadata__").map(([name, row]) => {
    const [begin, end, more] = Array.isArray(row?.data_offsets) ? row.data_offsets : [];
    return checked(name, String(row?.dtype), row?.shape, begin, more === undefined ? end : NaN, file.size - first);
  });
  checkPlaces(tensors, file.size - first);
  return tensors.map((tensor) => ({ ...tensor, begin: first + tensor.begin, end: first + tensor.end }));
};

const NPY_TYPES = { __proto__: null, f8: "F64", f4: "F32", f2: "F16" };

const npy = async (file) => {
  const start = new DataView(await file.slice(0, 12).arrayBuffer());
  const wide = start.byteLength === 12 && start.getUint8(6) > 1;
  if (start.byteLength < 12 || start.getUint32(0) !== 0x934e554d) throw new Error("this is not npy");
  const first = wide ? 12 : 10;
  const begin = first + (wide ? start.getUint32(8, true) : start.getUint16(8, true));
  if (begin > Math.min(file.size, HEADER_MAX)) throw new Error("the file is cut short: its header does not fit");
  const header = await textOf(file, first, begin);
  const descr = /'descr': *'([<>|=]?)(\w+)'/.exec(header);
  const shape = /'shape': *\(([0-9, ]*)\)/.exec(header);
  if (!descr || !shape) throw new Error("the header names no type or no shape");
  const dims = shape[1].split(",").map((d) => d.trim()).filter(Boolean).map(Number);
  const length = file.size - begin;
  const tensor = checked(file.name, NPY_TYPES[descr[2]] ?? descr[2], dims, 0, length, length);
  return [{ ...tensor, begin, end: file.size, little: descr[1] !== ">" }];
};

const run = async (file) => {
  const tensors = await (/\.npy$/i.test(file.name) ? npy(file) : safetensors(file));
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    const m = TYPES[dtype] ? await measure(file, tensor) : null;
    postMessage({ tensor: { name, dtype, shape, ...m, why: whyNot(m) } });
  }
};

onmessage = async ({ data }) => {
  try {
    await run(data);
    postMessage({});
  } catch (error) {
    postMessage({ error: error.message });
  }
};
