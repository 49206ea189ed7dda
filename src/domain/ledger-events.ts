import type { Failure } from './failure.js';
import type { LedgerEventName, LedgerRow } from './ledger.js';
import type { ManifestEntry, RecoveryPoint } from './point.js';
import type { Direction, Region } from './region.js';
import type { GroupRef } from './spec.js';
import type { RequestStatus } from './status.js';

/** Who writes an event, and about which group. */
export interface LedgerAuthor extends GroupRef {
  readonly epoch: number;
  readonly controller: string;
  readonly direction: Direction;
}

/** What one clone moved: from the clone's own metrics. */
export interface CloneFacts {
  readonly hop: 'send' | 'receive';
  readonly sourceFiles: number;
  readonly sourceBytes: number;
  readonly copiedBytes: number;
  readonly copiedFiles: number;
  readonly removedFiles: number;
  readonly durationMs: number;
}

/** The JSON in `detail` of a `sent`, `published` or `rolled_back` group row. */
export interface PointDetail {
  readonly kind: 'run' | 'snapshot';
  readonly manifest: readonly ManifestEntry[];
}

/** The JSON in `detail` of a `failed_over` group row. */
export interface SwitchDetail {
  readonly to: Region;
  readonly switchId: string;
  readonly requestId: string;
  readonly reason: string | null;
  readonly requestedBy: string | null;
  readonly point: string;
  /** When the tables were right and the job not yet let run, epoch ms: runs that began since are of this region's own data. */
  readonly switchedAt: number;
  readonly lostRuns: readonly string[];
}

/** The JSON in `detail` of a `fenced` group row. */
export interface FencedDetail {
  readonly region: Region;
  /** What of the job's settings the fence has overwritten; null: that was not known. */
  readonly saved: { readonly maxConcurrentRuns: number } | null;
}

/** The JSON in `detail` of a `paused`, `resumed` or `request` group row. */
export interface RequestDetail {
  readonly request: RequestStatus;
}

/** A row with everything that does not concern the event set to null. */
export function ledgerRow(
  author: LedgerAuthor,
  event: LedgerEventName,
  eventId: string,
  nowMs: number,
  fields: Partial<LedgerRow> = {},
): LedgerRow {
  return {
    eventId,
    recordedAt: nowMs,
    epoch: author.epoch,
    controller: author.controller,
    workspaceName: author.workspace,
    groupName: author.group,
    direction: author.direction,
    syncId: null,
    event,
    runId: null,
    repairId: null,
    runEndTime: null,
    tableName: null,
    tableId: null,
    sourceVersion: null,
    stagingVersion: null,
    targetVersionBefore: null,
    targetVersion: null,
    hop: null,
    sourceBytes: null,
    copiedBytes: null,
    copiedFiles: null,
    removedFiles: null,
    durationMs: null,
    specHash: null,
    errorCode: null,
    errorMessage: null,
    detail: null,
    ...fields,
  };
}

/** Which point a row tells of. */
export const pointFields = (point: RecoveryPoint): Partial<LedgerRow> => ({
  syncId: point.syncId,
  runId: point.source.kind === 'run' ? point.source.runId : null,
  repairId: point.source.kind === 'run' ? point.source.repairId : null,
  runEndTime: point.runEndTime,
  specHash: point.specHash,
});

/** A table that this sync cloned: what moved, and which version the target has now (null before it was published). */
export interface ClonedTable {
  readonly entry: ManifestEntry;
  readonly clone: CloneFacts;
  readonly targetVersion: number | null;
}

/**
 * The rows of `sent`, `published` and `rolled_back`: a group row with the whole manifest, and a row per cloned table.
 * Ids are made of sync, event and table: a step that runs twice writes the same rows.
 */
export function pointRows(
  author: LedgerAuthor,
  event: 'sent' | 'published' | 'rolled_back',
  point: RecoveryPoint,
  cloned: readonly ClonedTable[],
  nowMs: number,
  occasion = '',
): LedgerRow[] {
  const detail: PointDetail = { kind: point.source.kind, manifest: point.manifest };
  const sum = (of: (clone: CloneFacts) => number): number =>
    cloned.reduce((total, table) => total + of(table.clone), 0);
  const base = `${point.syncId}${occasion}/${event}`;
  const group = ledgerRow(author, event, base, nowMs, {
    ...pointFields(point),
    copiedBytes: sum((clone) => clone.copiedBytes),
    copiedFiles: sum((clone) => clone.copiedFiles),
    removedFiles: sum((clone) => clone.removedFiles),
    durationMs: sum((clone) => clone.durationMs),
    detail: JSON.stringify(detail),
  });
  const tables = cloned.map(({ entry, clone, targetVersion }) =>
    ledgerRow(author, event, `${base}/${entry.targetTable}`, nowMs, {
      ...pointFields(point),
      tableName: entry.targetTable,
      tableId: entry.sourceTableId,
      sourceVersion: entry.sourceVersion,
      stagingVersion: entry.stagingVersion,
      targetVersionBefore: entry.targetVersionBefore,
      targetVersion,
      ...movedBy(clone),
    }),
  );
  return [group, ...tables];
}

const movedBy = ({ hop, sourceBytes, copiedBytes, copiedFiles, removedFiles, durationMs }: CloneFacts) => ({
  ...{ hop, sourceBytes, copiedBytes, copiedFiles, removedFiles, durationMs },
});

/** A sync that published nothing, and why. */
export const failureRow = (
  author: LedgerAuthor,
  event: 'failed' | 'held',
  eventId: string,
  failure: Failure,
  nowMs: number,
  fields: Partial<LedgerRow> = {},
): LedgerRow =>
  ledgerRow(author, event, eventId, nowMs, { ...fields, errorCode: failure.code, errorMessage: failure.message });
