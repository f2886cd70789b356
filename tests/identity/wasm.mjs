/* node wasm.mjs WI.JS - the requests on standard input, lines "sha256 bytes request", answered by libwi as WebAssembly: the same lines
 * with the digests and sizes found here. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const wi = await import(pathToFileURL(resolve(process.argv[2])));
const answer = (line) => {
    const target = line.split(" ")[2];
    const body = wi.read(target.slice(target.indexOf("?") + 1));
    return `${createHash("sha256").update(body).digest("hex")} ${body.length} ${target}\n`;
};
process.stdout.write(readFileSync(0, "utf8").split("\n").filter(Boolean).map(answer).join(""));
