import { cloneTable } from '../delta/index.js';
import type { Context } from './context.js';
import { tableExists, tableNotFound } from './errors.js';
import { findRegistered, fullNameOf, openTable, resolveTable } from './resolve.js';
import type { ResultColumn, StatementResult } from './statement.js';
import { SqlError } from './statement.js';
import type { CloneStatement, TableRef } from './statement-types.js';
import { findCreateTarget, registerTarget } from './targets.js';

const COLUMNS = [
  'source_table_size',
  'source_num_of_files',
  'num_removed_files',
  'num_copied_files',
  'removed_files_size',
  'copied_files_size',
].map((name): ResultColumn => ({ name, type: 'bigint' }));

/** CREATE [OR REPLACE] TABLE … [SHALLOW | DEEP] CLONE. */
export async function runClone(context: Context, statement: CloneStatement): Promise<StatementResult> {
  requireCloneable(context, statement.source);
  const source = await resolveTable(context, statement.source, 'read');
  const snapshot = await openTable(context, source, statement.source.at);
  const target = await findCreateTarget(context, statement.target, statement.mode, statement.location);
  if (target.exists && target.name !== null && statement.mode === 'create')
    throw tableExists(target.name.text.split('.'));
  if (target.exists && target.name !== null && statement.mode === 'createIfNotExists')
    return { columns: COLUMNS, rows: [] };
  const cloned = await cloneTable(context.delta, {
    source: snapshot,
    sourceName: source.displayName,
    sourceUri: source.uri,
    targetFolder: target.table.folder,
    mode: statement.mode,
    deep: statement.deep,
    properties: statement.properties,
    author: context.author,
    signal: context.request.signal,
    onBytes: (bytes) => context.hooks.onCopiedBytes?.({ request: context.request, bytes }),
  });
  await registerTarget(context, target);
  if (cloned === null) return { columns: COLUMNS, rows: [] };
  const { metrics } = cloned;
  const row = [
    metrics.sourceTableSize,
    metrics.sourceNumOfFiles,
    metrics.numRemovedFiles,
    metrics.numCopiedFiles,
    metrics.removedFilesSize,
    metrics.copiedFilesSize,
  ];
  return { columns: COLUMNS, rows: [row.map(BigInt)] };
}

/** Only tables have files to clone. */
function requireCloneable(context: Context, ref: TableRef): void {
  if (ref.kind === 'path') return;
  const registered = findRegistered(context, fullNameOf(context, ref.parts), 'read');
  if (registered === undefined) throw tableNotFound(ref.parts);
  if (registered.storageLocation !== null && registered.dataSourceFormat === 'DELTA') {
    if (registered.rowFilter === undefined && registered.columnMasks === undefined) return;
  }
  throw new SqlError(
    'DELTA_CLONE_UNSUPPORTED_SOURCE',
    '0AKDC',
    `Unsupported clone source '${registered.fullName}', whose type is ${registered.tableType}. The supported types are Delta tables without row filter and column mask.`,
  );
}
