import { join, resolve } from 'node:path';
import type { Region } from '../../domain/region.js';

/** Fixed names and places of the local pair. Each region has storage accounts of its own, mapped to folders of its own. */
export const workspaceName = 'dr_test_eastus2_databricks';
export const secretScope = 'dr-test-scope';
export const catalogName = 'dr_test_catalog';
export const schemaNames = ['raw', 'stage', 'main'] as const;
export const regions: readonly Region[] = ['primary', 'secondary'];

/** The warehouse that syncs run on, found by its name, and the one that SQL tasks of jobs run on. */
export const warehouses = {
  primary: { sync: '4a1e0c52d8b3f671', jobs: '7b90d4e61f2c8a35' },
  secondary: { sync: 'c3f85b1720e94d6a', jobs: '19e6a7d0542bc8f3' },
} as const satisfies Record<Region, { sync: string; jobs: string }>;

/** Containers of a region's storage, by what lies in them. */
export const containers = {
  /** The sync location: staging and ledger. */
  sync: 'dr-sync',
  /** Input files of the sample jobs. */
  landing: 'landing',
  /** External tables. */
  data: 'data',
  /** Managed tables. */
  managed: 'managed',
} as const;

export type Container = keyof typeof containers;

/** `abfss://…` of a container. */
export function containerUri(region: Region, container: Container): string {
  const account = container === 'sync' ? `${region}sync` : `${region}lake`;
  return `abfss://${containers[container]}@${account}.dfs.core.windows.net`;
}

/** Name of the external location of a container in both regions' catalogs. */
export const locationName = (region: Region, container: Container): string => `${region}_${container}`;

/** Where everything of a pair lies. */
export function layoutOf(dir: string) {
  const root = resolve(dir);
  const regionFolder = (region: Region): string => join(root, region);
  return {
    root,
    stackFile: join(root, 'stack.json'),
    configFile: join(root, 'config.json'),
    caCertFile: join(root, 'ca.pem'),
    mailDir: join(root, 'mail'),
    temporalDatabase: join(root, 'temporal.db'),
    temporalPidFile: join(root, 'temporal.pid'),
    requestLog: join(root, 'requests.jsonl'),
    portsFile: join(root, 'ports.json'),
    catalogFile: (region: Region) => join(regionFolder(region), 'catalog.json'),
    jobFolder: (region: Region) => join(regionFolder(region), 'jobs'),
    truthFile: (region: Region) => join(regionFolder(region), 'truth.jsonl'),
    storageFolder: (region: Region) => join(regionFolder(region), 'storage'),
    container: (region: Region, container: Container) => join(regionFolder(region), 'storage', containers[container]),
  };
}

export type Layout = ReturnType<typeof layoutOf>;

/** The sample groups: what the ready config protects, and whose truth is recorded. */
export const sampleGroups = [
  {
    group: 'sample_workflow_1',
    job: 'sample_workflow_1',
    protected: true,
    tables: [
      'dr_test_catalog.raw.workflow_1_bronze',
      'dr_test_catalog.stage.workflow_1_silver',
      'dr_test_catalog.main.workflow_1_gold',
    ],
  },
  {
    group: 'sample_workflow_2',
    job: 'sample_workflow_2',
    protected: true,
    tables: [
      'dr_test_catalog.raw.workflow_2_devices',
      'dr_test_catalog.raw.workflow_2_readings',
      'dr_test_catalog.stage.workflow_2_enriched',
      'dr_test_catalog.main.workflow_2_summary',
    ],
  },
  {
    group: 'scheduled_sync',
    // Writes the standalone tables, but no group names it: to the product its commits are somebody else's.
    job: 'standalone_load',
    protected: false,
    tables: ['dr_test_catalog.raw.raw_data', 'dr_test_catalog.stage.silver_data', 'dr_test_catalog.main.gold_data'],
  },
] as const;
