import { beforeEach, describe, expect, it } from 'vitest';
import type { CreateTableRequest, StructField, StructType } from '../../../src/local/delta/index.js';
import {
  addColumns,
  assertRowsWritable,
  createTable,
  detail,
  field,
  history,
  openSnapshot,
  parseSchema,
  physicalName,
  setTableProperties,
  truncateTable,
  unsetTableProperties,
} from '../../../src/local/delta/index.js';
import type { TestEnv } from './support.js';
import { append, author, dataFile, newTable, schema, testEnv, useFolder } from './support.js';

const folder = useFolder();
let env: TestEnv;
beforeEach(() => {
  env = testEnv();
});

const create = async (changes: Partial<CreateTableRequest> = {}) =>
  await createTable(env, {
    folder: folder(),
    mode: 'create',
    schema,
    partitionColumns: ['day'],
    properties: { owner: 'etl' },
    isManaged: true,
    asSelect: null,
    author,
    ...changes,
  });

describe('CREATE TABLE', () => {
  it('starts at version 0 with what the statement says', async () => {
    await create({ description: 'orders' });
    expect(await detail(env, folder(), 'abfss://x')).toMatchObject({
      format: 'delta',
      description: 'orders',
      location: 'abfss://x',
      createdAt: env.clock.now(),
      partitionColumns: ['day'],
      numFiles: 0,
      properties: { owner: 'etl' },
      minReaderVersion: 1,
      minWriterVersion: 2,
      tableFeatures: ['appendOnly', 'invariants'],
    });
    expect((await history(env, folder()))[0]).toMatchObject({
      version: 0,
      operation: 'CREATE TABLE',
      operationParameters: {
        partitionBy: '["day"]',
        description: 'orders',
        properties: '{"owner":"etl"}',
        isManaged: 'true',
      },
      readVersion: null,
      isBlindAppend: true,
    });
  });

  it('OR REPLACE gives a new id and new content, while versions and history go on', async () => {
    await create();
    await append(env, folder(), { values: { day: '1' } });
    const before = await openSnapshot(env, folder());
    const files = [await dataFile(env, folder())];
    const replaced = await create({
      mode: 'createOrReplace',
      partitionColumns: [],
      properties: {},
      asSelect: { files, metrics: { numFiles: '1' } },
    });

    expect(replaced?.version).toBe(2);
    const after = await openSnapshot(env, folder());
    expect(after.metadata.id).not.toBe(before.metadata.id);
    expect(after.files.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
    expect(after.metadata).toMatchObject({ partitionColumns: [], configuration: {} });
    expect((await history(env, folder())).map(({ operation }) => operation)).toEqual([
      'CREATE OR REPLACE TABLE AS SELECT',
      'WRITE',
      'CREATE TABLE',
    ]);
  });

  it('is refused over an existing table, IF NOT EXISTS leaves it alone, REPLACE needs it', async () => {
    await expect(create({ mode: 'replace' })).rejects.toMatchObject({
      errorClass: 'DELTA_CANNOT_REPLACE_MISSING_TABLE',
    });
    await create();
    await expect(create()).rejects.toMatchObject({ errorClass: 'DELTA_TABLE_ALREADY_EXISTS', sqlState: '42P07' });
    await expect(create({ mode: 'createIfNotExists' })).resolves.toBeNull();
    await expect(openSnapshot(env, folder())).resolves.toMatchObject({ version: 0 });
  });

  it.each([
    [{ partitionColumns: ['nowhere'] }, 'DELTA_PARTITION_COLUMN_NOT_FOUND'],
    [{ properties: { 'delta.checkpointInterval': '0' } }, 'DELTA_INVALID_TABLE_PROPERTY_VALUE'],
    [{ properties: { 'delta.deletedFileRetentionDuration': '1 month' } }, 'DELTA_INVALID_INTERVAL'],
    [{ properties: { 'delta.logRetentionDuration': 'interval 1 day' } }, 'DELTA_INVALID_TABLE_PROPERTY_VALUE'],
    [{ properties: { 'delta.columnMapping.mode': 'name' } }, 'DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE'],
  ])('with %j is refused as %s', async (changes, errorClass) => {
    await expect(create(changes)).rejects.toMatchObject({ errorClass });
  });

  it('asks readers and writers for the features that properties and types need', async () => {
    await create({
      schema: { type: 'struct', fields: [...schema.fields, field('at', 'timestamp_ntz')] },
      properties: { 'delta.enableDeletionVectors': 'true', 'delta.feature.vacuumProtocolCheck': 'supported' },
    });
    const { protocol, metadata } = await openSnapshot(env, folder());
    expect(protocol.readerFeatures).toEqual(['deletionVectors', 'timestampNtz', 'vacuumProtocolCheck']);
    expect(protocol.writerFeatures).toEqual([
      'appendOnly',
      'deletionVectors',
      'invariants',
      'timestampNtz',
      'vacuumProtocolCheck',
    ]);
    expect(metadata.configuration).toEqual({ 'delta.enableDeletionVectors': 'true' });
  });
});

describe('ALTER TABLE', () => {
  beforeEach(async () => {
    await newTable(env, folder(), { k: '1' });
  });
  const request = () => ({ folder: folder(), author });
  const properties = async () => (await openSnapshot(env, folder())).metadata.configuration;

  it('sets and unsets properties', async () => {
    await setTableProperties(env, { ...request(), properties: { k: '2', l: '3' } });
    expect(await properties()).toEqual({ k: '2', l: '3' });
    await unsetTableProperties(env, { ...request(), keys: ['k'], ifExists: false });
    expect(await properties()).toEqual({ l: '3' });
    await expect(unsetTableProperties(env, { ...request(), keys: ['k'], ifExists: false })).rejects.toThrow("'k'");
    await unsetTableProperties(env, { ...request(), keys: ['k'], ifExists: true });
    expect((await history(env, folder()))[2]).toMatchObject({
      operation: 'SET TBLPROPERTIES',
      operationParameters: { properties: '{"k":"2","l":"3"}' },
    });
  });

  it('adds columns at the end, and refuses a name that is taken whatever its case', async () => {
    await addColumns(env, { ...request(), columns: [field('extra', 'decimal(10,2)', 'why')] });
    const { schema: after } = await openSnapshot(env, folder());
    expect(after.fields.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'long'],
      ['day', 'string'],
      ['extra', 'decimal(10,2)'],
    ]);
    await expect(addColumns(env, { ...request(), columns: [field('EXTRA', 'long')] })).rejects.toMatchObject({
      errorClass: 'FIELD_ALREADY_EXISTS',
    });
  });

  it('turns column mapping on: names in files stay, new columns get others; no other change of mode is taken', async () => {
    await append(env, folder());
    const mode = (value: string) => setTableProperties(env, { ...request(), properties: { [modeKey]: value } });
    const modeKey = 'delta.columnMapping.mode';
    await mode('name');
    const nested: StructType = { type: 'struct', fields: [field('inner', 'long')] };
    await addColumns(env, { ...request(), columns: [field('extra', nested)] });
    const { schema: after, protocol, metadata, files } = await openSnapshot(env, folder());
    expect(protocol).toMatchObject({ readerFeatures: ['columnMapping'] });
    expect(metadata.configuration).toMatchObject({ [modeKey]: 'name', 'delta.columnMapping.maxColumnId': '4' });
    const idsAndNames = (fields: readonly StructField[]): unknown[] =>
      fields.map((one) => [one.metadata['delta.columnMapping.id'], physicalName(one)]);
    const fieldsOf = (one: StructField | undefined) => parseSchema(JSON.stringify(one?.type)).fields;
    const random = expect.stringMatching(/^col-/);
    expect(idsAndNames(after.fields)).toEqual([
      [1, 'id'],
      [2, 'day'],
      [3, random],
    ]);
    expect(idsAndNames(fieldsOf(after.fields[2]))).toEqual([[4, random]]);
    expect(files).toHaveLength(1);

    const refused = { errorClass: 'DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE', sqlState: '0AKDC' };
    for (const other of ['none', 'id']) await expect(mode(other)).rejects.toMatchObject(refused);
    const unset = { ...request(), keys: [modeKey], ifExists: false };
    await expect(unsetTableProperties(env, unset)).rejects.toMatchObject(refused);
  });

  it('TRUNCATE takes all files out', async () => {
    await append(env, folder());
    await append(env, folder());
    await truncateTable(env, request());
    expect((await openSnapshot(env, folder())).files).toEqual([]);
    expect((await history(env, folder()))[0]).toMatchObject({
      operation: 'TRUNCATE',
      operationMetrics: { numRemovedFiles: '2' },
    });
  });
});

describe('tables whose rows this engine would write wrong', () => {
  const withField = (metadata: Readonly<Record<string, unknown>>) => ({
    schema: { ...schema, fields: [{ ...field('id', 'long'), metadata }] },
    partitionColumns: [],
  });
  it.each([
    [withField({ 'delta.generationExpression': '1' }), 'generatedColumns'],
    [withField({ 'delta.identity.start': 1 }), 'identityColumns'],
    [{ properties: { 'delta.constraints.positive': 'id > 0' } }, 'checkConstraints'],
    [{ properties: { 'delta.enableChangeDataFeed': 'true' } }, 'changeDataFeed'],
  ])('are refused: %j', async (changes, feature) => {
    await create(changes);
    const snapshot = await openSnapshot(env, folder());
    expect(() => assertRowsWritable(snapshot)).toThrow(feature);
  });

  it('with a change data feed may be appended to', async () => {
    await create({ properties: { 'delta.enableChangeDataFeed': 'true' } });
    const snapshot = await openSnapshot(env, folder());
    expect(() => assertRowsWritable(snapshot, 'append')).not.toThrow();
  });
});
