// frameworks.mjs - TensorFlow.js for check_frameworks.py: a line of JSON {name, options, shape} on standard input gives a line on
// standard output, the tensor's little-endian float32 as hex, or "error ...". The first line is the version. @tensorflow/tfjs is
// looked for in the folder that is the first argument.
import {createRequire} from "node:module";
import {createInterface} from "node:readline";

const say = console.log;
console.log = console.warn = console.error = () => {}; // tfjs greets
const tf = createRequire(process.argv[2] + "/")("@tensorflow/tfjs");
await tf.setBackend("cpu");
say(tf.version.tfjs);
for await (const line of createInterface({input: process.stdin})) {
    const {name, options, shape} = JSON.parse(line);
    try {
        const tensor = tf.initializers[name](options).apply(shape);
        say(Buffer.from(new Float32Array(tensor.dataSync()).buffer).toString("hex"));
        tensor.dispose();
    } catch (error) {
        say("error " + String(error.message).replaceAll("\n", " "));
    }
}
