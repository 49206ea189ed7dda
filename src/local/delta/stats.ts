import { z } from 'zod';
import type { AddFile } from './actions.js';
import type { Snapshot } from './snapshot.js';

const stats = z.object({ numRecords: z.number().optional() });

/** Rows in the data file, deleted ones included; null where its writer did not count. */
export function recordCount(file: AddFile): number | null {
  if (file.stats === null || file.stats === '') return null;
  return stats.parse(JSON.parse(file.stats)).numRecords ?? null;
}

/** Rows in the table by its statistics (deleted rows taken off); null where a file has none. */
export function rowCount(snapshot: Pick<Snapshot, 'files'>): number | null {
  let total = 0;
  for (const file of snapshot.files) {
    const count = recordCount(file);
    if (count === null) return null;
    total += count - (file.deletionVector?.cardinality ?? 0);
  }
  return total;
}

/** Bytes of all files. */
export const totalSize = (files: readonly { readonly size: number | null }[]): number =>
  files.reduce((sum, file) => sum + (file.size ?? 0), 0);
