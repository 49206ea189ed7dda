/** INSERT, UPDATE, DELETE, MERGE: the rows they leave, what they answer and what history says of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentHash, newestVersion } from '../../../src/local/truth/content-hash.js';
import type { TestRegion } from './engine-fixture.js';
import { attribution, createTestRegion } from './engine-fixture.js';

let region: TestRegion;
beforeAll(async () => {
  region = await createTestRegion();
});
afterAll(async () => await region.close());

const START = "(1,'a',1.50), (2,'b',2.50), (3,'c',NULL)";

/** A table of its own for each case: `id INT, name STRING, amt DECIMAL(10,2)` with three rows. */
async function newTable(name: string): Promise<void> {
  await region.sql(`CREATE TABLE ${name} (id INT, name STRING, amt DECIMAL(10,2)) USING DELTA`);
  await region.sql(`INSERT INTO ${name} VALUES ${START}`);
}

interface Case {
  readonly what: string;
  /** `$t` stands for the table. */
  readonly sql: string;
  readonly answer: readonly (readonly unknown[])[];
  readonly rows: readonly (readonly unknown[])[];
}

const cases: readonly Case[] = [
  {
    what: 'INSERT VALUES',
    sql: "INSERT INTO $t VALUES (4, 'd', 4)",
    answer: [[1, 1]],
    rows: [
      [1, 'a', '1.50'],
      [2, 'b', '2.50'],
      [3, 'c', null],
      [4, 'd', '4.00'],
    ],
  },
  {
    what: 'INSERT with a list of columns in another order, the rest NULL',
    sql: "INSERT INTO $t (name, id) VALUES ('d', 4)",
    answer: [[1, 1]],
    rows: [
      [1, 'a', '1.50'],
      [2, 'b', '2.50'],
      [3, 'c', null],
      [4, 'd', null],
    ],
  },
  {
    what: 'INSERT BY NAME',
    sql: "INSERT INTO $t BY NAME SELECT 'd' AS name, 4 AS id",
    answer: [[1, 1]],
    rows: [
      [1, 'a', '1.50'],
      [2, 'b', '2.50'],
      [3, 'c', null],
      [4, 'd', null],
    ],
  },
  {
    what: 'INSERT of a query over the table itself',
    sql: 'INSERT INTO $t SELECT id + 10, name, amt FROM $t WHERE amt IS NULL',
    answer: [[1, 1]],
    rows: [
      [1, 'a', '1.50'],
      [2, 'b', '2.50'],
      [3, 'c', null],
      [13, 'c', null],
    ],
  },
  {
    what: 'INSERT OVERWRITE',
    sql: 'INSERT OVERWRITE $t SELECT id, upper(name), amt FROM $t WHERE id < 3',
    answer: [[2, 2]],
    rows: [
      [1, 'A', '1.50'],
      [2, 'B', '2.50'],
    ],
  },
  {
    what: 'UPDATE of some rows, old values on the right-hand side',
    sql: "UPDATE $t SET name = name || '!', id = id + 10 WHERE id >= 2",
    answer: [[2]],
    rows: [
      [1, 'a', '1.50'],
      [12, 'b!', '2.50'],
      [13, 'c!', null],
    ],
  },
  {
    what: 'UPDATE whose condition is NULL for a row',
    sql: 'UPDATE $t SET amt = 0 WHERE amt < 2',
    answer: [[1]],
    rows: [
      [1, 'a', '0.00'],
      [2, 'b', '2.50'],
      [3, 'c', null],
    ],
  },
  {
    what: 'UPDATE without condition',
    sql: 'UPDATE $t AS x SET amt = x.id * 2',
    answer: [[3]],
    rows: [
      [1, 'a', '2.00'],
      [2, 'b', '4.00'],
      [3, 'c', '6.00'],
    ],
  },
  {
    what: 'DELETE keeps rows for which the condition is NULL',
    sql: 'DELETE FROM $t WHERE amt < 2',
    answer: [[1]],
    rows: [
      [2, 'b', '2.50'],
      [3, 'c', null],
    ],
  },
  {
    what: 'DELETE with a subquery over the table itself',
    sql: 'DELETE FROM $t WHERE id = (SELECT max(id) FROM $t)',
    answer: [[1]],
    rows: [
      [1, 'a', '1.50'],
      [2, 'b', '2.50'],
    ],
  },
  { what: 'DELETE of everything', sql: 'DELETE FROM $t', answer: [[3]], rows: [] },
  {
    what: 'MERGE with star clauses',
    sql: `MERGE INTO $t USING (SELECT 1 AS id, 'A' AS name, CAST(9 AS DECIMAL(10,2)) AS amt UNION ALL SELECT 5, 'e', 1) x
      ON $t.id = x.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`,
    answer: [[2, 1, 0, 1]],
    rows: [
      [1, 'A', '9.00'],
      [2, 'b', '2.50'],
      [3, 'c', null],
      [5, 'e', '1.00'],
    ],
  },
  {
    what: 'MERGE: the first clause that applies counts, CASE … WHEN inside is no clause',
    sql: `MERGE INTO $t AS t USING (SELECT id AS k FROM range(1, 6)) AS s ON t.id = s.k
      WHEN MATCHED AND t.id = 1 THEN DELETE
      WHEN MATCHED AND s.k <= 2 THEN UPDATE SET name = CASE WHEN t.amt > 2 THEN 'big' ELSE 'small' END
      WHEN NOT MATCHED AND s.k = 5 THEN INSERT (id, name) VALUES (s.k, 'new')`,
    answer: [[3, 1, 1, 1]],
    rows: [
      [2, 'big', '2.50'],
      [3, 'c', null],
      [5, 'new', null],
    ],
  },
  {
    what: 'MERGE: NOT MATCHED BY SOURCE',
    sql: `MERGE INTO $t t USING (SELECT 1 AS id) s ON t.id = s.id
      WHEN NOT MATCHED BY SOURCE AND t.id = 2 THEN UPDATE SET name = 'lonely'
      WHEN NOT MATCHED BY SOURCE THEN DELETE`,
    answer: [[2, 1, 1, 0]],
    rows: [
      [1, 'a', '1.50'],
      [2, 'lonely', '2.50'],
    ],
  },
];

describe('DML leaves the right rows', () => {
  it.each(cases)('$what', async ({ what, sql, answer, rows }) => {
    const table = `dml_${cases.findIndex((other) => other.what === what)}`;
    await newTable(table);
    expect(await region.rows(sql.replaceAll('$t', table))).toEqual(answer);
    expect(await region.rows(`SELECT * FROM ${table} ORDER BY id`)).toEqual(rows);
  });

  it('a statement that changes nothing leaves no commit: readers of history would take it for a change', async () => {
    await newTable('nothing');
    const before = await region.rows('SELECT count(*) FROM nothing');
    await region.sql('UPDATE nothing SET amt = 1 WHERE id = 99');
    await region.sql('DELETE FROM nothing WHERE id = 99');
    await region.sql('INSERT INTO nothing SELECT * FROM nothing WHERE id = 99');
    await region.sql('MERGE INTO nothing t USING (SELECT 99 AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE');
    expect((await region.sql('DESCRIBE HISTORY nothing')).rows).toHaveLength(2);
    expect(await region.rows('SELECT count(*) FROM nothing')).toEqual(before);
  });

  it('MERGE refuses two source rows that change one target row', async () => {
    await newTable('twice');
    const sql = `MERGE INTO twice t USING (SELECT 1 AS id, 'x' AS n UNION ALL SELECT 1, 'y') s ON t.id = s.id
      WHEN MATCHED THEN UPDATE SET name = s.n`;
    await expect(region.sql(sql)).rejects.toMatchObject({
      errorClass: 'DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE',
    });
  });

  it('NOT NULL columns refuse NULL before a file is committed', async () => {
    await region.sql('CREATE TABLE nn (id INT NOT NULL, v STRING) USING DELTA');
    await expect(region.sql("INSERT INTO nn VALUES (NULL, 'x')")).rejects.toMatchObject({
      errorClass: 'DELTA_NOT_NULL_CONSTRAINT_VIOLATED',
      sqlState: '23502',
      message: expect.stringContaining('column: id'),
    });
    expect((await region.sql('DESCRIBE HISTORY nn')).rows).toHaveLength(1);
  });

  it('partitioned tables: values with special characters, NULL, dates; a change touches only its partition', async () => {
    await region.sql('CREATE TABLE p (id INT, d DATE, s STRING) USING DELTA PARTITIONED BY (d, s)');
    await region.sql(
      "INSERT INTO p VALUES (1, DATE'2026-01-01', 'a/b=c%'), (2, DATE'2026-01-02', NULL), (3, NULL, 'ü x'), (4, DATE'2026-01-01', 'a/b=c%')",
    );
    await region.sql("UPDATE p SET id = id * 10 WHERE s = 'ü x'");
    expect(await region.rows('SELECT * FROM p ORDER BY id')).toEqual([
      [1, '2026-01-01', 'a/b=c%'],
      [2, '2026-01-02', null],
      [4, '2026-01-01', 'a/b=c%'],
      [30, null, 'ü x'],
    ]);
    const history = await region.sql('DESCRIBE HISTORY p LIMIT 1');
    const metrics = history.rows[0]?.[history.columns.findIndex(({ name }) => name === 'operationMetrics')];
    expect(metrics).toMatchObject({ numRemovedFiles: '1', numAddedFiles: '1', numUpdatedRows: '1' });
  });

  it('history names operation, parameters, metrics, job and statement as Delta does', async () => {
    await newTable('h');
    await region.sql('DELETE FROM h WHERE id = 1', { attribution, statementId: 'stmt-1', principal: 'admin' });
    const { columns, rows } = await region.sql('DESCRIBE HISTORY h LIMIT 2');
    const entry = (row: readonly unknown[] = []) =>
      Object.fromEntries(columns.map(({ name }, index) => [name, row[index]]));
    expect(entry(rows[0])).toMatchObject({
      version: 2n,
      userName: 'admin',
      operation: 'DELETE',
      operationParameters: { predicate: '["id = 1"]' },
      job: { ...attribution },
      readVersion: 1n,
      isBlindAppend: false,
      operationMetrics: { numDeletedRows: '1', numCopiedRows: '2', numRemovedFiles: '1', numAddedFiles: '1' },
      queryHistoryStatementId: 'stmt-1',
    });
    expect(entry(rows[1])).toMatchObject({
      operation: 'WRITE',
      operationParameters: { mode: 'Append', partitionBy: '[]' },
      job: null,
      isBlindAppend: true,
      operationMetrics: { numFiles: '1', numOutputRows: '3' },
      queryHistoryStatementId: null,
    });
  });

  it('the oracle sees the same rows whatever files they lie in, and other rows as other', async () => {
    await newTable('o');
    const location = region.catalog.table('c.s.o')?.storageLocation ?? '';
    const folder = region.folderOf(location);
    const before = await contentHash(folder, await newestVersion(folder));
    await region.sql("INSERT INTO o VALUES (4, 'd', 4)");
    await region.sql('OPTIMIZE o');
    const larger = await contentHash(folder, await newestVersion(folder));
    await region.sql('DELETE FROM o WHERE id = 4');
    const after = await contentHash(folder, await newestVersion(folder));
    expect(before.rows).toBe(3);
    expect(larger.contentHash).not.toBe(before.contentHash);
    expect(after).toMatchObject({ rows: 3, contentHash: before.contentHash, tableId: before.tableId });
    expect(await contentHash(folder, 1)).toEqual(before);
  });
});
