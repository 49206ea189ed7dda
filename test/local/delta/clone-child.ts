import type { Storage } from '../../../src/local/delta/index.js';
import { localDisk, openSnapshot } from '../../../src/local/delta/index.js';
import { clone, testEnv } from './support.js';

/**
 * A process of its own that deep-clones a table and says `copied` after each file. It never gets beyond the given number
 * of files, so that however late a test kills it, it does so half-way.
 */
const [, , source, target, limit] = process.argv;
if (source === undefined || target === undefined) throw new Error('usage: clone-child SOURCE TARGET LIMIT');

let started = 0;
const storage: Storage = {
  ...localDisk,
  copy: async (from, to, modifiedAtMs) => {
    started += 1;
    if (started > Number(limit)) await new Promise((resolve) => setInterval(resolve, 2 ** 30));
    return await localDisk.copy(from, to, modifiedAtMs);
  },
};
const env = testEnv({ storage });
await clone(env, await openSnapshot(env, source), target, { onBytes: () => process.stdout.write('copied\n') });
