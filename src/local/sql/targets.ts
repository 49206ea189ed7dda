import type { CatalogTable } from '../catalog/catalog.js';
import { requirePath } from '../catalog/rights.js';
import { findLatestVersion } from '../delta/index.js';
import type { Context } from './context.js';
import { localPath } from './context.js';
import { syntaxError, tableNotFound } from './errors.js';
import type { FullName, ResolvedTable } from './resolve.js';
import { findRegistered, fullNameOf, requireCreate, resolvePath, resolveRegistered } from './resolve.js';
import { SqlError } from './statement.js';
import type { CreateMode, TableRef } from './statement-types.js';

/** Where a CREATE, REPLACE or CLONE writes. */
export interface CreateTarget {
  readonly table: ResolvedTable;
  /** null when the target is a path. */
  readonly name: FullName | null;
  readonly tableType: CatalogTable['tableType'];
  /** Whether a table is there: registered for names, in the folder for paths. */
  readonly exists: boolean;
  /** A name that is new to the catalog over a folder that already holds a table: what is there gets registered. */
  readonly reuse: boolean;
}

/** Checks the rights to make or replace a table and says where it lies. */
export async function findCreateTarget(
  context: Context,
  ref: TableRef,
  mode: CreateMode,
  location: string | undefined,
): Promise<CreateTarget> {
  if (ref.kind === 'path') {
    if (location !== undefined) {
      throw new SqlError(
        'DELTA_CREATE_TABLE_WITH_DIFFERENT_LOCATION',
        '42613',
        'LOCATION does not go with a table that is named by its path.',
      );
    }
    const table = resolvePath(context, ref.uri, 'write');
    const exists = (await findLatestVersion(context.delta, table.folder)) !== null;
    return { table, name: null, tableType: 'EXTERNAL', exists, reuse: false };
  }
  const name = fullNameOf(context, ref.parts);
  const registered = findRegistered(context, name, mode === 'createIfNotExists' ? 'read' : 'write');
  if (registered !== undefined) return existingTarget(context, name, registered, location);
  if (mode === 'replace') throw tableNotFound(ref.parts);
  requireCreate(context, name);
  if (location === undefined) {
    const uri = context.catalog.newManagedLocation();
    const table = { folder: localPath(context.storageMap, uri), uri, displayName: name.text, registered: null };
    return { table, name, tableType: 'MANAGED', exists: false, reuse: false };
  }
  const table = { ...resolvePath(context, location, 'write'), displayName: name.text };
  const isThere = (await findLatestVersion(context.delta, table.folder)) !== null;
  return { table, name, tableType: 'EXTERNAL', exists: false, reuse: isThere && mode !== 'createOrReplace' };
}

/** A table stays where it is: a statement that names another place means another table. */
function existingTarget(
  context: Context,
  name: FullName,
  registered: CatalogTable,
  location: string | undefined,
): CreateTarget {
  const table = resolveRegistered(context, registered);
  if (location !== undefined && localPath(context.storageMap, location) !== table.folder) {
    throw new SqlError(
      'DELTA_CREATE_TABLE_WITH_DIFFERENT_LOCATION',
      '42KD7',
      `The location of the existing table ${name.text} is ${table.uri}. It doesn't match the specified location ${location}.`,
    );
  }
  if (location !== undefined) requirePath(context.catalog, context.request.principal, table.uri, 'WRITE FILES');
  return { table, name, tableType: registered.tableType, exists: true, reuse: false };
}

/** Registers a target that has a name and is new. */
export async function registerTarget(context: Context, target: CreateTarget): Promise<void> {
  if (target.name === null || target.exists) return;
  await context.catalog.registerTable({
    fullName: target.name.text,
    tableType: target.tableType,
    storageLocation: target.table.uri,
    owner: context.request.principal,
  });
}

/** The schema of a new view must exist and the principal may create in it. */
export function newViewName(context: Context, ref: TableRef): FullName {
  if (ref.kind === 'path') throw syntaxError('delta', 'a view has a name, not a path');
  const name = fullNameOf(context, ref.parts);
  requireCreate(context, name);
  return name;
}
