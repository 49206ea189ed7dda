import { z } from 'zod';
import type { Action, AddFile, DeletionVector, Metadata, Protocol, RemoveFile } from './actions.js';
import { decodePath, encodePath } from './paths.js';

/**
 * Actions as JSON commits and parquet checkpoints hold them. Both are read by the same schemas: parquet gives bigints
 * and undefined where JSON gives numbers and leaves keys out. Unknown fields and actions are ignored, as PROTOCOL.md asks.
 */

const integer = z.union([z.number(), z.bigint()]).transform(Number);
const optionalInteger = integer.nullish().transform((value) => value ?? null);
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const nullableTexts = z.record(
  z.string(),
  z
    .string()
    .nullish()
    .transform((value) => value ?? null),
);
const textList = z.array(z.string());

const deletionVectorSchema = z.object({
  storageType: z.enum(['u', 'p', 'i']),
  pathOrInlineDv: z.string(),
  offset: optionalInteger,
  sizeInBytes: integer,
  cardinality: integer,
});

const addSchema = z.object({
  path: z.string(),
  partitionValues: nullableTexts.nullish(),
  size: integer,
  modificationTime: optionalInteger,
  dataChange: z.boolean().nullish(),
  stats: optionalText,
  // Checkpoints may hold statistics as a struct only (`delta.checkpoint.writeStatsAsJson` = false).
  stats_parsed: z.object({ numRecords: optionalInteger }).nullish(),
  tags: nullableTexts.nullish(),
  deletionVector: deletionVectorSchema.nullish(),
  baseRowId: optionalInteger,
  defaultRowCommitVersion: optionalInteger,
  clusteringProvider: optionalText,
});

const removeSchema = z.object({
  path: z.string(),
  deletionTimestamp: optionalInteger,
  dataChange: z.boolean().nullish(),
  partitionValues: nullableTexts.nullish(),
  size: optionalInteger,
  deletionVector: deletionVectorSchema.nullish(),
});

const metadataSchema = z.object({
  id: z.string(),
  name: optionalText,
  description: optionalText,
  schemaString: optionalText,
  partitionColumns: textList.nullish(),
  configuration: z.record(z.string(), z.string()).nullish(),
  createdTime: optionalInteger,
});

const protocolSchema = z.object({
  minReaderVersion: integer,
  minWriterVersion: integer,
  readerFeatures: textList.nullish(),
  writerFeatures: textList.nullish(),
});

const txnSchema = z.object({ appId: z.string(), version: integer, lastUpdated: optionalInteger });
const domainSchema = z.object({ domain: z.string(), configuration: z.string(), removed: z.boolean() });
const commitInfoSchema = z.record(z.string(), z.unknown());

/** One line of a commit or one row of a checkpoint: at most one action is set. */
const lineSchema = z.object({
  add: addSchema.nullish(),
  remove: removeSchema.nullish(),
  metaData: metadataSchema.nullish(),
  protocol: protocolSchema.nullish(),
  txn: txnSchema.nullish(),
  domainMetadata: domainSchema.nullish(),
  commitInfo: commitInfoSchema.nullish(),
});

/** Where the log keeps no schema (as very old test tables do), the table has no columns. */
const emptySchema = '{"type":"struct","fields":[]}';

/** @returns null for an action this library has no use for (`cdc`, `checkpointMetadata`, `sidecar`, those of the future) */
export function parseAction(raw: unknown): Action | null {
  const line = lineSchema.parse(raw);
  if (line.add) return { kind: 'add', add: toAdd(line.add) };
  if (line.remove) return { kind: 'remove', remove: toRemove(line.remove) };
  if (line.metaData) return { kind: 'metaData', metaData: toMetadata(line.metaData) };
  if (line.protocol) return { kind: 'protocol', protocol: toProtocol(line.protocol) };
  if (line.txn) return { kind: 'txn', txn: line.txn };
  if (line.domainMetadata) return { kind: 'domainMetadata', domainMetadata: line.domainMetadata };
  if (line.commitInfo) return { kind: 'commitInfo', commitInfo: line.commitInfo };
  return null;
}

const toAdd = ({ stats_parsed, ...add }: z.output<typeof addSchema>): AddFile => ({
  ...add,
  path: decodePath(add.path),
  stats: add.stats ?? (stats_parsed?.numRecords ? JSON.stringify({ numRecords: stats_parsed.numRecords }) : null),
  partitionValues: add.partitionValues ?? {},
  modificationTime: add.modificationTime ?? 0,
  dataChange: add.dataChange ?? true,
  tags: add.tags ?? null,
  deletionVector: add.deletionVector ?? null,
});

const toRemove = (remove: z.output<typeof removeSchema>): RemoveFile => ({
  ...remove,
  path: decodePath(remove.path),
  deletionTimestamp: remove.deletionTimestamp ?? 0,
  dataChange: remove.dataChange ?? true,
  partitionValues: remove.partitionValues ?? null,
  deletionVector: remove.deletionVector ?? null,
});

const toMetadata = (metadata: z.output<typeof metadataSchema>): Metadata => ({
  ...metadata,
  schemaString: metadata.schemaString ?? emptySchema,
  partitionColumns: metadata.partitionColumns ?? [],
  configuration: metadata.configuration ?? {},
});

const toProtocol = (protocol: z.output<typeof protocolSchema>): Protocol => ({
  ...protocol,
  readerFeatures: protocol.readerFeatures ?? null,
  writerFeatures: protocol.writerFeatures ?? null,
});

/** The object that stands for the action in a JSON commit; absent values are left out. */
export function formatAction(action: Action): Readonly<Record<string, unknown>> {
  switch (action.kind) {
    case 'add':
      return { add: formatAdd(action.add) };
    case 'remove':
      return { remove: formatRemove(action.remove) };
    case 'metaData':
      return { metaData: formatMetadata(action.metaData) };
    case 'protocol':
      return { protocol: withoutNulls(action.protocol) };
    case 'txn':
      return { txn: withoutNulls(action.txn) };
    case 'domainMetadata':
      return { domainMetadata: action.domainMetadata };
    case 'commitInfo':
      return { commitInfo: action.commitInfo };
  }
}

const formatAdd = (add: AddFile) =>
  withoutNulls({ ...add, path: encodePath(add.path), deletionVector: formatVector(add.deletionVector) });

const formatRemove = (remove: RemoveFile) =>
  withoutNulls({
    ...remove,
    path: encodePath(remove.path),
    // Says that partitionValues and size are to be trusted.
    extendedFileMetadata: remove.partitionValues === null || remove.size === null ? null : true,
    deletionVector: formatVector(remove.deletionVector),
  });

const formatMetadata = ({ id, name, description, ...rest }: Metadata) =>
  withoutNulls({ id, name, description, format: { provider: 'parquet', options: {} }, ...rest });

const formatVector = (vector: DeletionVector | null) => (vector === null ? null : withoutNulls(vector));

const withoutNulls = (record: object) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
