// What llama.cpp makes of GGUF files: a line of JSON a file, {"file", "tokens", "back", "next", "written"} or {"file", "vector"}.
import {getLlama, LlamaLogLevel, LlamaCompletion} from "node-llama-cpp";

const TEXT = "Hello, wörld 12 ☃";
const llama = await getLlama({gpu: false, build: "never", logLevel: LlamaLogLevel.error});

async function next(model, tokens) {
    const context = await model.createContext({contextSize: 128});
    const last = [tokens.at(-1), {generateNext: {probabilities: true, options: {temperature: 0}}}];
    const result = await context.getSequence().controlledEvaluate([...tokens.slice(0, -1), last]);
    const probabilities = Object.fromEntries(result[tokens.length - 1].next.probabilities);
    await context.dispose();
    return probabilities;
}

async function write(model) {
    const context = await model.createContext({contextSize: 128});
    const completion = new LlamaCompletion({contextSequence: context.getSequence()});
    const answer = await completion.generateCompletionWithMeta(TEXT, {maxTokens: 8, temperature: 0});
    await context.dispose();
    return answer.metadata.stopReason;
}

for (const file of process.argv.slice(3)) {
    const model = await llama.loadModel({modelPath: file});
    const tokens = model.tokenize(TEXT);
    const line = {file, tokens, back: model.detokenize(tokens)};
    if (file.includes("bert")) {
        const context = await model.createEmbeddingContext();
        line.vector = (await context.getEmbeddingFor(TEXT)).vector;
    } else {
        line.next = await next(model, tokens);
        line.written = await write(model);
    }
    console.log(JSON.stringify(line));
    await model.dispose();
}
process.exit(0);
