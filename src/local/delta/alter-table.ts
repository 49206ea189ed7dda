import { SqlError } from '../sql/statement.js';
import type { Action, Metadata } from './actions.js';
import { removeOf } from './actions.js';
import { mappedColumns, withMappingMode } from './column-mapping.js';
import type { CommitRequest, CommitResult } from './commit.js';
import { commit } from './commit.js';
import type { Author, DeltaEnv } from './env.js';
import { checkProperties } from './properties.js';
import { isProtocolProperty, protocolFor, sameProtocol } from './protocol.js';
import type { StructField } from './schema.js';
import { parseSchema, schemaToJson } from './schema.js';
import type { Snapshot } from './snapshot.js';
import { openSnapshot } from './snapshot.js';
import { totalSize } from './stats.js';

export interface AlterRequest {
  readonly folder: string;
  readonly author: Author;
  readonly signal?: AbortSignal | undefined;
}

/** ALTER TABLE … SET TBLPROPERTIES. `delta.feature.*` raises the protocol instead. */
export async function setTableProperties(
  env: DeltaEnv,
  request: AlterRequest & { readonly properties: Readonly<Record<string, string>> },
): Promise<CommitResult> {
  const { properties } = request;
  const before = await openSnapshot(env, request.folder);
  const kept = Object.fromEntries(Object.entries(properties).filter(([key]) => !isProtocolProperty(key)));
  const configuration = { ...before.metadata.configuration, ...kept };
  checkProperties(configuration);
  return await alter(env, request, before, withMappingMode(before.metadata, configuration), properties, {
    operation: 'SET TBLPROPERTIES',
    operationParameters: { properties: JSON.stringify(properties) },
  });
}

/** ALTER TABLE … UNSET TBLPROPERTIES [IF EXISTS]. */
export async function unsetTableProperties(
  env: DeltaEnv,
  request: AlterRequest & { readonly keys: readonly string[]; readonly ifExists: boolean },
): Promise<CommitResult> {
  const before = await openSnapshot(env, request.folder);
  const configuration = { ...before.metadata.configuration };
  for (const key of request.keys) {
    if (!request.ifExists && configuration[key] === undefined) throw propertyMissing(key);
    delete configuration[key];
  }
  checkProperties(configuration);
  return await alter(
    env,
    request,
    before,
    withMappingMode(before.metadata, configuration),
    {},
    {
      operation: 'UNSET TBLPROPERTIES',
      operationParameters: { properties: JSON.stringify(request.keys), ifExists: request.ifExists },
    },
  );
}

/** ALTER TABLE … ADD COLUMNS, at the end. */
export async function addColumns(
  env: DeltaEnv,
  request: AlterRequest & { readonly columns: readonly StructField[] },
): Promise<CommitResult> {
  const before = await openSnapshot(env, request.folder);
  const known = new Set(before.schema.fields.map(({ name }) => name.toLowerCase()));
  for (const { name } of request.columns) {
    if (known.has(name.toLowerCase())) throw columnExists(name);
    known.add(name.toLowerCase());
  }
  const { columns, configuration } = mappedColumns(before.metadata.configuration, request.columns);
  const schema = { ...before.schema, fields: [...before.schema.fields, ...columns] };
  const metadata = { ...before.metadata, schemaString: schemaToJson(schema), configuration };
  return await alter(
    env,
    request,
    before,
    metadata,
    {},
    {
      operation: 'ADD COLUMNS',
      operationParameters: { columns: JSON.stringify(columns.map((column) => ({ column }))) },
    },
  );
}

/** TRUNCATE TABLE: all files leave the table. */
export async function truncateTable(env: DeltaEnv, request: AlterRequest): Promise<CommitResult> {
  const before = await openSnapshot(env, request.folder);
  return await commit(env, {
    folder: request.folder,
    base: before,
    actions: before.files.map((file): Action => ({ kind: 'remove', remove: removeOf(file, env.clock.now()) })),
    operation: 'TRUNCATE',
    operationParameters: {},
    operationMetrics: { numRemovedFiles: before.files.length, numRemovedBytes: totalSize(before.files) },
    author: request.author,
    reads: 'table',
    signal: request.signal,
  });
}

async function alter(
  env: DeltaEnv,
  request: AlterRequest,
  before: Snapshot,
  metadata: Metadata,
  properties: Readonly<Record<string, string>>,
  entry: Pick<CommitRequest, 'operation' | 'operationParameters'>,
): Promise<CommitResult> {
  const configuration = { ...properties, ...metadata.configuration };
  const protocol = protocolFor(before.protocol, configuration, parseSchema(metadata.schemaString));
  return await commit(env, {
    folder: request.folder,
    base: before,
    actions: [
      ...(sameProtocol(before.protocol, protocol) ? [] : [{ kind: 'protocol', protocol } as const]),
      { kind: 'metaData', metaData: metadata },
    ],
    ...entry,
    operationMetrics: {},
    author: request.author,
    reads: 'nothing',
    signal: request.signal,
  });
}

const propertyMissing = (key: string) =>
  new SqlError(
    'DELTA_UNSET_NON_EXISTENT_PROPERTY',
    '42616',
    `Attempted to unset non-existent property '${key}'. Use UNSET TBLPROPERTIES IF EXISTS to allow that.`,
  );

const columnExists = (name: string) =>
  new SqlError('FIELD_ALREADY_EXISTS', '42710', `Cannot add column, because \`${name}\` already exists.`);
