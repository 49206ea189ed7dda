import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { CatalogTable, ExternalLocation } from './catalog.js';
import type { Grant } from './grants.js';

/** Everything a region's catalog knows. */
export interface CatalogState {
  readonly catalogs: readonly string[];
  /** `catalog.schema`. */
  readonly schemas: readonly string[];
  readonly tables: readonly CatalogTable[];
  readonly externalLocations: readonly ExternalLocation[];
  readonly grants: readonly Grant[];
  /** Metastore admins: may do everything. */
  readonly admins: readonly string[];
}

export const emptyCatalogState: CatalogState = {
  catalogs: [],
  schemas: [],
  tables: [],
  externalLocations: [],
  grants: [],
  admins: [],
};

const privilege = z.enum([
  'USE CATALOG',
  'USE SCHEMA',
  'SELECT',
  'MODIFY',
  'CREATE TABLE',
  'READ FILES',
  'WRITE FILES',
  'ALL PRIVILEGES',
]);

const table = z.object({
  fullName: z.string(),
  tableId: z.string(),
  tableType: z.enum(['MANAGED', 'EXTERNAL', 'VIEW', 'MATERIALIZED_VIEW', 'STREAMING_TABLE', 'FOREIGN']),
  dataSourceFormat: z.enum(['DELTA', 'PARQUET', 'ICEBERG']).nullable(),
  storageLocation: z.string().nullable(),
  owner: z.string(),
  createdAt: z.number(),
  viewDefinition: z.string().exactOptional(),
  rowFilter: z.string().exactOptional(),
  columnMasks: z.record(z.string(), z.string()).exactOptional(),
});

const state = z.object({
  catalogs: z.array(z.string()),
  schemas: z.array(z.string()),
  tables: z.array(table),
  externalLocations: z.array(z.object({ name: z.string(), url: z.string(), readOnly: z.boolean() })),
  grants: z.array(
    z.object({
      principal: z.string(),
      securable: z.object({ type: z.enum(['catalog', 'schema', 'table', 'external_location']), name: z.string() }),
      privileges: z.array(privilege),
    }),
  ),
  admins: z.array(z.string()),
});

/** The saved state; undefined where none was saved yet. Throws where the file is no catalog. */
export async function readCatalogFile(file: string): Promise<CatalogState | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return state.parse(JSON.parse(text));
}

/** Replaces the file in one step: whoever reads it sees the old state or the new one. */
export async function writeCatalogFile(file: string, value: CatalogState): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}.tmp`;
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`);
  await rename(draft, file);
}
