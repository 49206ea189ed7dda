import type { CatalogTable, Privilege } from '../catalog/catalog.js';
import { requirePath, requirePrivilege, requireSchemaUse } from '../catalog/rights.js';
import { normalizeUri } from '../catalog/storage-map.js';
import type { OpenOptions, Snapshot } from '../delta/index.js';
import { findLatestVersion, openSnapshot } from '../delta/index.js';
import type { Context } from './context.js';
import { localPath } from './context.js';
import {
  catalogNotFound,
  pathNotFound,
  quoted,
  schemaNotFound,
  syntaxError,
  tableNotFound,
  unsupported,
} from './errors.js';
import type { TableRef, TimeTravel } from './statement-types.js';

/** What a statement wants to do with a table. */
export type Need = 'read' | 'write';

/** A table's name in full, lower case. */
export interface FullName {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
  /** `catalog.schema.table`. */
  readonly text: string;
}

/** A Delta table that a statement may work on. */
export interface ResolvedTable {
  /** Folder on this machine. */
  readonly folder: string;
  /** Its URI. */
  readonly uri: string;
  /** `catalog.schema.table`, or ``delta.`uri` ``: for history and messages. */
  readonly displayName: string;
  /** null when it was named by path. */
  readonly registered: CatalogTable | null;
}

/** Completes a name with the session's catalog and schema. */
export function fullNameOf(context: Context, parts: readonly string[]): FullName {
  const { catalog: sessionCatalog = 'hive_metastore', schema: sessionSchema = 'default' } = context.request;
  if (parts.length > 3) throw syntaxError(quoted(parts), 'a table name has at most three parts');
  const [catalog, schema, table] = [sessionCatalog, sessionSchema, ''].slice(0, 3 - parts.length).concat(parts);
  const full = [catalog, schema, table].map((part) => (part ?? '').toLowerCase());
  return { catalog: full[0] ?? '', schema: full[1] ?? '', table: full[2] ?? '', text: full.join('.') };
}

/** The registration of a name that the principal may use that way; undefined where there is none. */
export function findRegistered(context: Context, name: FullName, need: Need): CatalogTable | undefined {
  const { catalog, request } = context;
  if (!catalog.hasCatalog(name.catalog)) throw catalogNotFound(name.catalog);
  requireSchemaUse(catalog, request.principal, name.catalog, name.schema);
  const table = catalog.table(name.text);
  if (table === undefined) return undefined;
  const privilege: Privilege = need === 'read' ? 'SELECT' : 'MODIFY';
  requirePrivilege(catalog, request.principal, privilege, { type: 'table', name: name.text });
  return table;
}

/** The right to make something new in a schema that exists. */
export function requireCreate(context: Context, name: FullName): void {
  const { catalog, request } = context;
  if (!catalog.hasCatalog(name.catalog)) throw catalogNotFound(name.catalog);
  if (!catalog.hasSchema(name.catalog, name.schema)) throw schemaNotFound([name.catalog, name.schema]);
  requireSchemaUse(catalog, request.principal, name.catalog, name.schema);
  requirePrivilege(catalog, request.principal, 'CREATE TABLE', {
    type: 'schema',
    name: `${name.catalog}.${name.schema}`,
  });
}

/** A path that the principal may use that way, whether or not a table is there. */
export function resolvePath(context: Context, uri: string, need: Need): ResolvedTable {
  const where = normalizeUri(uri);
  requirePath(context.catalog, context.request.principal, where, need === 'read' ? 'READ FILES' : 'WRITE FILES');
  const folder = localPath(context.storageMap, where);
  return { folder, uri: where, displayName: `delta.\`${where}\``, registered: null };
}

/** The table behind a registration. Throws UNSUPPORTED_FEATURE for what is no Delta table. */
export function resolveRegistered(context: Context, table: CatalogTable): ResolvedTable {
  if (table.storageLocation === null || table.dataSourceFormat !== 'DELTA') {
    throw unsupported(
      `this statement on ${table.fullName}, which is a ${table.tableType.toLowerCase().replace('_', ' ')}`,
    );
  }
  const folder = localPath(context.storageMap, table.storageLocation);
  return { folder, uri: table.storageLocation, displayName: table.fullName, registered: table };
}

/** An existing Delta table that the principal may use that way. Throws what Databricks throws where there is none. */
export async function resolveTable(context: Context, ref: TableRef, need: Need): Promise<ResolvedTable> {
  if (ref.kind === 'name') {
    const registered = findRegistered(context, fullNameOf(context, ref.parts), need);
    if (registered === undefined) throw tableNotFound(ref.parts);
    return resolveRegistered(context, registered);
  }
  const table = resolvePath(context, ref.uri, need);
  if ((await findLatestVersion(context.delta, table.folder)) === null) throw pathNotFound(table.uri);
  return table;
}

export async function openTable(context: Context, table: ResolvedTable, at?: TimeTravel): Promise<Snapshot> {
  return await openSnapshot(context.delta, table.folder, openOptions(at));
}

function openOptions(at: TimeTravel | undefined): OpenOptions {
  if (at === undefined) return {};
  return 'version' in at ? { version: at.version } : { timestampMs: parseTimestamp(at.timestamp) };
}

/** `yyyy-mm-dd[ hh:mm[:ss[.fff]]]`, UTC unless the text names another zone. Epoch milliseconds. */
export function parseTimestamp(text: string): number {
  const iso = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text.trim().replace(' ', 'T');
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(iso) ? iso : `${iso}Z`;
  const ms = Date.parse(zoned);
  if (Number.isNaN(ms)) throw syntaxError(`'${text}'`, 'a timestamp is written yyyy-mm-dd hh:mm:ss');
  return ms;
}
