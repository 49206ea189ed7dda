/** What the engine refuses, in Databricks' own classes and SQLSTATEs: clients decide by them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestRegion } from './engine-fixture.js';
import { createTestRegion, DATA, SYNC } from './engine-fixture.js';

let region: TestRegion;
beforeAll(async () => {
  region = await createTestRegion();
  await region.sql('CREATE TABLE t (id INT, name STRING, amt DECIMAL(10,2)) USING DELTA');
  await region.sql("INSERT INTO t VALUES (1, 'a', 1)");
  await region.sql('CREATE VIEW v AS SELECT id FROM t');
});
afterAll(async () => await region.close());

/** Statement, error class, SQLSTATE and something the message must name. */
const refused: readonly (readonly [sql: string, errorClass: string, sqlState: string, names: string])[] = [
  ['SELEC 1', 'PARSE_SYNTAX_ERROR', '42601', "'SELEC'"],
  ['', 'PARSE_SYNTAX_ERROR', '42601', 'empty'],
  ['SELECT * FROM t VERSION AS OF -1', 'PARSE_SYNTAX_ERROR', '42601', 'VERSION'],
  ['SELECT 1; DROP TABLE t', 'PARSE_SYNTAX_ERROR', '42601', 'one statement'],
  ['DESCRIBE HISTORY t; DROP TABLE t', 'PARSE_SYNTAX_ERROR', '42601', "'DROP'"],
  ["SELECT 'open", 'PARSE_SYNTAX_ERROR', '42601', 'unclosed'],
  ['CREATE OR REPLACE TABLE IF NOT EXISTS t (a INT)', 'PARSE_SYNTAX_ERROR', '42601', 'IF NOT EXISTS'],
  ['CREATE TABLE t DEEP t2', 'PARSE_SYNTAX_ERROR', '42601', 'CLONE'],
  ['GRANT SELECT ON t TO x', 'UNSUPPORTED_FEATURE', '0A000', 'GRANT'],
  ['ALTER TABLE t RENAME TO u', 'UNSUPPORTED_FEATURE', '0A000', 'RENAME'],
  ['CREATE TABLE u (a INT) USING PARQUET', 'UNSUPPORTED_FEATURE', '0A000', 'PARQUET'],
  ['SELECT * FROM read_csv(1)', 'UNSUPPORTED_FEATURE', '0A000', 'read_csv'],
  ['SELECT * FROM missing', 'TABLE_OR_VIEW_NOT_FOUND', '42P01', '`missing`'],
  ['SELECT * FROM c.nope.t', 'TABLE_OR_VIEW_NOT_FOUND', '42P01', '`nope`'],
  ['SELECT * FROM nope.s.t', 'NO_SUCH_CATALOG_EXCEPTION', '42704', '`nope`'],
  ['DESCRIBE HISTORY missing', 'TABLE_OR_VIEW_NOT_FOUND', '42P01', '`missing`'],
  ['DROP TABLE missing', 'TABLE_OR_VIEW_NOT_FOUND', '42P01', '`missing`'],
  ['REPLACE TABLE missing SHALLOW CLONE t', 'TABLE_OR_VIEW_NOT_FOUND', '42P01', '`missing`'],
  ['CREATE TABLE t (id INT) USING DELTA', 'TABLE_OR_VIEW_ALREADY_EXISTS', '42P07', '`t`'],
  ['CREATE TABLE t DEEP CLONE t', 'TABLE_OR_VIEW_ALREADY_EXISTS', '42P07', '`t`'],
  ['CREATE TABLE c.nope.t (a INT)', 'SCHEMA_NOT_FOUND', '42704', '`nope`'],
  [`SELECT * FROM delta.\`${SYNC}/not_there\``, 'PATH_NOT_FOUND', '42K03', 'not_there'],
  [`VACUUM delta.\`${SYNC}/not_there\` RETAIN 200 HOURS`, 'PATH_NOT_FOUND', '42K03', 'not_there'],
  ['SELECT * FROM delta.`abfss://x@y.net/z`', 'NO_PARENT_EXTERNAL_LOCATION_FOR_PATH', '42501', 'abfss://x@y.net/z'],
  [`SELECT * FROM delta.\`${SYNC}/../../etc\``, 'PATH_NOT_FOUND', '42K03', '..'],
  ['SELECT * FROM t VERSION AS OF 99', 'DELTA_VERSION_NOT_FOUND', '22003', '[0, 1]'],
  ['CREATE OR REPLACE TABLE u DEEP CLONE t VERSION AS OF 99', 'DELTA_VERSION_NOT_FOUND', '22003', '[0, 1]'],
  ['RESTORE TABLE t TO VERSION AS OF 99', 'DELTA_CANNOT_RESTORE_TABLE_VERSION', '22003', '[0, 1]'],
  ["SELECT * FROM t TIMESTAMP AS OF '2000-01-01'", 'DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION', '42816', '2000'],
  ['VACUUM t RETAIN 0 HOURS', 'DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT', '22003', '168'],
  ['CREATE TABLE u DEEP CLONE v', 'DELTA_CLONE_UNSUPPORTED_SOURCE', '0AKDC', 'c.s.v'],
  ['INSERT INTO v VALUES (1)', 'UNSUPPORTED_FEATURE', '0A000', 'c.s.v'],
  ['DROP TABLE v', 'WRONG_COMMAND_FOR_OBJECT_TYPE', '42809', 'c.s.v'],
  ['SELECT nocol FROM t', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', '42703', '`nocol`'],
  ['UPDATE t SET nocol = 1', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', '42703', '`nocol`'],
  ['INSERT INTO t (nocol) VALUES (1)', 'UNRESOLVED_COLUMN.WITH_SUGGESTION', '42703', '`nocol`'],
  ['SELECT nofunction(id) FROM t', 'UNRESOLVED_ROUTINE', '42883', 'nofunction'],
  ['INSERT INTO t VALUES (1)', 'DELTA_INSERT_COLUMN_ARITY_MISMATCH', '42802', 'not enough'],
  ['INSERT INTO t VALUES (1, 2, 3, 4)', 'DELTA_INSERT_COLUMN_ARITY_MISMATCH', '42802', 'too many'],
  ["INSERT INTO t VALUES ('notint', 'a', 1)", 'CAST_INVALID_INPUT', '22018', 'notint'],
  ["SELECT CAST('x' AS INT)", 'CAST_INVALID_INPUT', '22018', "'x'"],
  ['SELECT 1/0', 'DIVIDE_BY_ZERO', '22012', 'zero'],
  ['SELECT :missing', 'UNBOUND_SQL_PARAMETER', '42P02', 'missing'],
  ['USE CATALOG nope', 'NO_SUCH_CATALOG_EXCEPTION', '42704', 'nope'],
  [
    `CREATE TABLE t DEEP CLONE t LOCATION '${DATA}/elsewhere'`,
    'DELTA_CREATE_TABLE_WITH_DIFFERENT_LOCATION',
    '42KD7',
    'elsewhere',
  ],
];

describe('refused with a class that says why', () => {
  it.each(refused)('%s: %s', async (sql, errorClass, sqlState, names) => {
    await expect(region.sql(sql)).rejects.toMatchObject({
      name: 'SqlError',
      errorClass,
      sqlState,
      message: expect.stringContaining(names),
    });
  });

  it('nothing that was refused has left a commit', async () => {
    expect((await region.sql('DESCRIBE HISTORY t')).rows).toHaveLength(2);
  });

  it('a data file that is gone is told as such', async () => {
    await region.sql('CREATE TABLE gone (id INT) USING DELTA');
    await region.sql('INSERT INTO gone VALUES (1)');
    await region.sql('DELETE FROM gone');
    region.clock.advance(10 * 24 * 3_600_000);
    await region.sql("ALTER TABLE gone SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 1 hours')");
    await region.sql('VACUUM gone');
    await region.sql("ALTER TABLE gone SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 30 days')");
    await expect(region.sql('SELECT * FROM gone VERSION AS OF 1')).rejects.toMatchObject({
      errorClass: 'FAILED_READ_FILE.FILE_NOT_EXIST',
      sqlState: 'KD001',
    });
  });
});
