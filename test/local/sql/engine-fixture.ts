import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RegionCatalog, StorageMap } from '../../../src/local/catalog/index.js';
import { MovableClock } from '../../../src/local/clock.js';
import { localDisk } from '../../../src/local/delta/index.js';
import type { LocalSqlEngine, SqlHooks } from '../../../src/local/sql/index.js';
import { createSqlEngine } from '../../../src/local/sql/index.js';
import type { JobAttribution, StatementRequest, StatementResult } from '../../../src/local/sql/statement.js';

export const SYNC = 'abfss://sync@east.dfs.core.windows.net';
export const DATA = 'abfss://data@east.dfs.core.windows.net';

/** A region with catalog `c`, schema `c.s`, an admin and two external locations, in a folder of its own. */
export interface TestRegion {
  readonly engine: LocalSqlEngine;
  readonly catalog: RegionCatalog;
  readonly storageMap: StorageMap;
  readonly clock: MovableClock;
  readonly folder: string;
  /** Runs a statement as the admin, in schema `c.s`. */
  sql(text: string, more?: Partial<StatementRequest>): Promise<StatementResult>;
  /** The rows as plain values: bigint as number, timestamps as ISO text, so that they compare with literals. */
  rows(text: string, more?: Partial<StatementRequest>): Promise<unknown[][]>;
  folderOf(uri: string): string;
  close(): Promise<void>;
}

export interface TestOptions {
  readonly hooks?: SqlHooks;
  readonly attributionVisible?: () => boolean;
}

export async function createTestRegion(options: TestOptions = {}): Promise<TestRegion> {
  const folder = await mkdtemp(join(tmpdir(), 'dr-sql-test-'));
  const clock = new MovableClock();
  const managedRoot = 'abfss://managed@east.dfs.core.windows.net/tables';
  const storageMap = new StorageMap({
    [SYNC]: join(folder, 'sync'),
    [DATA]: join(folder, 'data'),
    [managedRoot]: join(folder, 'managed'),
  });
  const catalog = await RegionCatalog.open({ file: join(folder, 'catalog.json'), managedRoot, clock });
  await catalog.addAdmin('admin');
  await catalog.createCatalog('c');
  await catalog.createSchema('c', 's');
  await catalog.addExternalLocation({ name: 'sync', url: SYNC, readOnly: false });
  await catalog.addExternalLocation({ name: 'data', url: DATA, readOnly: false });
  const engine = await createSqlEngine({
    region: 'east',
    catalog,
    storage: localDisk,
    storageMap,
    clock,
    memoryLimitMegabytes: 512,
    ...options,
  });
  const sql = async (text: string, more: Partial<StatementRequest> = {}): Promise<StatementResult> =>
    await engine.execute({
      sql: text,
      catalog: 'c',
      schema: 's',
      principal: 'admin',
      attribution: null,
      statementId: null,
      signal: new AbortController().signal,
      ...more,
    });
  return {
    engine,
    catalog,
    storageMap,
    clock,
    folder,
    sql,
    rows: async (text, more) => plainRows(await sql(text, more)),
    folderOf: (uri) => {
      const path = storageMap.toFolder(uri);
      if (path === undefined) throw new Error(`${uri} is not mapped`);
      return path;
    },
    close: async () => {
      engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const attribution: JobAttribution = {
  jobId: '11',
  jobName: 'nightly',
  jobRunId: '21',
  runId: '31',
  jobOwnerId: 'owner',
  triggerType: 'manual',
};

function plainRows({ columns, rows }: StatementResult): unknown[][] {
  return rows.map((row) =>
    row.map((value, index) => {
      if (typeof value !== 'bigint') return value;
      if (columns[index]?.type === 'timestamp') return new Date(Number(value / 1000n)).toISOString();
      return Number(value);
    }),
  );
}
