import type { SchemaElement } from 'hyparquet';

/** The parquet schema of a classic checkpoint, column for column as Spark writes it (PROTOCOL.md, "Checkpoint Schema"). */

const optional = 'OPTIONAL';

const text = (name: string): SchemaElement[] => [
  { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, repetition_type: optional },
];
const long = (name: string): SchemaElement[] => [{ name, type: 'INT64', repetition_type: optional }];
const int = (name: string): SchemaElement[] => [{ name, type: 'INT32', repetition_type: optional }];
const flag = (name: string): SchemaElement[] => [{ name, type: 'BOOLEAN', repetition_type: optional }];

const struct = (name: string, ...children: SchemaElement[][]): SchemaElement[] => [
  { name, repetition_type: optional, num_children: children.length },
  ...children.flat(),
];

const textMap = (name: string): SchemaElement[] => [
  { name, repetition_type: optional, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
  { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
  {
    name: 'key',
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    logical_type: { type: 'STRING' },
    repetition_type: 'REQUIRED',
  },
  ...text('value'),
];

const textList = (name: string): SchemaElement[] => [
  { name, repetition_type: optional, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  ...text('element'),
];

const deletionVector = struct(
  'deletionVector',
  text('storageType'),
  text('pathOrInlineDv'),
  int('offset'),
  int('sizeInBytes'),
  long('cardinality'),
);

const columns = {
  txn: struct('txn', text('appId'), long('version'), long('lastUpdated')),
  add: struct(
    'add',
    text('path'),
    textMap('partitionValues'),
    long('size'),
    long('modificationTime'),
    flag('dataChange'),
    textMap('tags'),
    deletionVector,
    long('baseRowId'),
    long('defaultRowCommitVersion'),
    text('clusteringProvider'),
    text('stats'),
  ),
  remove: struct(
    'remove',
    text('path'),
    long('deletionTimestamp'),
    flag('dataChange'),
    flag('extendedFileMetadata'),
    textMap('partitionValues'),
    long('size'),
    deletionVector,
  ),
  metaData: struct(
    'metaData',
    text('id'),
    text('name'),
    text('description'),
    struct('format', text('provider'), textMap('options')),
    text('schemaString'),
    textList('partitionColumns'),
    textMap('configuration'),
    long('createdTime'),
  ),
  protocol: struct(
    'protocol',
    int('minReaderVersion'),
    int('minWriterVersion'),
    textList('readerFeatures'),
    textList('writerFeatures'),
  ),
  domainMetadata: struct('domainMetadata', text('domain'), text('configuration'), flag('removed')),
} as const;

export const checkpointColumns = Object.keys(columns);

export const checkpointSchema: SchemaElement[] = [
  { name: 'spark_schema', num_children: checkpointColumns.length },
  ...Object.values(columns).flat(),
];
