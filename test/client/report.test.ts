import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesAxis, durationAxis, timeTicks } from '../../src/client/report/axis.js';
import type { ReportData } from '../../src/client/report/data.js';
import { factsOf } from '../../src/client/report/facts.js';
import { reportPage } from '../../src/client/report/page.js';
import type { LedgerEventName, LedgerRow } from '../../src/domain/ledger.js';
import { ledgerRow } from '../../src/domain/ledger-events.js';
import { completeFile, withValue } from '../config/fixtures.js';
import { aStatus } from './a-status.js';
import { fileWith, ran } from './test-io.js';

const noon = Date.parse('2026-05-01T12:00:00Z');
const minutes = (count: number): number => noon + count * 60_000;
const author = { workspace: 'sales', group: 'orders', epoch: 1, controller: 'm', direction: 'forward' as const };

const event = (name: LedgerEventName, at: number, fields: Partial<LedgerRow> = {}): LedgerRow =>
  ledgerRow(author, name, `${name}/${at}`, minutes(at), fields);

/** A sync of the run that ended at a minute: sent one minute later, published after two. */
const aSync = (syncId: string, runEnd: number, copiedBytes: number): LedgerRow[] => {
  const run = { syncId, runId: `run-${runEnd}`, runEndTime: minutes(runEnd) };
  const detail = JSON.stringify({ kind: 'run', manifest: [{ carried: true }, { carried: false }] });
  return [
    event('sent', runEnd + 1, { ...run, copiedBytes, durationMs: 4_000 }),
    event('published', runEnd + 2, { ...run, durationMs: 1_500, detail }),
  ];
};

const newestFirst = (...rows: LedgerRow[]): LedgerRow[] => rows.sort((a, b) => b.recordedAt - a.recordedAt);

const aReport = (rows: readonly LedgerRow[], changes: Partial<ReportData> = {}): ReportData => ({
  generatedAt: minutes(60),
  version: '1.2.3',
  unanswered: [],
  groups: [{ workspace: 'sales', group: 'orders', status: aStatus({}), rows }],
  ...changes,
});

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('report: facts of the ledger', () => {
  it('a point counts when it was published first, though a switch publishes it again', () => {
    const again = event('published', 50, { syncId: 's1', runId: 'run-0', runEndTime: minutes(0) });
    const { points } = factsOf(newestFirst(...aSync('s1', 0, 700), again), minutes(60));
    expect(points).toMatchObject([
      { syncId: 's1', publishedAt: minutes(2), copiedBytes: 700, tables: { all: 2, carried: 1 } },
    ]);
  });

  it('the age is a sawtooth that grows with the clock and falls with each point', () => {
    const { age } = factsOf(newestFirst(...aSync('s1', 0, 1), ...aSync('s2', 10, 1)), minutes(20));
    expect(age.map((piece) => piece.map(({ at, ageMs }) => [at - noon, ageMs].map((ms) => ms / 60_000)))).toEqual([
      [
        [2, 2],
        [12, 12],
        [12, 2],
        [20, 10],
      ],
    ]);
  });

  it('a switch ends the age: nothing is protected until a point is published the other way', () => {
    const rows = newestFirst(...aSync('s1', 0, 1), event('failed_over', 5), ...aSync('s2', 10, 1));
    const { age } = factsOf(rows, minutes(20));
    expect(age.map((piece) => piece.map(({ at }) => (at - noon) / 60_000))).toEqual([
      [2, 5],
      [12, 20],
    ]);
  });

  it('a roll-back shows the older point again', () => {
    const undone = event('rolled_back', 15, { syncId: 's1', runEndTime: minutes(0) });
    const { age } = factsOf(newestFirst(...aSync('s1', 0, 1), ...aSync('s2', 10, 1), undone), minutes(16));
    expect(age.flat().at(-1)).toEqual({ at: minutes(16), ageMs: 16 * 60_000 });
  });

  it('a sync that sent and never published still counts its bytes', () => {
    const [sent] = aSync('s1', 0, 900);
    const { syncs, points } = factsOf(sent === undefined ? [] : [sent], minutes(20));
    expect(syncs).toMatchObject([{ copiedBytes: 900, sendMs: 4_000, receiveMs: 0 }]);
    expect(points).toEqual([]);
  });

  it('details in words of another version leave gaps, not errors', () => {
    const rows = [event('published', 2, { syncId: 's1', runEndTime: noon, detail: '{"manifest": 7' })];
    expect(factsOf(rows, minutes(3)).points).toMatchObject([{ tables: null, copiedBytes: null }]);
    expect(reportPage(aReport([event('failed_over', 3, { detail: '[]' }), ...rows]))).toContain('failed over');
  });
});

describe('report: axes', () => {
  const labels = ({ ticks, label }: ReturnType<typeof durationAxis>): string[] => ticks.map(label);

  it.each([
    [0, ['0', '0.1 s']],
    [41_000, ['0', '15 s', '30 s', '45 s']],
    [60_000, ['0', '15 s', '30 s', '45 s', '60 s']],
    [5 * 3_600_000, ['0', '2 h', '4 h', '6 h']],
  ])('%i ms fit below the last tick, in one unit', (max, expected) => {
    expect(labels(durationAxis(max))).toEqual(expected);
    expect(durationAxis(max).ticks.at(-1)).toBeGreaterThanOrEqual(max);
  });

  it.each([
    [0, ['0', '1 B']],
    [999, ['0', '0.5 kB', '1 kB']],
    [68_000, ['0', '20 kB', '40 kB', '60 kB', '80 kB']],
    [1_500_000, ['0', '0.5 MB', '1 MB', '1.5 MB']],
    [7e15, ['0', '2 PB', '4 PB', '6 PB', '8 PB']],
  ])('%d bytes fit below the last tick, in one unit', (max, expected) => {
    expect(labels(bytesAxis(max))).toEqual(expected);
    expect(bytesAxis(max).ticks.at(-1)).toBeGreaterThanOrEqual(max);
  });

  it.each([1, 40, 3_600, 86_400, 30 * 86_400, 900 * 86_400])('%i s have few ticks, all inside', (seconds) => {
    const ticks = timeTicks(noon + 7_001, noon + 7_001 + seconds * 1_000);
    expect(ticks.length).toBeGreaterThan(0);
    expect(ticks.length).toBeLessThanOrEqual(6);
    for (const { at } of ticks) expect(at).toBeGreaterThanOrEqual(noon + 7_001);
  });

  it('a day is named where it begins', () => {
    const from = Date.parse('2026-05-01T20:00:00Z');
    expect(timeTicks(from, from + 8 * 3_600_000).map(({ label, date }) => `${label} ${date ?? ''}`.trim())).toEqual([
      '20:00 1 May',
      '22:00',
      '00:00 2 May',
      '02:00',
      '04:00',
    ]);
  });
});

describe('report: the page', () => {
  it('plots every sync, and tells points, failures, switches and drills', () => {
    const rows = newestFirst(
      ...aSync('sync-1', 0, 1_000_000),
      ...aSync('s2', 10, 2_500_000),
      event('failed', 20, { errorCode: 'STATEMENT_FAILED', errorMessage: 'the warehouse ended it' }),
      event('failed_over', 30, {
        detail: JSON.stringify({ to: 'secondary', reason: 'region down', lostRuns: ['run-25'] }),
      }),
    );
    const page = reportPage(aReport(rows));
    expect(count(page, '<svg')).toBe(4);
    expect(count(page, '<circle')).toBe(2);
    expect(page).toContain('2.5 MB for run run-10');
    expect(page).toContain('4.0 s to send, 1.5 s to publish run run-0');
    expect(page).toMatch(/STATEMENT_FAILED<\/code><\/td><td>the warehouse ended it/);
    expect(page).toContain('to the secondary; reason: region down; runs known lost: run-25');
    expect(page).toMatch(/Drills<\/h3>\s*<p class="none">never/);
    expect(page).toContain('published now');
    expect(page).toContain('2026-05-01 13:00:00 UTC by lakehouse-dr 1.2.3');
  });

  it('loads nothing and runs nothing', () => {
    const page = reportPage(aReport(aSync('s1', 0, 5)));
    expect(page).not.toMatch(/<(script|link|img|iframe|object)\b|\ssrc=|url\(|@import|https?:/i);
  });

  it('no picture holds what is no number', () => {
    const skewed = newestFirst(
      event('sent', 1, { syncId: 's', runEndTime: minutes(5), copiedBytes: null }),
      event('published', 1, { syncId: 's', runEndTime: minutes(5) }),
    );
    for (const rows of [[], skewed, aSync('s1', 0, 0), aSync('s1', 90, 10)]) {
      expect(reportPage(aReport(rows))).not.toMatch(/NaN|Infinity|undefined|="-\d+\.\d"/);
    }
  });

  it('says what was asked for and what became of it', () => {
    const asked = (at: number, request: object) => event('request', at, { detail: JSON.stringify({ request }) });
    const page = reportPage(
      aReport(
        newestFirst(
          asked(1, { kind: 'syncNow', outcome: 'done', code: null }),
          asked(2, { kind: 'failover', outcome: 'refused', code: 'NO_RECOVERY_POINT' }),
          event('request', 3, { detail: 'what no version writes' }),
        ),
      ),
    );
    expect(page).toMatch(/syncNow.*asked for, done/s);
    expect(page).toMatch(/failover.*asked for, refused: NO_RECOVERY_POINT/s);
  });

  it('whatever comes from outside stays text', () => {
    const evil = `"'><script>alert(1)</script>&`;
    const rows = newestFirst(
      ...aSync(evil, 0, 1).map((row) => ({ ...row, runId: evil })),
      event('held', 3, { errorMessage: `\`${evil}\``, runId: evil }),
      event('failed_over', 4, { detail: JSON.stringify({ to: evil, reason: evil, lostRuns: [evil] }) }),
      event('request', 4, { detail: JSON.stringify({ request: { kind: evil, outcome: evil, code: evil } }) }),
      event('drilled', 5, { errorCode: 'VERIFY_FAILED', errorMessage: evil }),
    );
    const failure = { code: 'VERIFY_FAILED' as const, message: evil, remedy: evil };
    const status = aStatus({
      held: { ...failure, since: '2026-05-01T12:00:00Z' },
      lastError: { ...failure, message: `${evil}2`, at: '2026-05-01T12:00:00Z' },
      lastDrill: { at: '2026-05-01T12:00:00Z', result: evil },
    });
    const groups = [
      { workspace: evil, group: evil, status, rows },
      { workspace: evil, group: evil, status: { unknownBecause: evil }, rows: [] },
    ];
    const page = reportPage(aReport([], { groups, unanswered: [evil], version: evil }));
    expect(count(page, '&lt;script&gt;')).toBeGreaterThan(15);
    expect(page).not.toContain('<script');
    // Neither did an attribute end early: every quote inside tags belongs to the page's own markup.
    expect(page.replace(/<[a-z]+\d?(?: [a-zA-Z\d-]+="[^"<>]*")*\/?>|<\/[a-z]+\d?>|<!DOCTYPE html>/gi, '')).not.toMatch(
      /[<>]/,
    );
  });
});

describe('report: places that do not answer', () => {
  const unreachable = withValue(
    withValue(completeFile(), 'workspaces.0.workspace_instance_url', 'https://127.0.0.1:9'),
    'workspaces.0.secondary_workspace_instance_url',
    'https://127.0.0.1:2',
  );

  it('the page comes out and says what is missing', () => {
    const page = reportPage(
      aReport([], {
        unanswered: ['Temporal could not be asked: no answer.'],
        groups: [{ workspace: 'sales', group: 'orders', status: { unknownBecause: 'no answer' }, rows: [] }],
      }),
    );
    expect(page).toContain('Temporal could not be asked: no answer.');
    expect(page).toContain('not known');
    expect(page).toContain('nothing to plot');
    expect(page).not.toContain('<svg');
  });

  it('with no answer from anywhere, no file is written and the exit code is 4', async () => {
    const out = join(mkdtempSync(join(tmpdir(), 'dr-report-')), 'report.html');
    const { code, err } = await ran(['report', '--out', out], {
      variables: {
        DR_CONFIG: fileWith(unreachable),
        TEMPORAL_ADDRESS: '127.0.0.1:9',
        DATABRICKS_TOKEN_PRIMARY: 'x',
        DATABRICKS_TOKEN_SECONDARY: 'y',
      },
    });
    expect(code).toBe(4);
    expect(err.replace(/\s+/g, ' ')).toMatch(/Nothing could be asked.*Temporal.*secondary region.*primary region/);
    expect(() => readFileSync(out)).toThrow('ENOENT');
  }, 60_000);
});
