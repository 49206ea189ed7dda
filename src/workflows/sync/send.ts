import type { Base, Cut, CutTable } from '../../activities/contract.js';
import { stagingReserveMs } from '../../domain/cut/staging-retention.js';
import { inParallel } from '../../domain/in-parallel.js';
import type { ClonedTable } from '../../domain/ledger-events.js';
import type { ManifestEntry, PointSummary, RecoveryPoint } from '../../domain/point.js';
import { endsOf, headOf, stagingLocation } from '../../domain/spec.js';
import { inAttempts } from '../attempts.js';
import { clone } from '../clone.js';
import type { Sync } from './sync.js';
import { tell } from './sync.js';

/** Every table that changed since the previous point, to staging in the target region. */
export async function sendChanged(sync: Sync, base: Base, cut: Cut): Promise<readonly ClonedTable[]> {
  const changed = cut.tables.filter((table) => table.changed || base.sendAgain);
  const reserveMs = stagingReserveMs([...base.kept.ends, cut.target.endTime]);
  tell(sync, `sending ${changed.length} of ${cut.tables.length} tables`);
  return inAttempts(sync, () =>
    inParallel(changed, sync.spec.maxParallelTables, (table) => send(sync, base, table, reserveMs)),
  );
}

async function send(
  sync: Sync,
  base: Base,
  { table, tableId, version, committedAt, sourceRetention }: CutTable,
  reserveMs: number,
): Promise<ClonedTable> {
  const { input, spec } = sync;
  const { source, target } = endsOf(input.direction);
  const location = stagingLocation(spec, table, input.direction);
  const stamp = {
    sourceTableId: tableId,
    sourceVersion: version,
    syncId: input.syncId,
    epoch: input.epoch,
    controller: input.controller,
  };
  const result = await clone(sync.source, {
    head: headOf(spec),
    direction: input.direction,
    hop: 'send',
    table,
    stamp,
    fromVersion: version,
    committedAt,
    sourceRetention,
    keep: { oldestAt: base.kept.oldest[location] ?? null, reserveMs },
    baseline: null,
    again: base.sendAgain || base.unstaged?.includes(table[source]) === true,
    reading: null,
  });
  sync.copiedBytes += result.clone?.copiedBytes ?? 0;
  const entry: ManifestEntry = {
    sourceTable: table[source],
    targetTable: table[target],
    stagingLocation: location,
    sourceTableId: tableId,
    sourceVersion: version,
    stagingVersion: result.version,
    stagingCommittedAt: result.committedAt,
    stamp: result.stamp,
    sourceRetention,
    targetVersionBefore: null,
    carried: false,
  };
  return { entry, clone: result.clone ?? nothingMoved, targetVersion: null };
}

const nothingMoved = {
  hop: 'send',
  sourceFiles: 0,
  sourceBytes: 0,
  copiedBytes: 0,
  copiedFiles: 0,
  removedFiles: 0,
  durationMs: 0,
} as const;

/** What was sent as a point. The manifest is complete: an unchanged table repeats its earlier entry. */
export function recoveryPoint(sync: Sync, base: Base, cut: Cut, sent: readonly ClonedTable[]): RecoveryPoint {
  const { input, spec } = sync;
  const { source, target } = endsOf(input.direction);
  const sentEntries = new Map(sent.map(({ entry }) => [entry.sourceTable, entry]));
  const earlier = new Map(base.previous?.manifest.map((entry) => [entry.sourceTable, entry]));
  const manifest = cut.tables.map(({ table }) => {
    const fresh = sentEntries.get(table[source]);
    if (fresh) return fresh;
    const carried = earlier.get(table[source]);
    if (!carried) throw new Error(`${table[source]} is unchanged, yet no earlier point holds it`);
    // Its copy is the same, wherever it is to be published by now.
    return { ...carried, targetTable: table[target], carried: true };
  });
  return {
    syncId: input.syncId,
    source: cut.target.kind === 'run' ? { kind: 'run', ...cut.target.run } : { kind: 'snapshot' },
    runEndTime: cut.target.endTime,
    epoch: input.epoch,
    controller: input.controller,
    specHash: spec.specHash,
    manifest,
  };
}

/** A point without its manifest, as an outcome tells it. */
export const summaryOf = (point: RecoveryPoint, publishedAt: number): PointSummary => ({
  syncId: point.syncId,
  source: point.source,
  runEndTime: point.runEndTime,
  publishedAt,
  tableCount: point.manifest.length,
  specHash: point.specHash,
});
