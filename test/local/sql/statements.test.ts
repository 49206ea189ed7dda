/** The Delta statements that product and operators use: clones, time travel, properties, maintenance, queries. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestRegion } from './engine-fixture.js';
import { createTestRegion, DATA, SYNC } from './engine-fixture.js';

let region: TestRegion;
beforeAll(async () => {
  region = await createTestRegion();
  await region.sql('CREATE TABLE t (id INT, name STRING, amt DECIMAL(10,2), at TIMESTAMP) USING DELTA');
  await region.sql("INSERT INTO t VALUES (1, 'a', 1.5, TIMESTAMP'2026-01-01 00:00:00')");
  await region.sql("INSERT INTO t VALUES (2, 'b', NULL, NULL)");
  await region.sql(`CREATE TABLE delta.\`${SYNC}/pinned\` DEEP CLONE t VERSION AS OF 1`);
});
afterAll(async () => await region.close());

const staging = `delta.\`${SYNC}/w/c/s/t\``;

describe('clones', () => {
  it('send to a path and receive from it: the pinned version, the stamp, the six metrics', async () => {
    const sent = await region.sql(
      `CREATE OR REPLACE TABLE ${staging} DEEP CLONE c.s.t VERSION AS OF 1 TBLPROPERTIES ('dr.sync_id' = 'x''y', 'dr.epoch' = '3')`,
    );
    expect(sent.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'source_table_size bigint',
      'source_num_of_files bigint',
      'num_removed_files bigint',
      'num_copied_files bigint',
      'removed_files_size bigint',
      'copied_files_size bigint',
    ]);
    expect(sent.rows[0]?.[3]).toBe(1n);
    await region.sql(`CREATE OR REPLACE TABLE c.s.received DEEP CLONE ${staging} VERSION AS OF 0`);
    expect(await region.rows('SELECT * FROM received')).toEqual([[1, 'a', '1.50', '2026-01-01T00:00:00.000Z']]);
    const { columns, rows } = await region.sql(`DESCRIBE DETAIL ${staging}`);
    expect(rows[0]?.[columns.findIndex(({ name }) => name === 'properties')]).toMatchObject({
      'dr.sync_id': "x'y",
      'dr.epoch': '3',
    });
  });

  it('a repeated clone replaces the target as a whole and copies only what is new', async () => {
    const again = await region.rows(`CREATE OR REPLACE TABLE ${staging} DEEP CLONE c.s.t VERSION AS OF 2`);
    expect(again[0]?.slice(1, 4)).toEqual([2, 0, 1]);
    expect(await region.rows(`SELECT count(*) AS row_count FROM ${staging}`)).toEqual([[2]]);
    expect(await region.rows(`SELECT id FROM ${staging} VERSION AS OF 0`)).toEqual([[1]]);
  });

  it('a clone over a registered external table stays where the table is', async () => {
    await region.sql(`CREATE TABLE ext (id INT) USING DELTA LOCATION '${DATA}/ext'`);
    await region.sql(`CREATE OR REPLACE TABLE c.s.ext DEEP CLONE c.s.t LOCATION '${DATA}/ext'`);
    expect(region.catalog.table('C.S.EXT')).toMatchObject({ tableType: 'EXTERNAL', storageLocation: `${DATA}/ext` });
    expect(await region.rows(`SELECT count(*) FROM delta.\`${DATA}/ext\``)).toEqual([[2]]);
  });

  it('a shallow clone reads the files of its source', async () => {
    await region.sql('CREATE TABLE shallow SHALLOW CLONE t VERSION AS OF 1');
    expect(await region.rows('SELECT id FROM shallow')).toEqual([[1]]);
  });

  it('IF NOT EXISTS leaves an existing table alone', async () => {
    expect(await region.rows('CREATE TABLE IF NOT EXISTS shallow DEEP CLONE t')).toEqual([]);
    expect(await region.rows('SELECT count(*) FROM shallow')).toEqual([[1]]);
  });
});

const queries: readonly (readonly [sql: string, rows: readonly (readonly unknown[])[]])[] = [
  ['SELECT id FROM t@v1', [[1]]],
  ['SELECT id FROM t FOR VERSION AS OF 1', [[1]]],
  [`SELECT id FROM delta.\`${SYNC}/pinned@v0\``, [[1]]],
  ['SELECT a.id, b.name FROM t a JOIN c.s.t VERSION AS OF 1 b ON a.id = b.id', [[1, 'a']]],
  ['SELECT a.id FROM t a LEFT JOIN t VERSION AS OF 1 b ON a.id = b.id WHERE b.id IS NULL', [[2]]],
  ['WITH t AS (SELECT id FROM t WHERE id = 2) SELECT * FROM t', [[2]]],
  ['WITH x AS (SELECT 1 AS n), y AS (SELECT n + 1 AS n FROM x) SELECT * FROM y UNION ALL SELECT * FROM x', [[2], [1]]],
  [
    'SELECT name, row_number() OVER (ORDER BY id DESC) AS r FROM t ORDER BY id',
    [
      ['a', 2],
      ['b', 1],
    ],
  ],
  ['SELECT sum(id), avg(id), max(at) FROM t', [[3, 1.5, '2026-01-01T00:00:00.000Z']]],
  ["SELECT `id`, 'it\\'s', 'it''s', \"q\" FROM t WHERE `name` = 'a'", [[1, "it's", "it's", 'q']]],
  ['SELECT CAST(id AS STRING), try_cast(name AS INT), 7 / 2, 7 % 2 FROM t WHERE id = 1', [['1', null, 3.5, 1]]],
  ['SELECT count(DISTINCT name), count_if(id > 1) FROM t', [[2, 1]]],
  [
    "SELECT date_format(at, 'yyyy-MM-dd'), date_trunc('MONTH', at), CAST(at AS DATE) FROM t WHERE id = 1",
    [['2026-01-01', '2026-01-01T00:00:00.000Z', '2026-01-01']],
  ],
  ['SELECT id FROM range(3) ORDER BY id DESC', [[2], [1], [0]]],
  ["SELECT array(1, 2), map('k', 1), named_struct('a', 1, 'b', 'x')", [[[1, 2], { k: 1 }, { a: 1, b: 'x' }]]],
  ['SELECT array(5, 6)[0], element_at(array(5, 6), 1), size(array(1))', [[5, 5, 1]]],
  ["SELECT dayofweek(DATE'2026-01-04'), unix_timestamp(TIMESTAMP'1970-01-01 00:01:00'), pmod(-1, 3)", [[1, 60, 2]]],
  [
    "SELECT s.a, s.b[1], m['k'] FROM (SELECT named_struct('a', 1, 'b', array('x', 'y')) AS s, map('k', 2) AS m)",
    [[1, 'y', 2]],
  ],
  ['SELECT * FROM VALUES (1), (2) AS v(x) WHERE x > 1', [[2]]],
  ['SELECT id FROM t LEFT ANTI JOIN t VERSION AS OF 1 o ON t.id = o.id', [[2]]],
  ['SELECT id FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.id = t.id + 1)', [[1]]],
];

describe('queries', () => {
  it.each(queries)('%s', async (sql, rows) => {
    expect(await region.rows(sql)).toEqual(rows);
  });

  it('columns have the names and types that Spark gives them', async () => {
    const { columns } = await region.sql('SELECT count(*), sum(id), id + 1 AS n, amt, at, name FROM t GROUP BY ALL');
    expect(columns).toEqual([
      { name: 'count(1)', type: 'bigint' },
      { name: 'sum(id)', type: 'bigint' },
      { name: 'n', type: 'int' },
      { name: 'amt', type: 'decimal(10,2)' },
      { name: 'at', type: 'timestamp' },
      { name: 'name', type: 'string' },
    ]);
  });

  it('parameters are at most 256, and 1 MB in all, as on a SQL warehouse', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 257 }, (_, index) => [`p${index}`, { value: 'x', type: 'STRING' }]),
    );
    await expect(region.sql('SELECT :p0', { parameters: many })).rejects.toThrow('257 parameters were given');
    const long = { p: { value: 'x'.repeat(1024 * 1024 + 1), type: 'STRING' } };
    await expect(region.sql('SELECT :p', { parameters: long })).rejects.toThrow('exceed 1 MB');
  });

  it('parameters are values and can not become anything else', async () => {
    const evil = "x' OR '1'='1' -- \\";
    const parameters = {
      p: { value: evil, type: 'STRING' },
      n: { value: '9007199254740993', type: 'BIGINT' },
      at: { value: '2026-01-01T00:00:00.123Z', type: 'TIMESTAMP' },
      none: { value: null, type: 'INT' },
    };
    const { rows } = await region.sql('SELECT :p, :n, :at, :none, name = :p FROM t WHERE id = 1', { parameters });
    expect(rows).toEqual([[evil, 9007199254740993n, 1767225600123000n, null, false]]);
  });

  it('current_timestamp follows the clock of the region, the same within a statement', async () => {
    region.clock.advance(3_600_000);
    const [[now, again] = []] = await region.rows('SELECT current_timestamp(), now()');
    expect(now).toBe(again);
    expect(Math.abs(Date.parse(String(now)) - region.clock.now())).toBeLessThan(30_000);
  });

  it('a view shows its query, and what it reads it reads now', async () => {
    await region.sql('CREATE OR REPLACE VIEW v AS SELECT max(id) AS highest FROM c.s.t');
    expect(await region.rows('SELECT highest FROM v')).toEqual([[2]]);
  });
});

describe('table statements', () => {
  it('CREATE … AS SELECT, ADD COLUMNS, properties, TRUNCATE and RESTORE', async () => {
    await region.sql("CREATE TABLE x TBLPROPERTIES ('a.b' = '1') AS SELECT id, name FROM t");
    await region.sql("ALTER TABLE x ADD COLUMNS (extra STRING COMMENT 'later', n BIGINT)");
    await region.sql("ALTER TABLE x SET TBLPROPERTIES ('k' = 'v', plain.key = 5)");
    await region.sql("ALTER TABLE x UNSET TBLPROPERTIES IF EXISTS ('k', 'none')");
    expect(await region.rows('SHOW TBLPROPERTIES x')).toEqual(
      expect.arrayContaining([
        ['a.b', '1'],
        ['plain.key', '5'],
      ]),
    );
    expect(await region.rows('SELECT * FROM x ORDER BY id')).toEqual([
      [1, 'a', null, null],
      [2, 'b', null, null],
    ]);
    await region.sql("INSERT INTO x VALUES (3, 'c', 'e', 4)");
    await region.sql('TRUNCATE TABLE x');
    expect(await region.rows('SELECT count(*) FROM x')).toEqual([[0]]);
    const restored = await region.rows('RESTORE TABLE x TO VERSION AS OF 0');
    expect(restored[0]?.slice(1, 4)).toEqual([1, 0, 1]);
    expect(await region.rows('DESCRIBE TABLE x')).toEqual([
      ['id', 'int', null],
      ['name', 'string', null],
    ]);
  });

  it('columns of every type go through a write and a rewrite unchanged', async () => {
    await region.sql(`CREATE TABLE kinds (id INT, s STRUCT<a: INT, b: ARRAY<STRING>>, m MAP<STRING, INT>, bin BINARY, f FLOAT,
      d DOUBLE, yes BOOLEAN, sm SMALLINT, ti TINYINT, day DATE, at TIMESTAMP, big BIGINT, dec DECIMAL(38,10)) USING DELTA`);
    await region.sql(`INSERT INTO kinds SELECT 1, named_struct('a', 1, 'b', array('x', NULL)), map('k', 2), CAST('abc' AS BINARY),
      1.5, 2.5, true, 3, 4, DATE'2026-02-03', TIMESTAMP'2026-02-03 04:05:06.789', 9223372036854775807, 0.0000000001`);
    await region.sql('INSERT INTO kinds (id) VALUES (2)');
    await region.sql('UPDATE kinds SET id = id + 10');
    await region.sql('OPTIMIZE kinds');
    const { columns, rows } = await region.sql('SELECT * FROM kinds ORDER BY id');
    expect(columns.map(({ type }) => type)).toEqual([
      'int',
      'struct<a:int,b:array<string>>',
      'map<string,int>',
      'binary',
      'float',
      'double',
      'boolean',
      'smallint',
      'tinyint',
      'date',
      'timestamp',
      'bigint',
      'decimal(38,10)',
    ]);
    expect(rows[0]).toEqual([
      11,
      { a: 1, b: ['x', null] },
      { k: 2 },
      Buffer.from('abc'),
      1.5,
      2.5,
      true,
      3,
      4,
      '2026-02-03',
      1770091506789000n,
      9223372036854775807n,
      '0.0000000001',
    ]);
    expect(rows[1]).toEqual([12, ...Array.from({ length: 12 }, () => null)]);
  });

  it('with column mapping, rows of before and after it, and of a column added since, are read and changed', async () => {
    await region.sql('CREATE TABLE mapped (id INT, name STRING) USING DELTA');
    await region.sql("INSERT INTO mapped VALUES (1, 'before')");
    await region.sql("ALTER TABLE mapped SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')");
    await region.sql('ALTER TABLE mapped ADD COLUMNS (extra INT)');
    await region.sql("INSERT INTO mapped VALUES (2, 'after', 7)");
    await region.sql('UPDATE mapped SET extra = 8 WHERE id = 1');
    await region.sql('OPTIMIZE mapped');
    expect((await region.sql('SELECT id, name, extra FROM mapped ORDER BY id')).rows).toEqual([
      [1, 'before', 8],
      [2, 'after', 7],
    ]);
  });

  it('OPTIMIZE makes one file of many and leaves the rows; VACUUM answers with the path', async () => {
    await region.sql('CREATE TABLE many (id INT) USING DELTA');
    for (const id of [1, 2, 3]) await region.sql(`INSERT INTO many VALUES (${id})`);
    const { rows } = await region.sql('OPTIMIZE many');
    expect(rows[0]?.[1]).toMatchObject({ numFilesAdded: 1n, numFilesRemoved: 3n });
    expect(await region.rows('SELECT id FROM many ORDER BY id')).toEqual([[1], [2], [3]]);
    const location = region.catalog.table('c.s.many')?.storageLocation;
    expect(await region.rows('VACUUM many RETAIN 200 HOURS')).toEqual([[location]]);
  });

  it('a dropped and re-created table is another table in another folder', async () => {
    await region.sql('CREATE TABLE again (id INT) USING DELTA');
    const before = region.catalog.table('c.s.again');
    await region.sql('DROP TABLE again');
    await region.sql('DROP TABLE IF EXISTS again');
    await region.sql('CREATE TABLE again (id INT) USING DELTA');
    const after = region.catalog.table('c.s.again');
    expect(after?.tableId).not.toBe(before?.tableId);
    expect(after?.storageLocation).not.toBe(before?.storageLocation);
  });

  it('CREATE TABLE LOCATION over an existing table registers what is there', async () => {
    await region.sql(`CREATE TABLE found USING DELTA LOCATION '${SYNC}/pinned'`);
    expect(await region.rows('SELECT count(*) FROM found')).toEqual([[1]]);
  });

  it('the ledger: created once, rows of several types, parameters, read back in order', async () => {
    const ledger = `delta.\`${SYNC}/sync_ledger\``;
    const create = `CREATE TABLE IF NOT EXISTS ${ledger} (event_id STRING, epoch BIGINT, at TIMESTAMP, n INT)
      USING DELTA TBLPROPERTIES ('delta.autoOptimize.optimizeWrite' = 'true')`;
    await region.sql(create);
    await region.sql(create);
    const parameters = { id: { value: 'e1', type: 'STRING' }, n: { value: null, type: 'INT' } };
    await region.sql(`INSERT INTO ${ledger} (event_id, epoch, n) VALUES (:id, 1, :n), ('e2', 2, 5)`, { parameters });
    expect(await region.rows(`SELECT * FROM ${ledger} WHERE epoch >= 1 ORDER BY epoch DESC LIMIT 10`)).toEqual([
      ['e2', 2, null, 5],
      ['e1', 1, null, null],
    ]);
    expect((await region.sql(`DESCRIBE HISTORY ${ledger}`)).rows).toHaveLength(2);
  });

  it('USE tells the session, SHOW TABLES lists a schema', async () => {
    expect((await region.sql('USE c.s')).session).toEqual({ catalog: 'c', schema: 's' });
    expect(await region.rows('SHOW TABLES IN c.s')).toContainEqual(['s', 't', false]);
  });
});
