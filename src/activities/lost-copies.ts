import type { Tables } from '../databricks/api.js';
import { atPath } from '../databricks/identifiers.js';
import { copyState, isReadableInStaging } from '../domain/cut/index.js';
import { DrError } from '../domain/failure.js';
import { inParallel } from '../domain/in-parallel.js';
import type { ManifestEntry } from '../domain/point.js';
import { historySinceClone } from './table-reading.js';

interface LostCopiesOrder {
  /** Of the region that holds staging, with the Receiver's rights. */
  readonly tables: Tables;
  readonly manifest: readonly ManifestEntry[];
  /** Tables asked at a time. */
  readonly parallel: number;
  readonly nowMs: number;
  /** Told after each table, so that whoever watches knows that the region answers. */
  readonly answered: () => void;
}

/**
 * Source tables whose copy in staging is not what a manifest says, or not any more: a table that does not change is sent by
 * no sync, and would be missed only when a publish or a failover needs it.
 */
export async function lostCopies({ tables, manifest, parallel, nowMs, answered }: LostCopiesOrder): Promise<string[]> {
  const lost = await inParallel(manifest, parallel, async (entry) => {
    const isLost = !(await isThere(tables, entry, nowMs));
    answered();
    return isLost ? [entry.sourceTable] : [];
  });
  return lost.flat();
}

async function isThere(tables: Tables, entry: ManifestEntry, nowMs: number): Promise<boolean> {
  const staging = atPath(entry.stagingLocation);
  try {
    const state = copyState(entry, await historySinceClone(tables, staging));
    if (state !== 'unclear') return state === 'intact';
    const [{ properties }, history] = await Promise.all([tables.detail(staging), tables.history(staging)]);
    return isReadableInStaging(entry, { properties, history }, nowMs);
  } catch (thrown) {
    // No such table, or none whose log can be read.
    if (thrown instanceof DrError && ['TABLE_NOT_FOUND', 'VERSION_EXPIRED'].includes(thrown.code)) return false;
    throw thrown;
  }
}
