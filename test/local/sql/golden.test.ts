/**
 * Reads Delta tables that Apache Spark wrote and compares their rows with what Spark says they hold. A mistake in deletion
 * vectors, column mapping, partition values, checkpoints or schema evolution would show as other rows.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestRegion } from './engine-fixture.js';
import { createTestRegion } from './engine-fixture.js';

const golden = resolve(import.meta.dirname, '../../../../shared/fixtures/delta-golden');
const GOLDEN_URI = 'abfss://golden@east.dfs.core.windows.net';
const inCi = process.env.CI === 'true';

/** Data files are stand-ins of one byte: good for the log, not for rows. */
const withoutRows = ['checkpoint', 'delete-re-add-same-file-different-transactions'];
/** Broken on purpose. */
const broken = [
  'deltalog-invalid-protocol-version',
  'no-delta-log-folder',
  'deltalog-state-reconstruction-without-protocol',
  'versions-not-contiguous',
];

/**
 * The partition value `2021-09-08 11:11:11` has no zone and was written by a session in Los Angeles; PROTOCOL.md leaves
 * such a value to the reader's session, which is in UTC here.
 */
const inReadersZone = (name: string, json: string): string =>
  name === 'data-reader-partition-values' ? json.replace('2021-09-08 18:11:11', '2021-09-08 11:11:11') : json;

const names = existsSync(golden) ? readdirSync(golden) : [];
const readable = names.filter(
  (name) => ![...withoutRows, ...broken].includes(name) && existsSync(join(golden, name, 'expected')),
);

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** One text per row, sorted: rows compare whatever their order. */
async function expectedRows(name: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    const files = join(golden, name, 'expected', '**', '*.parquet').replaceAll("'", "''");
    const reader = await connection.runAndReadAll(`SELECT to_json(t) AS j FROM read_parquet('${files}') t`);
    return reader
      .getRows()
      .map(([json]) => inReadersZone(name, String(json)))
      .toSorted(byText);
  } finally {
    instance.closeSync();
  }
}

describe.runIf(names.length > 0 || inCi)('tables written by Spark', () => {
  let region: TestRegion;
  beforeAll(async () => {
    region = await createTestRegion();
    region.storageMap.add(GOLDEN_URI, golden);
    await region.catalog.addExternalLocation({ name: 'golden', url: GOLDEN_URI, readOnly: true });
  });
  afterAll(async () => await region.close());

  it('are there in CI', () => {
    expect(readable.length).toBeGreaterThan(15);
  });

  it.each(readable)('%s reads as Spark wrote it', async (name) => {
    const { rows } = await region.sql(`SELECT to_json(t) AS j FROM delta.\`${GOLDEN_URI}/${name}/delta\` AS t`);
    expect(rows.map(([json]) => String(json)).toSorted(byText)).toEqual(await expectedRows(name));
  });

  it.each(broken.filter((name) => names.includes(name)))('%s is refused', async (name) => {
    await expect(region.sql(`SELECT * FROM delta.\`${GOLDEN_URI}/${name}/delta\``)).rejects.toMatchObject({
      name: 'SqlError',
    });
  });
});

describe.skipIf(names.length > 0 || inCi)('tables written by Spark', () => {
  it.skip(`are not on this machine (${golden}); they are read in CI`, () => undefined);
});
