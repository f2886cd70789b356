// What llama.cpp makes of GGUF files: a line of JSON a file: "file", "tokens", "back" (the text of the tokens), and "next" and
// "written", or "vector" of a model that embeds.
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const TEXT = "Hello, wörld 12 ☃";
const llama = await getLlama({gpu: false, build: "never", logLevel: LlamaLogLevel.error});

const steps = 8;
const greedy = {generateNext: {token: true, probabilities: true, options: {temperature: 0}}};

// The probabilities behind the text, and the tokens that follow it when the likeliest is taken each time.
async function generate(model, tokens) {
    const context = await model.createContext({contextSize: 128});
    const sequence = context.getSequence();
    const written = [];
    let first, ask = [...tokens.slice(0, -1), [tokens.at(-1), greedy]];
    for (let i = 0; i < steps; i++) {
        const {next} = (await sequence.controlledEvaluate(ask)).at(-1);
        first ??= Object.fromEntries(next.probabilities);
        written.push(next.token);
        ask = [[next.token, greedy]];
    }
    await context.dispose();
    return {next: first, written};
}

for (const file of process.argv.slice(3)) {
    const model = await llama.loadModel({modelPath: file});
    const tokens = model.tokenize(TEXT);
    const line = {file, tokens, back: model.detokenize(tokens)};
    if (file.includes("bert")) {
        const context = await model.createEmbeddingContext();
        line.vector = (await context.getEmbeddingFor(TEXT)).vector;
    } else {
        Object.assign(line, await generate(model, tokens));
    }
    console.log(JSON.stringify(line));
    await model.dispose();
}
process.exit(0);
