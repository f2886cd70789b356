// node fetch.mjs [URL-OF-SERVER]: a tensor as a Float32Array (the same in a browser).
const server = process.argv[2] ?? "http://127.0.0.1:8080";

const answer = await fetch(`${server}/init?scheme=xavier_uniform&shape=256,128&seed=7`);
if (!answer.ok) throw new Error((await answer.json()).detail);
const shape = answer.headers.get("X-Tensor-Shape").split(",").map(Number);
const data = new Float32Array(await answer.arrayBuffer()); // little-endian, as every machine with a JavaScript engine

console.log("shape", ...shape);
for (const value of data.subarray(0, 4)) console.log(value.toFixed(6));
console.log("last", data.at(-1).toFixed(6), "sum", data.reduce((sum, value) => sum + value, 0).toFixed(6));
