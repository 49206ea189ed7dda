/** The last step of `npm run build`: workflow code into one file that every worker runs. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeWorkflowBundle } from './bundle.js';
import { bundlePath } from './bundle-path.js';

const { code, modules } = await makeWorkflowBundle();
const path = bundlePath();
await mkdir(dirname(path), { recursive: true });
// A worker that starts meanwhile reads the former bundle or this one, never half of it.
const unfinished = `${path}.${process.pid}`;
await writeFile(unfinished, code);
await rename(unfinished, path);
process.stdout.write(`workflow bundle: ${modules.length} modules, ${Math.ceil(Buffer.byteLength(code) / 1024)} KiB\n`);
