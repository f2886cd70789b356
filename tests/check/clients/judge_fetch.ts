// The client of openapi-generator for TypeScript: raw, npy and JSON of one tensor into files.
import { writeFileSync } from 'node:fs';
import { Configuration, InitFormatEnum, InitSchemeEnum, TensorsApi } from './index';

async function main([url, folder]: string[]) {
    const tensors = new TensorsApi(new Configuration({ basePath: url }));
    for (const format of [InitFormatEnum.Raw, InitFormatEnum.Npy, InitFormatEnum.Json]) {
        const blob = await tensors.init({ scheme: InitSchemeEnum.HeNormal, shape: '3,4', seed: 7, format });
        if (!blob) throw new Error(format);
        writeFileSync(`${folder}/${format}`, Buffer.from(await blob.arrayBuffer()));
    }
}

main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
