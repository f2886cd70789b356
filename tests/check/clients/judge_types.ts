// The types of openapi-typescript with openapi-fetch: raw, npy and JSON of one tensor into files.
import { writeFileSync } from 'node:fs';
import createClient from 'openapi-fetch';
import type { paths } from './weightd';

const [url, folder] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url });
for (const format of ['raw', 'npy', 'json'] as const) {
    const { data, response } = await client.GET('/init', {
        params: { query: { scheme: 'he_normal', shape: '3,4', seed: 7, format } },
        parseAs: 'arrayBuffer',
    });
    if (!data) throw new Error(`${format}: ${response.status}`);
    writeFileSync(`${folder}/${format}`, Buffer.from(data));
}
