/** How long staging tables stay readable: what kept points need of them, and what may be done to them for it. */
import type { TableCommit } from '../commits.js';
import type { RecoveryPoint } from '../point.js';
import { parseIntervalMs } from './retention.js';

const dayMs = 24 * 3600_000;

/** Staging stays readable for at least this much longer than its oldest kept version is old. */
const leastReserveMs = 14 * dayMs;

/** What the kept recovery points of a group need of staging. */
export interface KeptInStaging {
  /** Commit time of the oldest version that one of them names, epoch ms, by staging location. */
  readonly oldest: Readonly<Record<string, number>>;
  /** Ends of their runs, epoch ms. */
  readonly ends: readonly number[];
}

export const keptInStaging = (points: readonly RecoveryPoint[]): KeptInStaging =>
  points.reduce(withPoint, { oldest: {}, ends: [] });

/** One more point is kept. */
export function withPoint({ oldest, ends }: KeptInStaging, point: RecoveryPoint): KeptInStaging {
  const older = { ...oldest };
  for (const { stagingLocation, stagingCommittedAt } of point.manifest) {
    older[stagingLocation] = Math.min(older[stagingLocation] ?? stagingCommittedAt, stagingCommittedAt);
  }
  return { oldest: older, ends: [...ends, point.runEndTime] };
}

/**
 * For how long staging is kept readable beyond the age of its oldest kept version: until the next sync at least, and for a
 * monthly job that is longer than two weeks. Twice the longest time between two of the given ends, for one run may fail.
 *
 * @param ends of the kept points and of the cut that is being copied, epoch ms, in any order
 */
export function stagingReserveMs(ends: readonly number[]): number {
  const inOrder = ends.toSorted((a, b) => a - b);
  const between = inOrder.slice(1).map((end, index) => end - (inOrder[index] ?? end));
  return Math.max(leastReserveMs, 2 * Math.max(0, ...between));
}

/** @param oldestAt commit time of the oldest kept version, epoch ms; null: there is none yet */
export const stagingRetentionMs = (oldestAt: number | null, reserveMs: number, nowMs: number): number =>
  (oldestAt === null ? 0 : Math.max(0, nowMs - oldestAt)) + reserveMs;

/** What Delta does not read further back than, and what it cleans its log by. A clone sets both, and so do we. */
export const retentionProperties = ['delta.deletedFileRetentionDuration', 'delta.logRetentionDuration'] as const;

/**
 * Whether a staging table has to be kept readable for longer: its retention was set when it was last cloned, and its kept
 * versions have grown older since. Half of the reserve may be used up before, so that it is set anew once in a while
 * and not at each look.
 */
export function retentionFallsShort(
  properties: Readonly<Record<string, string>>,
  oldestAt: number,
  reserveMs: number,
  nowMs: number,
): boolean {
  const neededMs = stagingRetentionMs(oldestAt, reserveMs / 2, nowMs);
  return retentionProperties.some((key) => (parseIntervalMs(properties[key] ?? '') ?? 0) < neededMs);
}

/**
 * A commit by which staging was only kept readable for longer. On staging it is as harmless as maintenance; on a table
 * that people use it is a change of theirs.
 */
export function keepsReadable({ operation, operationParameters }: TableCommit): boolean {
  if (operation.trim().toUpperCase() !== 'SET TBLPROPERTIES') return false;
  const set = Object.keys(propertiesIn(operationParameters.properties));
  const ours: readonly string[] = retentionProperties;
  return set.length > 0 && set.every((key) => ours.includes(key));
}

/** A staging table's history as its currency is decided by. */
export const withoutUpkeep = (history: readonly TableCommit[]): TableCommit[] =>
  history.filter((commit) => !keepsReadable(commit));

/** The history tells them as JSON text. What can't be read counts as none: the commit is then a change. */
function propertiesIn(text: string | undefined): object {
  try {
    const read: unknown = JSON.parse(text ?? '{}');
    return typeof read === 'object' && read !== null ? read : {};
  } catch {
    return {};
  }
}
