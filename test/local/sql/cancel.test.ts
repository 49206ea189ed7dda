/** A cancelled statement that has not committed never will; a fault between data and commit leaves the table as it was. */
import { afterEach, describe, expect, it } from 'vitest';
import type { SqlHooks } from '../../../src/local/sql/index.js';
import type { TestRegion } from './engine-fixture.js';
import { attribution, createTestRegion, SYNC } from './engine-fixture.js';

let region: TestRegion | undefined;
afterEach(async () => await region?.close());

async function withTable(hooks: SqlHooks): Promise<TestRegion> {
  region = await createTestRegion({ hooks });
  await region.sql('CREATE TABLE t (id INT) USING DELTA');
  await region.sql('INSERT INTO t VALUES (1), (2)');
  return region;
}

const writers = [
  'INSERT INTO t VALUES (3)',
  'INSERT OVERWRITE t VALUES (3)',
  'UPDATE t SET id = 9 WHERE id = 1',
  'DELETE FROM t WHERE id = 1',
  'MERGE INTO t USING (SELECT 5 AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT *',
  'TRUNCATE TABLE t',
  `CREATE OR REPLACE TABLE t DEEP CLONE delta.\`${SYNC}/copy\``,
  'RESTORE TABLE t TO VERSION AS OF 0',
  "ALTER TABLE t SET TBLPROPERTIES ('a' = 'b')",
];

describe('cancelled just before the commit', () => {
  it.each(writers)('%s leaves no commit', async (sql) => {
    const abort = new AbortController();
    const fault: { armed: boolean } = { armed: false };
    const { sql: run, rows } = await withTable({
      beforeCommit: async () => {
        if (fault.armed) abort.abort();
      },
    });
    await run(`CREATE TABLE delta.\`${SYNC}/copy\` DEEP CLONE t`);
    fault.armed = true;
    await expect(run(sql, { signal: abort.signal })).rejects.toMatchObject({ errorClass: 'OPERATION_CANCELED' });
    fault.armed = false;
    expect((await run('DESCRIBE HISTORY t')).rows).toHaveLength(2);
    expect(await rows('SELECT id FROM t ORDER BY id')).toEqual([[1], [2]]);
  });
});

describe('cancel and faults', () => {
  it('a long query stops when it is cancelled', async () => {
    const abort = new AbortController();
    const { sql } = await withTable({
      onStatement: async ({ kind }) => void (kind === 'query' && setImmediate(() => abort.abort())),
    });
    const endless = 'SELECT sum(a.id * b.id) FROM range(1000000) a CROSS JOIN range(1000000) b';
    await expect(sql(endless, { signal: abort.signal })).rejects.toMatchObject({ errorClass: 'OPERATION_CANCELED' });
  }, 20_000);

  it('a statement that was cancelled before it began does nothing', async () => {
    const { sql } = await withTable({});
    const signal = AbortSignal.abort();
    await expect(sql('INSERT INTO t VALUES (3)', { signal })).rejects.toMatchObject({
      errorClass: 'OPERATION_CANCELED',
    });
    expect((await sql('DESCRIBE HISTORY t')).rows).toHaveLength(2);
  });

  it('a fault before the commit fails the statement, and the next one works', async () => {
    const fault: { armed: boolean } = { armed: false };
    const { sql, rows } = await withTable({
      beforeCommit: async () => {
        if (fault.armed) throw new Error('the warehouse died');
      },
    });
    fault.armed = true;
    await expect(sql('INSERT INTO t VALUES (3)')).rejects.toThrow('the warehouse died');
    fault.armed = false;
    await sql('INSERT INTO t VALUES (4)');
    expect(await rows('SELECT id FROM t ORDER BY id')).toEqual([[1], [2], [4]]);
  });

  it('writers side by side: appends all land, a stale rewrite is refused as a conflict', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const fault: { armed: boolean } = { armed: false };
    const { sql, rows } = await withTable({
      beforeCommit: async ({ request }) => {
        if (fault.armed && request.sql.startsWith('UPDATE')) await held;
      },
    });
    await Promise.all([10, 11, 12].map((id) => sql(`INSERT INTO t VALUES (${id})`)));
    expect(await rows('SELECT count(*) FROM t')).toEqual([[5]]);
    fault.armed = true;
    const stale = sql('UPDATE t SET id = id + 100');
    const outcome = stale.then(
      () => 'committed',
      (error: unknown) => error,
    );
    await sql('DELETE FROM t WHERE id = 10');
    release();
    expect(await outcome).toMatchObject({ sqlState: '2D521' });
    expect(await rows('SELECT count(*) FROM t WHERE id > 100')).toEqual([[0]]);
  });

  it('without attribution commits name no job', async () => {
    let visible = true;
    region = await createTestRegion({ attributionVisible: () => visible });
    await region.sql('CREATE TABLE t (id INT) USING DELTA', { attribution });
    visible = false;
    await region.sql('INSERT INTO t VALUES (1)', { attribution, statementId: 's' });
    const { columns, rows } = await region.sql('DESCRIBE HISTORY t');
    const job = columns.findIndex(({ name }) => name === 'job');
    expect(rows.map((row) => row[job])).toEqual([null, attribution]);
  });
});
