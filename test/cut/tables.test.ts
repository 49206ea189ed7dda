import { describe, expect, it } from 'vitest';
import type { CatalogTable, SourceTable } from '../../src/domain/cut/index.js';
import {
  chooseCut,
  chooseSnapshot,
  chooseVersions,
  parseIntervalMs,
  unsupportedTable,
} from '../../src/domain/cut/index.js';
import { commit, jobId, run, time } from './examples/notation.js';

const delta: CatalogTable = { tableType: 'MANAGED', dataSourceFormat: 'DELTA', hasRowFilter: false, maskedColumns: [] };

const table = (name: string, history: readonly string[], base: number | null = 4): SourceTable => ({
  name,
  detail: { id: `${name}1`, format: 'delta', properties: {} },
  catalog: delta,
  history: history.map(commit),
  base: base === null ? null : { tableId: `${name}1`, version: base, asOf: time('09:30'), staged: true },
});

describe('nothing is lost in silence: a table that can not be cloned is refused by name and reason', () => {
  it.each<[string, Partial<CatalogTable>, string]>([
    ['a view', { tableType: 'VIEW', dataSourceFormat: null }, 'it is a view'],
    ['a materialized view', { tableType: 'MATERIALIZED_VIEW' }, 'it is a materialized view'],
    ['a streaming table', { tableType: 'STREAMING_TABLE' }, 'it is a streaming table'],
    ['a foreign table', { tableType: 'FOREIGN' }, 'it is a foreign'],
    ['a type that nobody knows', { tableType: 'HOLOGRAM' }, 'it is a hologram'],
    ['Iceberg', { dataSourceFormat: 'ICEBERG' }, 'its format is ICEBERG'],
    ['no format', { dataSourceFormat: null }, 'its format is unknown'],
    ['a row filter', { hasRowFilter: true }, 'row filter'],
    ['column masks', { maskedColumns: ['iban', 'name'] }, 'iban, name'],
  ])('%s', (_, change, reason) => {
    const failure = unsupportedTable('c.s.t', { ...delta, ...change }, { format: 'delta' });
    expect(failure?.code).toBe('UNSUPPORTED_TABLE');
    expect(failure?.message).toContain('c.s.t');
    expect(failure?.message).toContain(reason);
    expect(failure?.remedy).toBeTruthy();
  });

  it.each(['MANAGED', 'EXTERNAL', 'external', 'MANAGED_SHALLOW_CLONE'])('%s Delta tables are fine', (tableType) => {
    expect(unsupportedTable('t', { ...delta, tableType }, { format: 'delta' })).toBeNull();
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

  it('leaves a table that was taken out of the group alone: only what is asked for is answered', () => {
    expect(choose([good])).toMatchObject({ tables: [{ table: 'a' }] });
  });

  it('takes a table that is new in the group at the same end as the others, which are carried', () => {
    const choice = choose([
      table('a', []),
      table('n', ['0 09:00 CREATE TABLE by Ann', '1 10:03 WRITE by A', '2 10:11 WRITE by B'], null),
    ]);
    expect(choice).toMatchObject({
      tables: [
        { table: 'a', changed: false },
        { table: 'n', version: 1, changed: true },
      ],
    });
  });
});

describe('atomic: where the newest end makes no cut, an older one may', () => {
  const runs = ['A 10:00-10:05', 'B 10:10-10:15', 'C 10:15:05-'].map(run);
  const candidates = [
    { run: { runId: 'B', repairId: null }, endTime: time('10:15'), overlappedWith: [] },
    { run: { runId: 'A', repairId: null }, endTime: time('10:05'), overlappedWith: [] },
  ];
  const choose = (history: string[]) =>
    chooseCut({
      candidates,
      runs,
      jobId,
      tables: [table('t', history)],
      now: time('12:00'),
      acknowledgeStreaming: false,
    });

  it('falls back to it', () => {
    const choice = choose(['5 10:03 MERGE by ?', '6 10:15:02 MERGE by ?']);
    expect(choice).toMatchObject({ kind: 'cut', candidate: { run: { runId: 'A' } }, tables: [{ version: 5 }] });
    expect(choice.tried.map(({ outcome }) => outcome.kind)).toEqual(['failed', 'versions']);
  });

  it('tells the failure of the newest where none does', () => {
    const choice = choose(['5 10:03 MERGE by B', '6 10:15:02 MERGE by ?']);
    expect(choice).toMatchObject({ kind: 'cut', candidate: { run: { runId: 'A' } }, tables: [{ version: 4 }] });
    const none = choose(['5 10:03 MERGE by C', '6 10:04 MERGE by A', '7 10:15:02 MERGE by B']);
    expect(none).toMatchObject({ kind: 'failed', failure: { code: 'CUT_NOT_PURE' } });
  });
});

describe('snapshot: standalone tables are copied at one instant', () => {
  const choose = (tables: SourceTable[], now = '12:00') =>
    chooseSnapshot({ instant: time('10:05'), tables, now: time(now), acknowledgeStreaming: false });

  it('takes each at its last change up to the instant, whoever made it', () => {
    const choice = choose([
      table('a', ['5 10:03 MERGE by job 9', '6 10:06 MERGE by job 9']),
      table('b', ['5 10:05 WRITE by Ann', '6 10:05:01 WRITE by ?']),
      table('c', ['5 10:01 OPTIMIZE by ?']),
    ]);
    expect(choice).toMatchObject({
      tables: [
        { table: 'a', version: 5, changed: true },
        { table: 'b', version: 5, changed: true },
        { table: 'c', version: 4, changed: false },
      ],
    });
  });

  it('waits until commits of that time are surely in the history', () => {
    expect(choose([table('a', [])], '10:05:04')).toEqual({ kind: 'wait', until: time('10:05:10') });
  });

  it('refuses a table that did not exist then', () => {
    expect(choose([table('a', ['0 10:06 CREATE TABLE by Ann'], null)])).toMatchObject({
      failure: { code: 'VERSION_EXPIRED' },
    });
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
