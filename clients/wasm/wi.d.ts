/** A typed array that knows its shape and element type: "F64", "F32", "F16", "BF16", "F8_E4M3" or "F8_E5M2". */
export type Tensor = (Float64Array | Float32Array | Uint16Array | Uint8Array) & { shape: number[]; dtype: string };

export class WeightdError extends RangeError {
    /** A stable name, such as "param-unknown". */
    kind: string;
    /** The parameter at fault, what would be accepted, and the nearest valid name; "" where they are not known. */
    param: string;
    allowed: string;
    nearest: string;
}

/** The tensor of a query: tensor("scheme=he_normal&shape=3,3&seed=7"). F16, BF16 and the types of 8 bits are given as their bits. */
export function tensor(query: string): Tensor;
/** The file of a query: read("scheme=he_normal&shape=3,3&format=npy"). */
export function read(query: string): Uint8Array;
/** The release of libwi. */
export const version: string;
