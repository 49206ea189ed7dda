import { requirePrivilege } from '../catalog/rights.js';
import { noRows } from './affected-rows.js';
import type { Context } from './context.js';
import {
  catalogNotFound,
  insufficientPermissions,
  schemaNotFound,
  syntaxError,
  tableExists,
  tableNotFound,
} from './errors.js';
import { findRegistered, fullNameOf } from './resolve.js';
import type { StatementResult } from './statement.js';
import { SqlError } from './statement.js';
import type { Statement } from './statement-types.js';
import { newViewName } from './targets.js';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

/** CREATE CATALOG: admins only. */
export async function createCatalog(
  context: Context,
  { name, ifNotExists }: Of<'createCatalog'>,
): Promise<StatementResult> {
  const { catalog, request } = context;
  if (!catalog.isAdmin(request.principal)) {
    throw insufficientPermissions(request.principal, 'CREATE CATALOG', 'the metastore');
  }
  if (catalog.hasCatalog(name) && !ifNotExists) {
    throw new SqlError('CATALOG_ALREADY_EXISTS', '42710', `Catalog \`${name}\` already exists.`);
  }
  await catalog.createCatalog(name);
  return noRows;
}

/** CREATE SCHEMA in a catalog that exists. Admins, and who holds ALL PRIVILEGES on the catalog. */
export async function createSchema(
  context: Context,
  { parts, ifNotExists }: Of<'createSchema'>,
): Promise<StatementResult> {
  const { catalog, request } = context;
  const [inCatalog, schema] = schemaName(context, parts);
  if (!catalog.hasCatalog(inCatalog)) throw catalogNotFound(inCatalog);
  if (catalog.hasSchema(inCatalog, schema)) {
    if (ifNotExists) return noRows;
    throw new SqlError(
      'SCHEMA_ALREADY_EXISTS',
      '42P06',
      `Cannot create schema \`${inCatalog}\`.\`${schema}\` because it already exists.`,
    );
  }
  requirePrivilege(catalog, request.principal, 'ALL PRIVILEGES', { type: 'catalog', name: inCatalog });
  await catalog.createSchema(inCatalog, schema);
  return noRows;
}

/** CREATE [MATERIALIZED] VIEW: kept as its text. */
export async function createView(context: Context, statement: Of<'createView'>): Promise<StatementResult> {
  const name = newViewName(context, statement.table);
  if (context.catalog.table(name.text) !== undefined) {
    if (statement.ifNotExists) return noRows;
    if (!statement.orReplace) throw tableExists(name.text.split('.'));
    findRegistered(context, name, 'write');
  }
  await context.catalog.registerTable({
    fullName: name.text,
    tableType: statement.materialized ? 'MATERIALIZED_VIEW' : 'VIEW',
    owner: context.request.principal,
    viewDefinition: statement.query,
  });
  return noRows;
}

/** DROP TABLE | VIEW. Files stay: a managed table could be undropped for a while, an external one keeps them anyway. */
export async function dropTable(
  context: Context,
  { table, ifExists, view }: Of<'dropTable'>,
): Promise<StatementResult> {
  if (table.kind === 'path') throw syntaxError("'delta'", 'only registered tables can be dropped');
  const name = fullNameOf(context, table.parts);
  const registered = findRegistered(context, name, 'write');
  if (registered === undefined) {
    if (ifExists) return noRows;
    throw tableNotFound(table.parts);
  }
  if (view !== (registered.viewDefinition !== undefined)) {
    const expected = view ? 'a view' : 'a table';
    throw new SqlError(
      'WRONG_COMMAND_FOR_OBJECT_TYPE',
      '42809',
      `${name.text} is ${registered.tableType}; this DROP expects ${expected}.`,
    );
  }
  await context.catalog.dropTable(name.text);
  return noRows;
}

/** USE: the session that sent it keeps what the answer says. */
export function use(context: Context, { what, parts }: Of<'use'>): StatementResult {
  const [first = ''] = parts;
  if (what === 'catalog') {
    if (!context.catalog.hasCatalog(first)) throw catalogNotFound(first);
    return { ...noRows, session: { catalog: first.toLowerCase() } };
  }
  const [catalog, schema] = schemaName(context, parts);
  if (!context.catalog.hasSchema(catalog, schema)) throw schemaNotFound([catalog, schema]);
  return { ...noRows, session: { catalog: catalog.toLowerCase(), schema: schema.toLowerCase() } };
}

function schemaName(context: Context, parts: readonly string[]): readonly [string, string] {
  const [catalog, schema] = parts.length === 1 ? [context.request.catalog ?? 'hive_metastore', parts[0]] : parts;
  if (parts.length > 2 || catalog === undefined || schema === undefined) {
    throw syntaxError(parts.join('.'), 'a schema name has at most two parts');
  }
  return [catalog, schema];
}
