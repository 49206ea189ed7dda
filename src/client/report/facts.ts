import { z } from 'zod';
import type { LedgerEventName, LedgerRow } from '../../domain/ledger.js';
import type { Direction } from '../../domain/region.js';
import { detailOf } from '../row-detail.js';

/** A recovery point as the ledger tells of it. Times are epoch ms. */
export interface PointFact {
  readonly syncId: string;
  readonly kind: 'run' | 'snapshot';
  readonly runId: string | null;
  readonly repairId: string | null;
  readonly runEndTime: number;
  readonly publishedAt: number;
  readonly direction: Direction;
  /** Sent over the border for it; null when that event is older than what was read. */
  readonly copiedBytes: number | null;
  /** Tables it covers, and how many of them had not changed; null when the event does not tell. */
  readonly tables: { readonly all: number; readonly carried: number } | null;
}

/** What one sync moved. Durations are the sums over its clones, which run side by side. */
export interface SyncFact {
  readonly syncId: string;
  readonly runId: string | null;
  readonly sentAt: number;
  readonly copiedBytes: number;
  readonly sendMs: number;
  /** 0 when it published nothing. */
  readonly receiveMs: number;
}

/** How old the recovery point was at an instant. */
export interface AgeAt {
  readonly at: number;
  readonly ageMs: number;
}

export interface GroupFacts {
  /** Oldest first. */
  readonly points: readonly PointFact[];
  /** Oldest first. */
  readonly syncs: readonly SyncFact[];
  /** The sawtooth, in pieces: a switch ends one, for what was the target then is where the job runs now. */
  readonly age: readonly (readonly AgeAt[])[];
  /** Newest first, as are all the following. */
  readonly failures: readonly LedgerRow[];
  readonly switches: readonly LedgerRow[];
  readonly drills: readonly LedgerRow[];
  /** Pauses, baselines, take-overs: everything else that somebody may look for. */
  readonly others: readonly LedgerRow[];
}

const failureEvents: readonly LedgerEventName[] = ['failed', 'held', 'rolled_back'];
const switchEvents: readonly LedgerEventName[] = ['failed_over', 'switched_over', 'reprotected', 'fenced'];
const turningEvents: readonly LedgerEventName[] = ['failed_over', 'switched_over'];
const syncEvents: readonly LedgerEventName[] = ['sent', 'published'];

/** @param rows newest first, group rows only */
export function factsOf(rows: readonly LedgerRow[], nowMs: number): GroupFacts {
  const oldestFirst = rows.toReversed();
  const of = (events: readonly LedgerEventName[]): LedgerRow[] => rows.filter(({ event }) => events.includes(event));
  return {
    points: pointsOf(oldestFirst),
    syncs: syncsOf(oldestFirst),
    age: ageOf(oldestFirst, nowMs),
    failures: of(failureEvents),
    switches: of(switchEvents),
    drills: of(['drilled']),
    others: rows.filter(
      ({ event }) => ![...failureEvents, ...switchEvents, ...syncEvents].includes(event) && event !== 'drilled',
    ),
  };
}

/** A switch publishes a point once more under the same sync id: it counts when it was published first. */
const firstPerSync = (rows: readonly LedgerRow[], event: LedgerEventName): ReadonlyMap<string, LedgerRow> => {
  const first = new Map<string, LedgerRow>();
  for (const row of rows) {
    if (row.event === event && row.syncId !== null && !first.has(row.syncId)) first.set(row.syncId, row);
  }
  return first;
};

function pointsOf(rows: readonly LedgerRow[]): PointFact[] {
  const sent = firstPerSync(rows, 'sent');
  return [...firstPerSync(rows, 'published')].flatMap(([syncId, row]) => {
    if (row.runEndTime === null) return [];
    return {
      syncId,
      kind: row.runId === null ? 'snapshot' : 'run',
      runId: row.runId,
      repairId: row.repairId,
      runEndTime: row.runEndTime,
      publishedAt: row.recordedAt,
      direction: row.direction,
      copiedBytes: sent.get(syncId)?.copiedBytes ?? null,
      tables: tablesOf(row),
    };
  });
}

function syncsOf(rows: readonly LedgerRow[]): SyncFact[] {
  const published = firstPerSync(rows, 'published');
  return [...firstPerSync(rows, 'sent')].map(([syncId, row]) => ({
    syncId,
    runId: row.runId,
    sentAt: row.recordedAt,
    copiedBytes: row.copiedBytes ?? 0,
    sendMs: row.durationMs ?? 0,
    receiveMs: published.get(syncId)?.durationMs ?? 0,
  }));
}

/** The age grows with the clock from what is published, and falls back with the next point (or rises, when one was undone). */
function ageOf(rows: readonly LedgerRow[], nowMs: number): AgeAt[][] {
  const pieces: AgeAt[][] = [];
  let piece: AgeAt[] = [];
  let showing: number | null = null;
  const until = (at: number): void => {
    if (showing !== null) piece.push({ at, ageMs: at - showing });
  };
  for (const { event, recordedAt, runEndTime } of rows) {
    if (turningEvents.includes(event)) {
      until(recordedAt);
      pieces.push(piece);
      piece = [];
      showing = null;
    } else if ((event === 'published' || event === 'rolled_back') && runEndTime !== null) {
      until(recordedAt);
      showing = runEndTime;
      until(recordedAt);
    }
  }
  until(nowMs);
  return [...pieces, piece].filter(({ length }) => length > 1);
}

/** Rows are written by all versions of the product: what one does not tell stays open. */
const pointDetail = z.object({ manifest: z.array(z.object({ carried: z.boolean() })) });
const switchDetail = z.object({
  to: z.string().optional(),
  region: z.string().optional(),
  reason: z.string().nullish(),
  requestedBy: z.string().nullish(),
  lostRuns: z.array(z.string()).optional(),
});

export type SwitchFact = z.infer<typeof switchDetail>;

function tablesOf(row: LedgerRow): PointFact['tables'] {
  const { data } = pointDetail.safeParse(detailOf(row));
  return data === undefined
    ? null
    : { all: data.manifest.length, carried: data.manifest.filter(({ carried }) => carried).length };
}

/** What a switch event tells beside its time; empty when it is told in a way that this version does not know. */
export const switchOf = (row: LedgerRow): SwitchFact => switchDetail.safeParse(detailOf(row)).data ?? {};
