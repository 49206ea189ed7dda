/** Recovery points that are kept can be read, however rarely a table changes and however far apart the runs are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableCommit } from '../../src/domain/commits.js';
import {
  changesAfter,
  currencyOf,
  keptInStaging,
  retentionFallsShort,
  stagingReserveMs,
  stagingRetentionMs,
  targetGuard,
  withoutUpkeep,
} from '../../src/domain/cut/index.js';
import { withPoint } from '../../src/domain/cut/staging-retention.js';
import type { RecoveryPoint } from '../../src/domain/point.js';
import { stampProperties } from '../../src/domain/stamp.js';
import { commit } from './examples/notation.js';

const hourMs = 3600_000;
const dayMs = 24 * hourMs;
const days = (count: number): number => count * dayMs;
const asProperties = (ms: number) => ({
  'delta.deletedFileRetentionDuration': `interval ${Math.ceil(ms / hourMs)} hours`,
  'delta.logRetentionDuration': `interval ${Math.ceil(ms / hourMs)} hours`,
});

/** A point with one table, whose staging version was committed at `committedAt`. */
const pointOf = (runEndTime: number, committedAt: number, location = 's'): RecoveryPoint =>
  ({
    syncId: `${runEndTime}`,
    runEndTime,
    manifest: [{ stagingLocation: location, stagingCommittedAt: committedAt }],
  }) as unknown as RecoveryPoint;

describe('the reserve', () => {
  it.each<[string, number[], number]>([
    ['of a first sync', [0], 14],
    ['of hourly runs', [0, 1 / 24, 2 / 24], 14],
    ['of weekly runs', [7, 0, 14], 14],
    ['of monthly runs is two months, for one may fail', [0, 30, 60], 60],
    ['is that of the longest pause between them', [0, 1, 40, 41], 78],
  ])('%s', (_what, ends, wanted) => {
    expect(stagingReserveMs(ends.map(days))).toBe(days(wanted));
  });
});

describe('what kept points need', () => {
  it('is the oldest version of each table, and how far apart their runs are', () => {
    const kept = keptInStaging([pointOf(9, 5), pointOf(4, 5), pointOf(2, 1, 'other')]);
    expect(kept).toEqual({ oldest: { s: 5, other: 1 }, ends: [9, 4, 2] });
    expect(withPoint(kept, pointOf(12, 3)).oldest).toEqual({ s: 3, other: 1 });
  });
});

describe('retention falls short', () => {
  const short = (set: Readonly<Record<string, string>>, ageDays: number, reserveDays: number): boolean =>
    retentionFallsShort(set, 0, days(reserveDays), days(ageDays));

  it.each<[string, number, number, number, boolean]>([
    ['just sent', 14, 0, 14, false],
    ['half of the reserve is left', 14, 7, 14, false],
    ['less than half is left', 14, 7.1, 14, true],
    ['a monthly job whose table has not changed for a month', 44, 60, 60, true],
    ['the same, once it was mended', 120, 60, 60, false],
  ])('%s', (_what, setDays, ageDays, reserveDays, wanted) => {
    expect(short(asProperties(days(setDays)), ageDays, reserveDays)).toBe(wanted);
  });

  it.each(['delta.deletedFileRetentionDuration', 'delta.logRetentionDuration'])('where %s alone is short', (key) => {
    expect(short({ ...asProperties(days(50)), [key]: 'interval 7 days' }, 20, 14)).toBe(true);
    expect(short({ ...asProperties(days(50)), [key]: 'soon' }, 20, 14)).toBe(true);
  });
});

/**
 * What really happens to one staging table: sends and upkeep at syncs, readers at any time in between.
 *
 * @param pausesMs until the next sync; a longer one than any of late is cut to that, or to six days
 * @returns which kept version could not be read; null: all could, always
 */
function firstUnreadable(pausesMs: readonly number[], changes: readonly boolean[], pointsKept: number): string | null {
  const passed: number[] = [];
  let points: RecoveryPoint[] = [];
  let retentionMs = 0;
  let now = 0;
  // The first sync leaves nothing to remove: the day is counted from it.
  let vacuumedAt = 0;
  let newestIsClone = true;
  const set = (oldestAt: number | null, ends: readonly number[]): void => {
    retentionMs = Math.ceil(stagingRetentionMs(oldestAt, stagingReserveMs(ends), now) / hourMs) * hourMs;
  };
  for (const [index, pauseMs] of pausesMs.entries()) {
    const before = keptInStaging(points);
    const ends = [...before.ends, now];
    const latest = points[0]?.manifest[0]?.stagingCommittedAt;
    const sends = changes[index] === true || latest === undefined;
    if (sends) {
      set(before.oldest.s ?? null, ends);
      newestIsClone = true;
    }
    points = [pointOf(now, sends ? now : latest), ...points].slice(0, pointsKept);
    const oldestAt = keptInStaging(points).oldest.s ?? now;
    if (now - vacuumedAt > dayMs) {
      if (retentionFallsShort(asProperties(retentionMs), oldestAt, stagingReserveMs(ends), now)) set(oldestAt, ends);
      vacuumedAt = now;
      newestIsClone = false;
    }
    passed.push(Math.min(pauseMs, Math.max(days(6), ...passed.slice(-pointsKept))));
    now += passed.at(-1) ?? 0;
    for (const { manifest } of points) {
      const committedAt = manifest[0]?.stagingCommittedAt ?? now;
      const readable =
        (newestIsClone && committedAt === points[0]?.manifest[0]?.stagingCommittedAt) ||
        now - committedAt < retentionMs;
      if (!readable) return `after sync ${index}: ${(now - committedAt) / dayMs} days old, kept ${retentionMs / dayMs}`;
    }
  }
  return null;
}

describe('kept points', () => {
  it('can be read at any time, whatever the pace, and whether a table changes or not', () => {
    const pace = fc.oneof(fc.integer({ min: 1, max: 48 }), fc.integer({ min: 1, max: 24 * 40 }));
    fc.assert(
      fc.property(
        fc.array(fc.record({ hours: pace, changes: fc.boolean() }), { minLength: 2, maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        (syncs, pointsKept) => {
          const pauses = syncs.map(({ hours }) => hours * hourMs);
          const changes = syncs.map((sync) => sync.changes);
          expect(firstUnreadable(pauses, changes, pointsKept)).toBeNull();
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['hourly, for half a year', days(1 / 24), 24 * 180],
    ['daily, for a year', days(1), 365],
    ['six days apart', days(6), 60],
  ])('of a table that never changes are readable: %s', (_what, pauseMs, syncs) => {
    expect(firstUnreadable(Array(syncs).fill(pauseMs), [], 3)).toBeNull();
  });
});

describe('a commit that keeps staging readable', () => {
  const clone = commit('3 10:00 CLONE by ?');
  const setting = (properties: unknown): TableCommit => ({
    ...commit('4 10:05 SET TBLPROPERTIES by receiver'),
    operationParameters: { properties: typeof properties === 'string' ? properties : JSON.stringify(properties) },
  });
  const stamp = { sourceTableId: 's1', sourceVersion: 42, syncId: 'y', epoch: 3, controller: 'm' };
  const currency = (history: readonly TableCommit[]) => currencyOf(stampProperties(stamp), history, stamp).kind;

  it('changes nothing of it: the table is not sent again', () => {
    const history = [setting(asProperties(1)), clone];
    expect(currency(withoutUpkeep(history))).toBe('current');
    expect(changesAfter(withoutUpkeep(history), 3)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['other properties', { 'delta.appendOnly': 'true' }],
    ['others along with them', { ...asProperties(1), 'delta.appendOnly': 'true' }],
    ['none', {}],
    ['what is no JSON', 'properties'],
    ['nothing that has names', '"interval 7 days"'],
  ])('is none that sets %s', (_what, properties) => {
    expect(currency(withoutUpkeep([setting(properties), clone]))).toBe('changed-after');
  });

  it('is none of another kind', () => {
    const unset = { ...setting(asProperties(1)), operation: 'UNSET TBLPROPERTIES' };
    expect(currency(withoutUpkeep([unset, clone]))).toBe('changed-after');
  });

  it('is a change on a table that people use: it is theirs, and guarded', () => {
    const history = [setting(asProperties(1)), clone];
    expect(currency(history)).toBe('changed-after');
    const detail = { id: 't1', properties: stampProperties(stamp), numFiles: 1 };
    const holder = { epoch: 3, controller: 'm' };
    expect(targetGuard({ table: 't', detail, history, holder, baseline: null })?.code).toBe('TARGET_CHANGED');
  });
});
