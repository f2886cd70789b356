/* wi.js - libwi as WebAssembly: the tensors of weightd without a server, the same bytes, in browsers and node.
 *
 *     import { tensor } from "weightd";
 *     const w = tensor("scheme=he_normal&shape=3,3&seed=7");   // Float32Array with shape [3, 3] and dtype "F32"
 *     const file = read("scheme=he_normal&shape=3,3&format=npy"); // Uint8Array: the file
 *
 * A query is what follows the question mark in GET /init. Results are copies and belong to the caller. A wrong query throws a
 * WeightdError with kind, param, allowed and nearest. */

const arrays = {
    F64: Float64Array, F32: Float32Array, I64: BigInt64Array, I32: Int32Array, U8: Uint8Array, BOOL: Uint8Array,
    F16: Uint16Array, BF16: Uint16Array, F8_E4M3: Uint8Array, F8_E5M2: Uint8Array, // their bits: JavaScript has no such numbers
};
const fields = ["param", "allowed", "nearest"];
const ERROR = 0; // of enum wi_struct
const SIZES = 16; // bytes of struct wi_sizes
const room = (bytes) => Math.ceil(bytes / 64) * 64; // memory for it, aligned

export class WeightdError extends RangeError {}

async function load() {
    const url = new URL("wi.wasm", import.meta.url);
    if (url.protocol === "file:") {
        const { readFile } = await import("node:fs/promises");
        return WebAssembly.instantiate(await readFile(url));
    }
    const answer = await fetch(url);
    if (!answer.ok)
        throw new Error(`${url}: ${answer.status}`);
    return WebAssembly.instantiate(await answer.arrayBuffer());
}

const wi = (await load()).instance.exports;
const errorBytes = room(wi.wi_sizeof(ERROR));

/* The text at an address. */
function text(at) {
    const memory = new Uint8Array(wi.memory.buffer, at);
    return new TextDecoder().decode(memory.subarray(0, memory.indexOf(0)));
}

/* Memory of the module for one call: the error, the sizes, the query and `bytes` for the body. */
function lay(query, bytes) {
    const at = wi.memory_for(BigInt(errorBytes + room(SIZES) + room(query.length + 1)) + bytes) >>> 0;
    if (!at)
        throw new RangeError(`the tensor takes ${bytes} bytes: more than WebAssembly has`);
    const place = { error: at, sizes: at + errorBytes, query: at + errorBytes + room(SIZES) };
    place.body = place.query + room(query.length + 1);
    const memory = new Uint8Array(wi.memory.buffer);
    memory.set(query, place.query);
    memory[place.query + query.length] = 0;
    wi.wi_error_init(place.error);
    return place;
}

function check(status, place) {
    if (!status)
        return;
    const error = Object.assign(new WeightdError(text(wi.wi_error_text(place.error))), { kind: text(wi.wi_status_slug(status)) });
    for (const name of fields)
        error[name] = text(wi[`wi_error_${name}`](place.error));
    throw error;
}

function sizes(place) {
    const view = new DataView(wi.memory.buffer, place.sizes, SIZES);
    return { body: view.getBigUint64(0, true), memory: view.getBigUint64(8, true) };
}

/* The body of a query as a file. */
export function read(query) {
    if (query.includes("\0"))
        throw new WeightdError("a query has no NUL");
    const bytes = new TextEncoder().encode(query);
    let place = lay(bytes, 0n);
    check(wi.wi_get(place.query, 0, 0n, place.sizes, place.error), place);
    const needed = sizes(place);
    place = lay(bytes, needed.memory);
    check(wi.wi_get(place.query, place.body, needed.memory, place.sizes, place.error), place);
    return new Uint8Array(wi.memory.buffer, place.body, Number(needed.body)).slice();
}

/* The tensor of a query as a typed array that has its shape and dtype. */
export function tensor(query) {
    if (/(^|[?&])format=/.test(query))
        throw Object.assign(new WeightdError("a typed array has no format; read() gives files"), { param: "format" });
    const file = read(`${query}&format=safetensors`);
    const data = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    const { __metadata__, ...rows } = JSON.parse(new TextDecoder().decode(file.subarray(8, data)));
    const [{ dtype, shape }] = Object.values(rows);
    const Type = arrays[dtype];
    const array = new Type(file.buffer, data, (file.length - data) / Type.BYTES_PER_ELEMENT);
    return Object.assign(array, { shape, dtype });
}

export const version = text(wi.wi_version());

{
    const place = lay(new Uint8Array(), 0n);
    if (!wi.wi_selftest(place.error))
        throw new Error(text(wi.wi_error_text(place.error)));
}
