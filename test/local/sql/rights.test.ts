/** A principal without a right is refused, by name of principal, right and object; nothing happens before that. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegionCatalog } from '../../../src/local/catalog/index.js';
import { systemClock } from '../../../src/local/clock.js';
import type { TestRegion } from './engine-fixture.js';
import { createTestRegion, DATA, SYNC } from './engine-fixture.js';

let region: TestRegion;
beforeAll(async () => {
  region = await createTestRegion();
  const { catalog } = region;
  await catalog.createSchema('c', 'other');
  await region.sql('CREATE TABLE t (id INT) USING DELTA');
  await region.sql('INSERT INTO t VALUES (1)');
  await region.sql(`CREATE TABLE delta.\`${SYNC}/staged\` (id INT) USING DELTA`);
  await region.sql(`CREATE TABLE ext (id INT) USING DELTA LOCATION '${DATA}/ext'`);
  await catalog.addExternalLocation({
    name: 'frozen',
    url: 'abfss://frozen@east.dfs.core.windows.net',
    readOnly: true,
  });
  region.storageMap.add('abfss://frozen@east.dfs.core.windows.net', join(region.folder, 'frozen'));

  // As the two service principals of a hop: one reads the source and writes staging, one reads staging and writes the target.
  for (const principal of ['sender', 'receiver']) {
    await catalog.grant(principal, ['USE CATALOG'], { type: 'catalog', name: 'C' });
    await catalog.grant(principal, ['USE SCHEMA'], { type: 'schema', name: 'c.s' });
  }
  await catalog.grant('sender', ['SELECT'], { type: 'schema', name: 'c.s' });
  await catalog.grant('sender', ['READ FILES', 'WRITE FILES'], { type: 'external_location', name: 'sync' });
  await catalog.grant('receiver', ['READ FILES'], { type: 'external_location', name: 'sync' });
  await catalog.grant('receiver', ['MODIFY', 'CREATE TABLE'], { type: 'schema', name: 'c.s' });
});
afterAll(async () => await region.close());

const as = (principal: string, sql: string) => region.sql(sql, { principal });

const refused: readonly (readonly [principal: string, sql: string, privilege: string, object: string])[] = [
  ['nobody', 'SELECT * FROM c.s.t', 'USE CATALOG', "Catalog 'c'"],
  ['sender', 'CREATE TABLE c.other.x (a INT)', 'USE SCHEMA', "Schema 'c.other'"],
  ['receiver', 'SELECT * FROM t', 'SELECT', "Table 'c.s.t'"],
  ['receiver', 'DESCRIBE HISTORY t', 'SELECT', "Table 'c.s.t'"],
  ['receiver', 'INSERT INTO t SELECT id FROM t', 'SELECT', "Table 'c.s.t'"],
  ['receiver', 'DELETE FROM t WHERE id = 1', 'SELECT', "Table 'c.s.t'"],
  ['sender', 'INSERT INTO t VALUES (2)', 'MODIFY', "Table 'c.s.t'"],
  ['sender', 'CREATE OR REPLACE TABLE t (id INT)', 'MODIFY', "Table 'c.s.t'"],
  ['sender', 'DROP TABLE t', 'MODIFY', "Table 'c.s.t'"],
  ['sender', 'RESTORE TABLE t TO VERSION AS OF 0', 'MODIFY', "Table 'c.s.t'"],
  ['sender', 'CREATE TABLE fresh (id INT)', 'CREATE TABLE', "Schema 'c.s'"],
  ['receiver', `INSERT INTO delta.\`${SYNC}/staged\` VALUES (1)`, 'WRITE FILES', "External Location 'sync'"],
  ['receiver', `VACUUM delta.\`${SYNC}/staged\` RETAIN 200 HOURS`, 'WRITE FILES', "External Location 'sync'"],
  ['nobody', `SELECT * FROM delta.\`${SYNC}/staged\``, 'READ FILES', "External Location 'sync'"],
  ['nobody', `SELECT * FROM read_files('${SYNC}/up/*.csv', format => 'csv')`, 'READ FILES', "External Location 'sync'"],
  ['receiver', `CREATE TABLE fresh (id INT) LOCATION '${DATA}/fresh'`, 'WRITE FILES', "External Location 'data'"],
  ['receiver', `SELECT * FROM delta.\`${DATA}/ext\``, 'SELECT', "Table 'c.s.ext'"],
  ['sender', 'CREATE CATALOG mine', 'CREATE CATALOG', 'the metastore'],
  ['sender', 'CREATE SCHEMA c.mine', 'ALL PRIVILEGES', "Catalog 'c'"],
  ['admin', 'CREATE TABLE delta.`abfss://frozen@east.dfs.core.windows.net/x` (a INT)', 'WRITE FILES', "'frozen'"],
];

describe('rights', () => {
  it.each(refused)('%s: %s', async (principal, sql, privilege, object) => {
    const failure = as(principal, sql);
    await expect(failure).rejects.toMatchObject({ errorClass: 'INSUFFICIENT_PERMISSIONS', sqlState: '42501' });
    await expect(failure).rejects.toThrow(`'${principal}' does not have ${privilege} on`);
    await expect(failure).rejects.toThrow(object);
  });

  it('the two principals of a hop can do what a sync needs, and no more', async () => {
    await as('sender', `CREATE OR REPLACE TABLE delta.\`${SYNC}/w/t\` DEEP CLONE c.s.t VERSION AS OF 1`);
    await as('receiver', `CREATE OR REPLACE TABLE c.s.target DEEP CLONE delta.\`${SYNC}/w/t\` VERSION AS OF 0`);
    expect(region.catalog.table('c.s.target')?.owner).toBe('receiver');
    expect((await as('receiver', 'SELECT * FROM c.s.target')).rows).toEqual([[1]]);
  });

  it('a right that was taken away is gone, one on the catalog reaches its tables', async () => {
    const securable = { type: 'catalog', name: 'c' } as const;
    await region.catalog.grant('late', ['ALL PRIVILEGES'], securable);
    expect((await as('late', 'SELECT * FROM c.s.t')).rows).toEqual([[1]]);
    expect(region.catalog.isGranted('late', 'SELECT', 'c.s.t')).toBe(true);
    await region.catalog.revoke('late', ['ALL PRIVILEGES'], securable);
    await expect(as('late', 'SELECT * FROM c.s.t')).rejects.toMatchObject({ sqlState: '42501' });
  });

  it('the catalog is the same after a restart', async () => {
    const file = join(region.folder, 'catalog.json');
    const again = await RegionCatalog.open({ file, managedRoot: region.catalog.managedRoot, clock: systemClock });
    expect(again.allTables()).toEqual(region.catalog.allTables());
    expect(again.grants()).toEqual(region.catalog.grants());
    expect(again.isAdmin('admin')).toBe(true);
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('externalLocations');
  });
});
