import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { z } from 'zod';
import type { Action } from './actions.js';
import { readLines, toActions } from './commit-file.js';
import type { DeltaEnv } from './env.js';
import { unreadableLog } from './errors.js';
import type { CheckpointFiles } from './log-files.js';
import { logFolder } from './paths.js';

const sidecarRow = z.object({ sidecar: z.object({ path: z.string() }).nullish() });

/** Reads a checkpoint of any kind: classic, multi-part, or V2 with its sidecar files. */
export async function readCheckpoint(
  env: Pick<DeltaEnv, 'storage'>,
  folder: string,
  checkpoint: CheckpointFiles,
): Promise<Action[]> {
  const actions: Action[] = [];
  for (const name of checkpoint.names) {
    const rows = name.endsWith('.json') ? await readLines(env, folder, name) : await readRows(env, folder, name);
    actions.push(...toActions(name, rows));
    for (const row of rows) {
      const sidecar = sidecarRow.parse(row).sidecar?.path;
      if (sidecar === undefined) continue;
      const file = `_sidecars/${sidecar}`;
      actions.push(...toActions(file, await readRows(env, folder, file)));
    }
  }
  return actions;
}

async function readRows(env: Pick<DeltaEnv, 'storage'>, folder: string, name: string): Promise<unknown[]> {
  const content = await env.storage.read(join(logFolder(folder), name));
  try {
    // A copy, since a Buffer may be a window into a larger pool.
    return await parquetReadObjects({ file: new Uint8Array(content).buffer, compressors });
  } catch (cause) {
    throw unreadableLog(name, 'it is no complete parquet file', cause);
  }
}
