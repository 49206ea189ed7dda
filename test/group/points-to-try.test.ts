import { describe, expect, it } from 'vitest';
import type { PointsWanted } from '../../src/domain/group/points-to-try.js';
import { pointsToTry } from '../../src/domain/group/points-to-try.js';
import type { LedgerRow } from '../../src/domain/ledger.js';
import { event, now, point } from './support.js';

const detail = JSON.stringify({ kind: 'run', manifest: [] });
const row = (name: LedgerRow['event'], runId: string, minutes: number, fields: Partial<LedgerRow> = {}): LedgerRow => {
  const { syncId, runEndTime, specHash } = point(runId, Number(runId));
  return event(name, minutes, { syncId, runId, runEndTime, specHash, detail, ...fields });
};
const failed = (runId: string, minutes: number, errorCode: LedgerRow['errorCode']): LedgerRow =>
  row('failed', runId, minutes, { errorCode, detail: null });

const first = [row('sent', '1', 1), row('published', '1', 2)];
const second = [...first, row('sent', '2', 3)];

const tried = (rows: readonly LedgerRow[], wanted: Partial<PointsWanted> = {}): string[] =>
  pointsToTry(rows, { direction: 'forward', runId: null, endedSince: null, ...wanted }).map(({ source }) =>
    source.kind === 'run' ? source.runId : source.kind,
  );

describe('atomic, and never backwards without need: which whole point is tried first', () => {
  it.each<[string, readonly LedgerRow[], string[]]>([
    ['the newest, also where it was only sent: its bytes are here', second, ['2', '1']],
    [
      'the newest, where an outage kept it from being published',
      [...second, failed('2', 4, 'WAREHOUSE_UNAVAILABLE')],
      ['2', '1'],
    ],
    [
      'the one before, where the newest could not be published',
      [...second, failed('2', 4, 'STATEMENT_FAILED')],
      ['1', '2'],
    ],
    ['never one that is not what was sent', [...second, failed('2', 4, 'VERIFY_FAILED')], ['1']],
    [
      'the newest again, where the one before could not be published again either',
      [...second, failed('2', 4, 'STATEMENT_FAILED'), failed('1', 5, 'STATEMENT_FAILED')],
      ['2', '1'],
    ],
    [
      'one that failed and was published in the end is as good as any',
      [failed('1', 1.5, 'STATEMENT_FAILED'), ...second, failed('2', 4, 'STATEMENT_FAILED')],
      ['1', '2'],
    ],
    [
      'one that was published again after a roll-back, too',
      [...second, failed('1', 4, 'STATEMENT_FAILED'), failed('2', 4, 'STATEMENT_FAILED'), row('rolled_back', '1', 5)],
      ['1', '2'],
    ],
    ['of this direction alone', [...second, { ...row('published', '3', 9), direction: 'reverse' }], ['2', '1']],
    ['of a newer epoch before all others', [...second, { ...row('published', '1', 9), epoch: 2 }], ['1', '2']],
  ])('%s', (_name, rows, expected) => {
    expect(tried(rows)).toEqual(expected);
    expect(tried([...rows].reverse())).toEqual(expected);
  });

  it('a run that was named, and no other', () => {
    expect(tried(second, { runId: '1' })).toEqual(['1']);
    expect(tried(second, { runId: '7' })).toEqual([]);
  });

  it('to complete a publish nothing older than what is published', () => {
    expect(tried([row('published', '0', 0), ...second], { endedSince: now + 60_000 })).toEqual(['2', '1']);
  });
});
