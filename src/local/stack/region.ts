import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Region } from '../../domain/region.js';
import { otherRegion } from '../../domain/region.js';
import { RegionCatalog } from '../catalog/region-catalog.js';
import type { StorageMap } from '../catalog/storage-map.js';
import type { Clock } from '../clock.js';
import { SkewedClock } from '../clock.js';
import type { DeltaEnv, Storage } from '../delta/index.js';
import { findLatestVersion, openSnapshot, typeText } from '../delta/index.js';
import { JobEngine } from '../jobs/engine.js';
import type { CatalogBackend, RunRecord, RunState } from '../server/backends.js';
import { BackendError } from '../server/backends.js';
import type { FaultBoard } from '../server/faults.js';
import { startRegionServer } from '../server/region-server.js';
import type { RequestLog } from '../server/request-log.js';
import { Secrets } from '../server/secrets.js';
import { StatementManager } from '../server/statements.js';
import type { LocalTls } from '../server/tls.js';
import { Warehouses } from '../server/warehouses.js';
import { createSqlEngine } from '../sql/engine.js';
import type { SqlEngine } from '../sql/statement.js';
import { captureTables } from '../truth/capture.js';
import { TruthLog } from '../truth/truth-log.js';
import type { Layout } from './layout.js';
import { catalogName, containerUri, locationName, sampleGroups, schemaNames, warehouses } from './layout.js';
import type { TokensByRole } from './principals.js';
import { grantRights, newTokens, principalsOf, secretScopeOf } from './principals.js';
import { createSampleJobs, createSampleTables, readSampleScript } from './samples.js';
import type { AttributionMode } from './statement-runner.js';
import { statementRunner } from './statement-runner.js';
import { tableFolder, tableReader } from './table-reader.js';

export interface RegionOptions {
  readonly region: Region;
  readonly layout: Layout;
  readonly storageMap: StorageMap;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly faults: FaultBoard;
  readonly requestLog: RequestLog;
  readonly tls: LocalTls;
  readonly port: number | undefined;
  /** Default: the files of the samples. */
  readonly readScript?: (path: string) => Promise<string>;
  /** Called when the truth of a run has been recorded. */
  readonly onRecorded: () => void;
  readonly report: (error: unknown) => void;
}

/** One running region and all that a test may take hold of. */
export interface StackRegion {
  readonly region: Region;
  readonly url: string;
  readonly port: number;
  readonly tokens: TokensByRole;
  readonly catalog: RegionCatalog;
  readonly engine: SqlEngine;
  readonly jobs: JobEngine;
  readonly statements: StatementManager;
  readonly warehouses: Warehouses;
  readonly truth: TruthLog;
  /** What storage puts on log files, and the history shows as commit times. Runs begin and end by the pair's own clock. */
  readonly storageClock: SkewedClock;
  /** Changes how the region tells which job wrote a commit; default `history`. */
  setAttribution(mode: AttributionMode): void;
  /** Folder of a registered table. */
  tableFolder(table: string): string;
  stop(): Promise<void>;
}

/** Brings a region up: catalog with the samples' tables, input files, jobs, server. What its folder holds already is kept. */
export async function startRegion(options: RegionOptions): Promise<StackRegion> {
  const { region, layout, storageMap, clock } = options;
  const tokens = newTokens(region);
  const catalog = await openCatalog(options, tokens);
  const storageClock = new SkewedClock(clock);
  const engine = await createSqlEngine({ region, catalog, storage: options.storage, storageMap, clock, storageClock });
  await createSampleTables(engine, region);

  const regionWarehouses = new Warehouses(
    [
      { id: warehouses[region].sync, name: 'dr-sync' },
      { id: warehouses[region].jobs, name: 'etl' },
    ],
    clock,
  );
  const statements = new StatementManager({ region, engine, faults: options.faults, clock });
  const truth = new TruthLog(layout.truthFile(region));
  let mode: AttributionMode = 'history';
  const jobs = new JobEngine({
    folder: layout.jobFolder(region),
    region,
    clock,
    faults: options.faults,
    statements: statementRunner({
      engine,
      statements,
      warehouses: regionWarehouses,
      defaultWarehouseId: warehouses[region].jobs,
      mode: () => mode,
    }),
    readScript: options.readScript ?? readSampleScript,
    filesBelow: (url) => filesBelow(storageMap, url),
    recordEnd: endRecorder(options, catalog, truth),
    report: options.report,
  });
  createSampleJobs(jobs, region);

  const server = await startRegionServer({
    region,
    engine,
    catalog: catalogBackend(options, catalog),
    jobs,
    principals: principalsOf(tokens),
    secrets: new Secrets([secretScopeOf(tokens)]),
    warehouses: regionWarehouses,
    faults: options.faults,
    log: options.requestLog,
    clock,
    tls: options.tls,
    statements,
    ...(options.port !== undefined && { port: options.port }),
  });
  await jobs.start();
  return {
    region,
    url: server.url,
    port: server.port,
    tokens,
    catalog,
    engine,
    jobs,
    statements,
    warehouses: regionWarehouses,
    truth,
    storageClock,
    setAttribution: (next) => {
      mode = next;
    },
    tableFolder: (table) => tableFolder(catalog, storageMap, table),
    async stop() {
      await jobs.stop();
      await server.close();
      engine.close();
    },
  };
}

async function openCatalog({ region, layout, clock }: RegionOptions, tokens: TokensByRole): Promise<RegionCatalog> {
  const catalog = await RegionCatalog.open({
    file: layout.catalogFile(region),
    managedRoot: containerUri(region, 'managed'),
    clock,
  });
  await catalog.createCatalog(catalogName);
  for (const schema of schemaNames) await catalog.createSchema(catalogName, schema);
  const far = otherRegion(region);
  // The other region's sync location is registered here, too: the sender writes to it from this region.
  for (const [owner, container] of [
    [region, 'sync'],
    [far, 'sync'],
    [region, 'landing'],
    [region, 'data'],
  ] as const) {
    mkdirSync(layout.container(owner, container), { recursive: true });
    const name = locationName(owner, container);
    await catalog.addExternalLocation({ name, url: containerUri(owner, container), readOnly: container === 'landing' });
  }
  await grantRights(catalog, region, tokens);
  return catalog;
}

/** @throws BackendError for a location that no storage of the pair has */
function filesBelow(storageMap: RegionOptions['storageMap'], url: string): readonly string[] {
  const folder = storageMap.toFolder(url);
  if (folder === undefined) throw new BackendError('INVALID_PARAMETER_VALUE', `No external location has ${url}.`);
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Records what a run left behind, and says when it ended. */
function endRecorder(
  { region, clock, storageMap, onRecorded }: RegionOptions,
  catalog: RegionCatalog,
  truth: TruthLog,
): (run: RunRecord, jobName: string, state: RunState) => Promise<number> {
  const reader = tableReader(catalog, storageMap);
  return async (run, job, state) => {
    const tables = sampleGroups.find((sample) => sample.job === job)?.tables ?? [];
    const { at, tables: found } = await captureTables(reader, tables, clock);
    truth.add({
      region,
      job,
      runId: run.runId,
      repairId: run.history.at(-1)?.id ?? null,
      startTime: new Date(run.startTime).toISOString(),
      endTime: new Date(at).toISOString(),
      result: state.result ?? state.lifeCycle,
      tables: found,
    });
    onRecorded();
    return at;
  };
}

function catalogBackend({ storage, storageMap, clock }: RegionOptions, catalog: RegionCatalog): CatalogBackend {
  const resolveUri = (uri: string): string => {
    const path = storageMap.toFolder(uri);
    if (path === undefined) throw new Error(`No storage of the local pair has ${uri}.`);
    return path;
  };
  const env: DeltaEnv = { storage, clock, resolveUri };
  return {
    catalogs: () => catalog.catalogs(),
    schemas: (name) => catalog.schemas(name),
    tables: (name, schema) => catalog.tables(name, schema),
    table: (fullName) => catalog.table(fullName),
    externalLocations: () => catalog.externalLocations(),
    isGranted: (principal, privilege, securable) => catalog.isGranted(principal, privilege, securable),
    async details(fullName) {
      const location = catalog.table(fullName)?.storageLocation;
      if (!location) return null;
      const folder = resolveUri(location);
      if ((await findLatestVersion(env, folder)) === null) return null;
      const { metadata, schema } = await openSnapshot(env, folder);
      return {
        columns: schema.fields.map(({ name, type, nullable }) => ({ name, typeText: typeText(type), nullable })),
        properties: metadata.configuration,
      };
    },
  };
}
