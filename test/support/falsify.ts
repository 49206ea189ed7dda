import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerUri } from '../../src/local/stack/layout.js';
import type { World } from './world.js';

/** The newest commit of a table's copy in staging then tells another number of files than a clone of it will. */
export function falsifyStaging(world: World, table: string): void {
  const folder = `dr_test_eastus2_databricks/${table.split('.').join('/')}`;
  const log = join(world.stack.file.storage[containerUri('secondary', 'sync')] ?? '', folder, '_delta_log');
  const newest = readdirSync(log)
    .filter((name) => /^\d+\.json$/.test(name))
    .toSorted((a, b) => a.localeCompare(b))
    .at(-1);
  const file = join(log, newest ?? 'no commit');
  const text = readFileSync(file, 'utf8');
  const falsified = text.replace(/"sourceNumOfFiles":"?\d+"?/, '"sourceNumOfFiles":"4711"');
  if (falsified === text) throw new Error(`${file} is no commit of a clone`);
  writeFileSync(file, falsified);
}
