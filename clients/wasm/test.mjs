/* node test.mjs WI.JS WEIGHTD - the module against every known answer of libwi and of like=, and the program's errors. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [module, program] = process.argv.slice(2);
const wi = await import(module.includes("/") ? pathToFileURL(resolve(module)) : module);
const get = (query) => spawnSync(program, ["get", `/init?${query}`], { maxBuffer: 1 << 30 });
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

let answers = 0;
for (const line of readFileSync("tests/vectors/requests.txt", "utf8").split("\n")) {
    const [digest, length, target] = line.split(" ");
    if (!target?.startsWith("/init?") || line.startsWith("#") || /format=sha256/.test(target))
        continue;
    const body = wi.read(target);
    assert.equal(body.length, Number(length), target);
    assert.equal(sha256(body), digest, target);
    answers++;
}
assert.ok(answers > 500, `${answers} known answers`);

const queries = [
    "scheme=xavier_uniform&shape=256,128&seed=7", "scheme=orthogonal&shape=60,50&dtype=bf16&slice=3:", "scheme=normal&shape=9&dtype=f64",
    "like=torch&scheme=orthogonal&shape=30,20&seed=7", "like=numpy&scheme=he_normal&shape=6,5&seed=42", "like=jax&scheme=normal&shape=300",
    "scheme=normal&shape=5&dtype=f8_e4m3", "scheme=normal&shape=5&dtype=f16", "scheme=zeros&shape=0,3", "scheme=ones&shape=", "scheme=normal&shape=3000000",
];
for (const query of queries) {
    const array = wi.tensor(query);
    assert.equal(sha256(Buffer.from(array.buffer, array.byteOffset, array.byteLength)), sha256(get(query).stdout), query);
    assert.equal(array.length, array.shape.reduce((a, b) => a * b, 1), query);
}
assert.deepEqual(wi.tensor("scheme=orthogonal&shape=60,50&dtype=bf16&slice=3:").shape, [57, 50]);
assert.ok(wi.tensor("scheme=ones&shape=2") instanceof Float32Array && wi.tensor("scheme=ones&shape=2&dtype=f64") instanceof Float64Array);
const kept = wi.tensor("scheme=ones&shape=4");
wi.tensor("scheme=zeros&shape=4000000");
assert.deepEqual([...kept], [1, 1, 1, 1]); // a copy

for (const query of ["scheme=he_normall&shape=2", "scheme=zeros&shape=2&seeed=3", "scheme=eye&shape=3", "scheme=zeros&shape=2&dtype=f33", ""]) {
    const problem = JSON.parse(get(query).stderr);
    assert.throws(() => wi.read(query), (error) => {
        assert.ok(error instanceof wi.WeightdError);
        const { detail, type, param = "", allowed = "", nearest = "" } = problem;
        assert.deepEqual([error.message, error.kind, error.param, error.allowed, error.nearest], [detail, type.split("/").pop(), param, allowed, nearest]);
        return true;
    });
}
assert.throws(() => wi.tensor("scheme=zeros&shape=2&format=npy"), wi.WeightdError);
assert.throws(() => wi.read("scheme=zeros&shape=3000000000"), RangeError);
assert.throws(() => wi.read("scheme=zeros&shape=2&seed=1\0"), wi.WeightdError);
console.log(`node ${process.version}: ${answers} known answers, ${queries.length} arrays`);
