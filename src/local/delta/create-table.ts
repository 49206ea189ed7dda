import { randomUUID } from 'node:crypto';
import { SqlError } from '../sql/statement.js';
import type { Action, AddFile, Metadata } from './actions.js';
import { removeOf } from './actions.js';
import type { CommitResult } from './commit.js';
import { commit } from './commit.js';
import { clusteringActions } from './domains.js';
import type { Author, DeltaEnv } from './env.js';
import { cannotReplaceMissingTable, tableAlreadyExists } from './errors.js';
import { checkProperties, columnMappingMode } from './properties.js';
import { isProtocolProperty, plainProtocol, protocolFor, sameProtocol } from './protocol.js';
import type { StructType } from './schema.js';
import { schemaToJson } from './schema.js';
import { findLatestVersion, openSnapshot } from './snapshot.js';

export interface CreateTableRequest {
  readonly folder: string;
  readonly mode: 'create' | 'createIfNotExists' | 'createOrReplace' | 'replace';
  readonly description?: string | null;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly isManaged: boolean;
  /** Data files of CREATE … AS SELECT, already in the folder, with the metrics for the history; null without AS SELECT. */
  readonly asSelect: { readonly files: readonly AddFile[]; readonly metrics: Readonly<Record<string, string>> } | null;
  readonly author: Author;
  readonly signal?: AbortSignal | undefined;
}

/**
 * CREATE [OR REPLACE] TABLE [AS SELECT]. Replacing gives the table a new id while versions and history go on; the
 * protocol is never lowered.
 *
 * @returns null when the mode is `createIfNotExists` and the table exists
 */
export async function createTable(env: DeltaEnv, request: CreateTableRequest): Promise<CommitResult | null> {
  const { folder, mode, asSelect } = request;
  const exists = (await findLatestVersion(env, folder)) !== null;
  if (exists && mode === 'createIfNotExists') return null;
  if (exists && mode === 'create') throw tableAlreadyExists(folder);
  if (!exists && mode === 'replace') throw cannotReplaceMissingTable(folder);

  const before = exists ? await openSnapshot(env, folder) : null;
  const metadata = newMetadata(env, request);
  const protocol = protocolFor(before?.protocol ?? plainProtocol, request.properties, request.schema);
  const now = env.clock.now();
  return await commit(env, {
    folder,
    base: before,
    actions: [
      ...(before !== null && sameProtocol(before.protocol, protocol) ? [] : [{ kind: 'protocol', protocol } as const]),
      { kind: 'metaData', metaData: metadata },
      ...clusteringActions([], before?.domains ?? []),
      ...(before?.files ?? []).map((file): Action => ({ kind: 'remove', remove: removeOf(file, now) })),
      ...(asSelect?.files ?? []).map((add): Action => ({ kind: 'add', add })),
    ],
    operation: `${operations[mode]}${asSelect === null ? '' : ' AS SELECT'}`,
    operationParameters: {
      partitionBy: JSON.stringify(request.partitionColumns),
      description: metadata.description,
      properties: JSON.stringify(request.properties),
      clusterBy: '[]',
      isManaged: String(request.isManaged),
    },
    operationMetrics: asSelect?.metrics ?? {},
    author: request.author,
    reads: before === null ? 'nothing' : 'table',
    signal: request.signal,
  });
}

const operations = {
  create: 'CREATE TABLE',
  createIfNotExists: 'CREATE TABLE',
  createOrReplace: 'CREATE OR REPLACE TABLE',
  replace: 'REPLACE TABLE',
} as const;

function newMetadata(env: DeltaEnv, request: CreateTableRequest): Metadata {
  const { schema, partitionColumns, properties } = request;
  for (const column of partitionColumns) {
    if (!schema.fields.some(({ name }) => name === column)) throw partitionColumnMissing(column, schema);
  }
  const configuration = Object.fromEntries(Object.entries(properties).filter(([key]) => !isProtocolProperty(key)));
  checkProperties(configuration);
  if (columnMappingMode({ configuration }) !== 'none') throw columnMappingUnsupported();
  return {
    id: randomUUID(),
    // Unity Catalog names tables, the log does not.
    name: null,
    description: request.description ?? null,
    schemaString: schemaToJson(schema),
    partitionColumns,
    configuration,
    createdTime: env.clock.now(),
  };
}

const partitionColumnMissing = (column: string, schema: StructType) =>
  new SqlError(
    'DELTA_PARTITION_COLUMN_NOT_FOUND',
    '42703',
    `Partition column ${column} not found in schema ${schema.fields.map(({ name }) => name).join(', ')}.`,
  );

/** Tables with column mapping are read, altered and cloned; a new one turns it on with ALTER TABLE. */
const columnMappingUnsupported = () =>
  new SqlError(
    'DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE',
    '0AKDC',
    'This engine creates tables without column mapping; turn it on with ALTER TABLE … SET TBLPROPERTIES.',
  );
