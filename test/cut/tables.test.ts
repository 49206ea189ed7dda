import { describe, expect, it } from 'vitest';
import type { CatalogTable, SourceTable } from '../../src/domain/cut/index.js';
import { chooseVersions, parseIntervalMs, unsupportedTable } from '../../src/domain/cut/index.js';
import { commit, jobId, run, time } from './examples/notation.js';
import { answerOf, supportExamples } from './examples/table-examples.js';

const delta: CatalogTable = { tableType: 'MANAGED', dataSourceFormat: 'DELTA', hasRowFilter: false, maskedColumns: [] };

const table = (name: string, history: readonly string[], base: number | null = 4): SourceTable => ({
  name,
  detail: { id: `${name}1`, format: 'delta', properties: {} },
  catalog: delta,
  history: history.map(commit),
  base: base === null ? null : { tableId: `${name}1`, version: base, asOf: time('09:30'), staged: true },
});

describe('nothing is lost in silence: what can not be copied is refused by name and reason', () => {
  it.each(supportExamples)('$title', (example) => {
    expect(answerOf(example)).toBe(example.answer);
  });

  it('names the table and what to do', () => {
    const failure = unsupportedTable('c.s.t', { ...delta, tableType: 'VIEW' }, { format: 'delta' });
    expect(failure?.message).toContain('c.s.t');
    expect(failure?.remedy).toBeTruthy();
  });

  it('believes DETAIL where the catalog was not asked', () => {
    expect(unsupportedTable('t', null, { format: 'parquet' })?.code).toBe('UNSUPPORTED_TABLE');
    expect(unsupportedTable('t', null, { format: 'delta' })).toBeNull();
  });
});

describe('atomic: all tables of a group, or none', () => {
  const runs = ['A 10:00-10:05', 'B 10:10-'].map(run);
  const choose = (tables: SourceTable[], now = '12:00') =>
    chooseVersions({ endTime: time('10:05'), runs, jobId, tables, now: time(now), acknowledgeStreaming: false });
  const good = table('a', ['5 10:03 MERGE by A']);
  const impure = table('b', ['5 10:11 MERGE by B', '6 10:12 MERGE by A']);
  const gone = table('c', ['9 10:12 MERGE by B'], null);
  const view = { ...table('d', []), catalog: { ...delta, tableType: 'VIEW' } };
  const nameless = table('e', ['5 10:03 MERGE by ?']);

  it('gives the version of each, in order of their names', () => {
    const choice = choose([table('z', []), good]);
    expect(choice).toMatchObject({
      kind: 'versions',
      tables: [
        { table: 'a', version: 5 },
        { table: 'z', version: 4, changed: false },
      ],
    });
  });

  it('fails as a whole where one table has no version, and names it', () => {
    expect(choose([good, impure])).toMatchObject({
      kind: 'failed',
      failure: { code: 'CUT_NOT_PURE' },
      tables: [{ table: 'b' }],
    });
  });

  it('tells first what time does not mend', () => {
    expect(choose([gone, impure, view])).toMatchObject({ failure: { code: 'UNSUPPORTED_TABLE' } });
    expect(choose([gone, impure])).toMatchObject({ failure: { code: 'CUT_NOT_PURE' } });
  });

  it('names every table that fails for the same reason', () => {
    const other = { ...impure, name: 'x' };
    expect(choose([other, impure])).toMatchObject({ tables: [{ table: 'b' }, { table: 'x' }] });
  });

  it('waits for clocks before it judges', () => {
    expect(choose([impure, nameless], '10:05:03')).toEqual({ kind: 'wait', until: time('10:05:10') });
  });
});

describe('retention properties are read as Delta reads them', () => {
  const hourMs = 3_600_000;
  it.each<[string, number | null]>([
    ['interval 7 days', 168 * hourMs],
    ['interval 1 week', 168 * hourMs],
    ['INTERVAL 30 DAYS', 720 * hourMs],
    ['168 hours', 168 * hourMs],
    ['interval 1 week 2 days', 216 * hourMs],
    ["interval '36' hours", 36 * hourMs],
    ['interval 90 minutes 30 seconds', 1.5 * hourMs + 30_000],
    ['interval 0 hours', 0],
    ['interval 1 month', null],
    ['interval', null],
    ['', null],
    ['seven days', null],
    ['7', null],
    ['-7 days', null],
  ])('%s', (text, ms) => {
    expect(parseIntervalMs(text)).toBe(ms);
  });
});

describe('nothing depends on how many tasks a run has', () => {
  it('attributes a commit of the 150th task', () => {
    const long = run('A 10:00-10:05');
    const taskRunIds = Array.from({ length: 150 }, (_, index) => `task ${index}`);
    const segments = long.segments.map(({ repairId, startTime, endTime, result }) => ({
      repairId,
      startTime,
      endTime,
      result,
    }));
    const late = commit('5 10:20 MERGE by A.task');
    const history = [{ ...late, job: { jobId, jobRunId: null, taskRunId: 'task 149' } }];
    const choice = chooseVersions({
      endTime: time('10:05'),
      runs: [{ ...long, segments, taskRunIds }],
      jobId,
      tables: [{ ...table('t', []), history }],
      now: time('12:00'),
      acknowledgeStreaming: false,
    });
    expect(choice).toMatchObject({ tables: [{ version: 5 }] });
  });
});
