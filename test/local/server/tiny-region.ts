/** A region whose engine and jobs are tiny, so that what is tested is the server alone. */
import { setTimeout as delay } from 'node:timers/promises';
import { MovableClock } from '../../../src/local/clock.js';
import type { CatalogBackend, JobsBackend, Principal } from '../../../src/local/server/backends.js';
import { FaultBoard } from '../../../src/local/server/faults.js';
import type { RegionServer } from '../../../src/local/server/region-server.js';
import { startRegionServer } from '../../../src/local/server/region-server.js';
import { RequestLog } from '../../../src/local/server/request-log.js';
import { Secrets } from '../../../src/local/server/secrets.js';
import type { LocalTls } from '../../../src/local/server/tls.js';
import { makeLocalTls } from '../../../src/local/server/tls.js';
import { Warehouses } from '../../../src/local/server/warehouses.js';
import type { SqlEngine, StatementRequest, StatementResult } from '../../../src/local/sql/statement.js';
import { SqlError } from '../../../src/local/sql/statement.js';

export const adminToken = 'token-of-the-admin';
export const readerToken = 'token-of-the-reader';
export const warehouseId = '0123456789abcdef';

const principals: readonly Principal[] = [
  { name: 'admin@example.com', tokens: [adminToken], admin: true, jobRights: {}, canUseWarehouses: true },
  {
    name: 'reader@example.com',
    tokens: [readerToken],
    admin: false,
    jobRights: { etl: 'CAN_VIEW' },
    canUseWarehouses: false,
    oauth: { clientId: 'reader-client', clientSecret: 'reader-secret' },
  },
];

/** One value of every kind that a result may hold, and a row of nulls. */
const everyType: StatementResult = {
  columns: [
    { name: 'flag', type: 'boolean' },
    { name: 'small', type: 'smallint' },
    { name: 'number', type: 'int' },
    { name: 'big', type: 'bigint' },
    { name: 'ratio', type: 'double' },
    { name: 'price', type: 'decimal(18,2)' },
    { name: 'text', type: 'string' },
    { name: 'day', type: 'date' },
    { name: 'at', type: 'timestamp' },
    { name: 'tags', type: 'map<string,string>' },
    { name: 'job', type: 'struct<jobId:string,runId:bigint>' },
    { name: 'list', type: 'array<int>' },
  ],
  rows: [
    [
      true,
      7,
      42,
      9_007_199_254_740_993n,
      0.5,
      '12.30',
      'Straße',
      '2026-01-31',
      1_769_860_800_123_456n,
      { a: 'b' },
      { jobId: '1', runId: 12n },
      [1, 2, 3],
    ],
    Array.from({ length: 12 }, () => null),
  ],
};

/** Understands a handful of sentences; keeps every request it was given. */
export class TinyEngine implements SqlEngine {
  readonly requests: StatementRequest[] = [];
  /** Statements whose text was carried out to the end. */
  readonly finished: string[] = [];
  readonly #beforeCommit: (path: string) => Promise<void>;

  constructor(beforeCommit: (path: string) => Promise<void> = async () => undefined) {
    this.#beforeCommit = beforeCommit;
  }

  async execute(request: StatementRequest): Promise<StatementResult> {
    this.requests.push(request);
    const result = await this.#execute(request);
    this.finished.push(request.sql);
    return result;
  }

  async #execute({ sql, signal, parameters }: StatementRequest): Promise<StatementResult> {
    if (sql === 'SELECT every type') return everyType;
    if (sql === 'SELECT wait') {
      await delay(600_000, undefined, { signal });
      return { columns: [], rows: [] };
    }
    if (sql.startsWith('SELECT rows ')) {
      const count = Number(sql.split(' ').at(-1));
      return { columns: [{ name: 'n', type: 'bigint' }], rows: Array.from({ length: count }, (_, i) => [BigInt(i)]) };
    }
    if (sql === 'SELECT :name AS name') {
      return { columns: [{ name: 'name', type: 'string' }], rows: [[parameters?.name?.value ?? null]] };
    }
    if (sql === 'WRITE') {
      await this.#beforeCommit('/t/part-0.parquet');
      await this.#beforeCommit('/t/_delta_log/0.json');
      return { columns: [], rows: [] };
    }
    if (sql === 'DDL') return { columns: [], rows: [] };
    throw new SqlError('TABLE_OR_VIEW_NOT_FOUND', '42P01', 'The table or view `nope` cannot be found.');
  }
}

const noJobs = (): never => {
  throw new Error('This region has no job engine.');
};

export const noJobsBackend: JobsBackend = {
  listJobs: () => [],
  job: () => undefined,
  createJob: noJobs,
  updateJob: noJobs,
  resetJob: noJobs,
  deleteJob: noJobs,
  runNow: noJobs,
  listRuns: () => [],
  run: () => undefined,
  cancelRun: noJobs,
  cancelAllRuns: noJobs,
  repairRun: noJobs,
};

const ordersTable = {
  fullName: 'main.sales.orders',
  tableId: '7f3c1b9e-0000-4000-8000-000000000001',
  tableType: 'MANAGED',
  dataSourceFormat: 'DELTA',
  storageLocation: 'abfss://managed@primary/orders',
  owner: 'owner@example.com',
  createdAt: 1,
} as const;

const catalog: CatalogBackend = {
  catalogs: () => ['main'],
  schemas: () => ['sales'],
  tables: () => [ordersTable],
  table: (name) => (name.toLowerCase() === ordersTable.fullName ? ordersTable : undefined),
  details: async () => ({
    columns: [{ name: 'id', typeText: 'bigint', nullable: true }],
    properties: { 'delta.minReaderVersion': '1' },
  }),
  externalLocations: () => [{ name: 'sync', url: 'abfss://sync@secondary', readOnly: false }],
  isGranted: () => false,
};

export interface TinyRegion {
  readonly server: RegionServer;
  readonly engine: TinyEngine;
  readonly faults: FaultBoard;
  readonly log: RequestLog;
  readonly clock: MovableClock;
  readonly warehouses: Warehouses;
  readonly tls: LocalTls;
}

export async function startTinyRegion(
  options: { jobs?: JobsBackend; engine?: TinyEngine; startLatencyMs?: number; historyLagMs?: number } = {},
): Promise<TinyRegion> {
  const clock = new MovableClock();
  const engine = options.engine ?? new TinyEngine();
  const faults = new FaultBoard();
  const log = new RequestLog();
  const tls = await makeLocalTls();
  const warehouses = new Warehouses(
    [{ id: warehouseId, name: 'dr-sync', startLatencyMs: options.startLatencyMs ?? 0 }],
    clock,
  );
  const server = await startRegionServer({
    region: 'primary',
    engine,
    catalog,
    jobs: options.jobs ?? noJobsBackend,
    principals,
    secrets: new Secrets([{ name: 'dr', secrets: { pat: 'the-secret' }, acl: { 'reader@example.com': 'READ' } }]),
    warehouses,
    faults,
    log,
    clock,
    tls,
    historyLagMs: options.historyLagMs ?? 0,
  });
  return { server, engine, faults, log, clock, warehouses, tls };
}
