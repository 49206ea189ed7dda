import { describe, expect, it } from 'vitest';
import { outcomeText } from '../../src/client/outcome.js';
import { pointTables } from '../../src/client/point-tables.js';
import { statusText } from '../../src/client/status-text.js';
import { bytes, duration, fields, relativeTime, table, wrap } from '../../src/client/text.js';
import type { LedgerRow } from '../../src/domain/ledger.js';
import { ledgerRow } from '../../src/domain/ledger-events.js';
import type { GroupStatus, RequestStatus } from '../../src/domain/status.js';
import { aStatus } from './a-status.js';

const now = Date.parse('2026-05-01T12:00:00Z');

describe('how things are said', () => {
  it.each([
    [0, '0 s'],
    [59_499, '59 s'],
    [60_000, '1 min'],
    [3_599_000, '59 min'],
    [3_600_000, '1 h'],
    [7 * 86_400_000, '7 days'],
  ])('%i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    ['2026-05-01T11:57:00Z', '3 min ago'],
    ['2026-05-01T12:12:00Z', 'in 12 min'],
    ['2026-05-01T12:00:00Z', 'just now'],
  ])('%s is %s', (time, text) => expect(relativeTime(time, now)).toBe(text));

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [12_345_678, '12.3 MB'],
    [5e15, '5.0 PB'],
    [9e20, '900000.0 PB'],
  ])('%d bytes are %s', (count, text) => expect(bytes(count)).toBe(text));

  it('lines break between words and keep every word', () => {
    const text = 'what happened, to which object, and averyveryverylongwordthatfitsnowhere what to do';
    const lines = wrap(text, 20);
    expect(lines.join(' ')).toBe(text);
    for (const line of lines.filter((each) => each.includes(' '))) expect(line.length).toBeLessThanOrEqual(20);
  });

  it('fields and tables become lists where the terminal is narrow', () => {
    expect(fields([['state', 'protected']], 80)).toBe('  state  protected\n');
    expect(fields([['state', 'protected']], 30)).toBe('  state\n    protected\n');
    expect(table(['a', 'b'], [['1', '2']], 80)).toBe('a  b\n1  2\n');
    expect(table(['a', 'b'], [['1'.repeat(50), '2']], 20)).toContain('  b\n    2\n');
  });

  it('indented tables stay indented, and on a narrow terminal name no cell that is empty', () => {
    expect(table(['a', 'b'], [['1', '2']], 80, { indent: 2 })).toBe('  a  b\n  1  2\n');
    expect(table(['a', 'b', 'c'], [['1', '', '3'.repeat(80)]], 80, { indent: 2 })).toBe(
      `  a  1\n  c  ${'3'.repeat(80)}\n`,
    );
  });

  it('a row may have words of its own for a narrow terminal, in which the next item can be told from a new line', () => {
    const row = ['v7', 'MERGE', 'written by a run with a long name', 'contained'];
    const text = table(['', '', '', ''], [row, row], 40, { indent: 4, narrow: (cells) => cells.join(', ') });
    expect(text).toBe('    v7, MERGE, written by a run with a\n      long name, contained\n'.repeat(2));
  });
});

describe('what became of a request', () => {
  const request = (kind: RequestStatus['kind']): RequestStatus => ({
    id: 'r',
    kind,
    at: '',
    outcome: 'no-change',
    code: null,
  });

  it('that changed nothing: a sync says why, others that it is so', () => {
    expect(outcomeText(request('pause'), aStatus({})).line).toBe('nothing to do, it already is so');
    expect(outcomeText(request('syncNow'), aStatus({})).line).toContain('newest finished run is published');
    expect(outcomeText(request('syncNow'), aStatus({ recoveryPoint: null })).line).toContain('nothing to sync yet');
    const recoveryPoint = { ...aStatus({}).recoveryPoint, kind: 'snapshot' } as GroupStatus['recoveryPoint'];
    expect(outcomeText(request('syncNow'), aStatus({ recoveryPoint })).line).toContain('no table has changed');
  });
});

describe('status for people', () => {
  it('shows remedies beside what is wrong', () => {
    const text = statusText(
      aStatus({
        held: {
          code: 'TARGET_CHANGED',
          message: 'Rows were added to t.',
          remedy: 'Ask their author.',
          since: '2026-05-01T11:00:00Z',
        },
        fencePending: true,
        paused: true,
      }),
      now,
      80,
    );
    expect(text).toContain('held            TARGET_CHANGED, since 1 h ago: Rows were added to t.');
    expect(text).toContain('To do: Ask their author.');
    expect(text).toContain('is not stopped yet');
    expect(text).toContain('none while paused');
  });

  it('says a repaired run by its repair, and what is not there yet', () => {
    expect(statusText(aStatus({}), now, 80)).toContain('run 7 (repair 8), ended 10 min ago (2026-05-01 11:50:00');
    expect(statusText(aStatus({ recoveryPoint: null, protection: 'unprotected' }), now, 80)).toContain('none yet');
  });
});

describe('the versions of a recovery point', () => {
  const author = { workspace: 'sales', group: 'orders', epoch: 1, controller: 'c', direction: 'forward' } as const;
  const group = (syncId: string, at: number, versions: Record<string, readonly [number, number]>): LedgerRow =>
    ledgerRow(author, 'published', `${syncId}/published`, at, {
      syncId,
      detail: JSON.stringify({
        kind: 'run',
        manifest: Object.entries(versions).map(([targetTable, [sourceVersion, stagingVersion]]) => ({
          targetTable,
          sourceVersion,
          stagingVersion,
        })),
      }),
    });
  const clone = (syncId: string, at: number, tableName: string, targetVersion: number): LedgerRow =>
    ledgerRow(author, 'published', `${syncId}/published/${tableName}`, at, {
      syncId,
      tableName,
      targetVersion,
      hop: 'receive',
    });
  const rows = [
    group('s2', 200, { a: [9, 3], b: [5, 1] }),
    clone('s2', 200, 'a', 12),
    group('s1', 100, { a: [7, 2], b: [5, 1] }),
    clone('s1', 100, 'a', 11),
    clone('s1', 100, 'b', 4),
  ];

  it('of a carried table are those of the sync that put it there', () => {
    expect(pointTables({ syncId: 's2' }, rows)).toEqual({
      a: { sourceVersion: 9, stagingVersion: 3, targetVersion: 12 },
      b: { sourceVersion: 5, stagingVersion: 1, targetVersion: 4 },
    });
  });

  it('of an older point are not those of a newer one', () => {
    expect(pointTables({ syncId: 's1' }, rows)?.a).toEqual({ sourceVersion: 7, stagingVersion: 2, targetVersion: 11 });
  });

  it('are unknown where the ledger does not tell', () => {
    expect(pointTables({ syncId: 's3' }, rows)).toBeNull();
  });
});
