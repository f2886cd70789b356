// node-llama-cpp, which has the real llama.cpp, against the weightd that HF_ENDPOINT and MODEL_ENDPOINT name: it downloads,
// loads, tokenizes and chats. One line "ok NAME" or "FAILED NAME WHY" each.
//
//     MODEL_ENDPOINT=http://127.0.0.1:8080/ node llama.mjs FOLDER      FOLDER has node_modules; see make check-hub
import { pathToFileURL } from 'node:url';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = pathToFileURL(join(resolve(process.argv[2]), 'node_modules/node-llama-cpp/dist/index.js'));
const { getLlama, resolveModelFile, LlamaChatSession, LlamaLogLevel } = await import(root);
const folder = mkdtempSync(join(tmpdir(), 'weightd-llama-'));
const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error });
const text = 'hé  x\n\tend';

let failed = 0;
for (const uri of ['hf:weightd/tiny-llama-gguf/tiny-llama-F32.gguf', 'hf:weightd/tiny-llama-gguf:F16', 'hf:weightd/tiny-llama-gguf:Q8_0']) {
  try {
    const model = await llama.loadModel({ modelPath: await resolveModelFile(uri, { directory: folder, cli: false }) });
    if (model.detokenize(model.tokenize(text)) !== text) throw new Error('the text does not come back');
    const context = await model.createContext({ contextSize: 512 });
    const session = new LlamaChatSession({ contextSequence: context.getSequence() });
    if (!(await session.prompt('hi', { maxTokens: 4 }))) throw new Error('it says nothing');
    console.log(`ok ${uri}`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${uri}: ${error.message.replace(/\s+/g, ' ').slice(0, 300)}`);
  }
}
process.exit(failed ? 1 : 0);
