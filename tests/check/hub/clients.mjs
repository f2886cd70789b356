// @huggingface/hub against the weightd that HF_ENDPOINT names: one line "ok NAME" or "FAILED NAME WHY" each.
//
//     HF_ENDPOINT=http://127.0.0.1:8080 node clients.mjs FOLDER      FOLDER has node_modules; see make check-hub
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const require = createRequire(pathToFileURL(join(resolve(process.argv[2]), 'package.json')));
const hub = await import(pathToFileURL(require.resolve('@huggingface/hub')));
const hubUrl = process.env.HF_ENDPOINT;
const repo = 'weightd/tiny-llama', sharded = 'weightd/tiny-llama-bf16-sharded';

function holds(what, text) {
  if (!what) throw new Error(`not ${text}`);
}

const checks = {
  async modelInfo() {
    const info = await hub.modelInfo({ name: repo, hubUrl, additionalFields: ['sha'] });
    holds(info.task === 'text-generation' && /^[0-9a-f]{40}$/.test(info.sha), JSON.stringify(info));
  },
  async listModels() {
    const names = [];
    for await (const model of hub.listModels({ search: { query: 'tiny-llama' }, limit: 3, hubUrl })) names.push(model.name);
    holds(names.length === 3, names);
  },
  async listFiles() {
    const paths = [];
    for await (const file of hub.listFiles({ repo, recursive: true, expand: true, hubUrl })) paths.push(file.path);
    holds(paths.includes('tokenizer.json'), paths);
  },
  async fileExists() {
    holds(await hub.fileExists({ repo, path: 'config.json', hubUrl }), 'there');
    holds(!(await hub.fileExists({ repo, path: 'nope', hubUrl })), 'absent');
  },
  async downloadFile() {
    const blob = await hub.downloadFile({ repo, path: 'config.json', hubUrl });
    holds(JSON.parse(await blob.text()).model_type === 'llama', 'llama');
    holds((await hub.downloadFile({ repo, path: 'nope', hubUrl })) === null, 'null');
    const weights = await hub.downloadFile({ repo, path: 'model.safetensors', revision: 'seed-7', hubUrl });
    holds((await weights.slice(8, 20).arrayBuffer()).byteLength === 12, 'a slice');
  },
  async parseSafetensors() {
    const one = await hub.parseSafetensorsMetadata({ repo, hubUrl });
    holds(!one.sharded && one.header['model.norm.weight'], 'a header');
    holds((await hub.parseSafetensorsMetadata({ repo: sharded, hubUrl })).sharded, 'sharded');
  },
  async pathsInfo() {
    const info = await hub.pathsInfo({ repo, paths: ['config.json', 'model.safetensors'], expand: true, hubUrl });
    holds(info.length === 2 && info[1].lfs.size === info[1].size, JSON.stringify(info));
  },
  async snapshotDownload() {
    const cacheDir = mkdtempSync(join(tmpdir(), 'weightd-js-'));
    for (const of of [repo, 'tinygpt2']) {
      const path = await hub.snapshotDownload({ repo: of, cacheDir, hubUrl });
      holds(readdirSync(path).length >= 7 && readFileSync(join(path, 'config.json')).length > 100, readdirSync(path));
    }
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}: ${error.message.replace(/\s+/g, ' ').slice(0, 300)}`);
  }
}
process.exit(failed ? 1 : 0);
