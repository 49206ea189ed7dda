import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/databricks/api.js';
import { named } from '../../src/databricks/identifiers.js';
import { commitsOf, detailOf } from '../../src/databricks/table-rows.js';
import { createTables } from '../../src/databricks/tables.js';
import { stampOf, stampProperties } from '../../src/domain/stamp.js';

const answers = join(import.meta.dirname, '../../../shared/fixtures/spark-answers');
const recorded = existsSync(answers);

const commit = (version: number): Row => ({
  version: BigInt(version),
  timestamp: new Date(version * 1000),
  operation: 'WRITE',
  operationParameters: { mode: 'Append' },
  operationMetrics: {},
  job: null,
});

/** A table with versions 0 to `newest`, of which the history holds those from `oldest` on. */
function tableWith(newest: number, oldest = 0) {
  const asked: string[] = [];
  const tables = createTables({
    query: async (sql) => {
      asked.push(sql);
      const limit = Number(/LIMIT (\d+)$/.exec(sql)?.[1] ?? Number.POSITIVE_INFINITY);
      const all = Array.from({ length: newest - oldest + 1 }, (_, index) => commit(newest - index));
      return all.slice(0, limit);
    },
  });
  return { tables, asked };
}

describe('the history of a table', () => {
  it('is read above a version completely, however long it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(9000), fc.nat(9000), fc.nat(50), async (newest, above, oldest) => {
        fc.pre(oldest <= newest);
        const { tables } = tableWith(newest, oldest);
        const commits = await tables.history(named('a.b.c'), { aboveVersion: above });
        expect(commits.map((one) => one.version)).toEqual(
          Array.from({ length: Math.max(0, newest - Math.max(above + 1, oldest) + 1) }, (_, index) => newest - index),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('economical: a few new commits take one short question', async () => {
    const { tables, asked } = tableWith(5000);
    await tables.history(named('a.b.c'), { aboveVersion: 4990 });
    expect(asked).toEqual(['DESCRIBE HISTORY `a`.`b`.`c` LIMIT 32']);
  });

  it('gives no more than asked for', async () => {
    const { tables } = tableWith(5000);
    expect(await tables.history(named('a.b.c'), { limit: 3 })).toHaveLength(3);
    expect(await tables.history(named('a.b.c'), { aboveVersion: 10, limit: 100 })).toHaveLength(100);
  });

  it('is ordered by version, whatever order it came in', () => {
    expect(commitsOf([commit(1), commit(3), commit(2)], 'x').map((one) => one.version)).toEqual([3, 2, 1]);
  });

  it('tells the job that wrote a commit, and the statement', () => {
    const job = {
      jobId: '8',
      jobName: 'etl',
      jobRunId: '1018446744073709551',
      runId: '12',
      jobOwnerId: '1',
      triggerType: 'periodic',
    };
    const [told, without] = commitsOf(
      [
        { ...commit(1), job, queryHistoryStatementId: 'q1' },
        { ...commit(0), job: { jobId: null, jobRunId: null, runId: null } },
      ],
      'x',
    );
    expect(told).toMatchObject({
      job: { jobId: '8', jobRunId: '1018446744073709551', taskRunId: '12' },
      statementId: 'q1',
    });
    expect(without).toMatchObject({ job: null, statementId: null });
  });

  it('refuses a row that is not understood', () => {
    expect(() => commitsOf([{ ...commit(1), version: null }], 'DESCRIBE HISTORY x')).toThrow(
      /DESCRIBE HISTORY x.*version/,
    );
  });
});

interface Recorded {
  readonly sql: string;
  readonly rows?: readonly Row[];
}

describe.skipIf(!recorded)('what Spark really answers', () => {
  const rowsOf = (file: string, sql: RegExp): readonly (readonly Row[])[] =>
    (JSON.parse(readFileSync(join(answers, file), 'utf8')) as readonly Recorded[])
      .filter((one) => sql.test(one.sql) && one.rows !== undefined)
      .map((one) => one.rows ?? []);

  it('is understood: histories', () => {
    const histories = rowsOf('describe_history.json', /^DESCRIBE HISTORY/);
    const commits = histories.flatMap((rows) => commitsOf(rows, 'x'));
    expect(commits.length).toBeGreaterThan(5);
    expect(commits[0]).toMatchObject({
      operation: 'TRUNCATE',
      version: 9,
      timestamp: Date.parse('2026-11-22T10:20:50.452Z'),
    });
  });

  it('is understood: details', () => {
    const details = rowsOf('describe_detail.json', /^DESCRIBE DETAIL/).map((rows) => detailOf(rows, 'x'));
    expect(details.length).toBeGreaterThan(1);
    expect(details[0]).toMatchObject({ properties: { k: 'v' }, tableFeatures: ['appendOnly', 'invariants'] });
  });
});

describe('the stamp', () => {
  const stamp = { sourceTableId: 'a', sourceVersion: 0, syncId: 's', epoch: 0, controller: 'c' };

  it('survives being written as table properties', () => {
    expect(stampOf({ ...stampProperties(stamp), other: 'x' })).toEqual(stamp);
  });

  it.each(Object.keys(stampProperties(stamp)))('without %s is none', (key) => {
    const { [key]: _gone, ...rest } = stampProperties(stamp);
    expect(stampOf(rest)).toBeNull();
  });

  it.each(['', '-1', '1.5', 'x', '99999999999999999'])('with the version %j is none', (version) => {
    expect(stampOf({ ...stampProperties(stamp), 'dr.source_version': version })).toBeNull();
  });
});
