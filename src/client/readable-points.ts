import type { Workspace } from '../databricks/api.js';
import { createReadablePoints } from '../databricks/readable-points.js';
import { pointsOf } from '../domain/group/ledger-points.js';
import { inParallel } from '../domain/in-parallel.js';
import type { LedgerRow } from '../domain/ledger.js';
import type { GroupSpec } from '../domain/spec.js';
import { endsOf } from '../domain/spec.js';

/**
 * Which of the points that these rows carry could be published in this region now, by sync id. Points that were copied
 * the other way are left out: their bytes lie in the other region. The warehouse has to run.
 */
export async function readableIn(
  workspace: Workspace,
  spec: GroupSpec,
  rows: readonly LedgerRow[],
  nowMs: number,
): Promise<ReadonlyMap<string, boolean>> {
  const here = pointsOf(rows.filter(({ direction }) => endsOf(direction).target === workspace.region));
  const isReadable = createReadablePoints({
    tables: workspace.tables('receive'),
    parallel: spec.maxParallelTables,
    nowMs,
  });
  // One point after the other: its tables are asked in parallel, and most of them serve the next one, too.
  return new Map(await inParallel(here, 1, async (point) => [point.syncId, await isReadable(point)] as const));
}
