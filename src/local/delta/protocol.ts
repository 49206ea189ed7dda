import type { Protocol } from './actions.js';
import { invalidProtocolVersion, unsupportedFeatures } from './errors.js';
import { columnMappingMode } from './properties.js';
import type { StructType } from './schema.js';
import { anyType } from './schema.js';
import { sorted } from './sorted.js';

/** Table features (PROTOCOL.md, "Table Features"): which this library understands, and which of them bind readers too. */

const readerFeatures = [
  'columnMapping',
  'deletionVectors',
  'timestampNtz',
  'typeWidening',
  'typeWidening-preview',
  'v2Checkpoint',
  'vacuumProtocolCheck',
] as const;

const writerOnlyFeatures = [
  'allowColumnDefaults',
  'appendOnly',
  'changeDataFeed',
  'checkConstraints',
  'clustering',
  'domainMetadata',
  'generatedColumns',
  'identityColumns',
  'inCommitTimestamp',
  'invariants',
  'rowTracking',
] as const;

type Feature = (typeof readerFeatures)[number] | (typeof writerOnlyFeatures)[number];

const understood: readonly string[] = [...readerFeatures, ...writerOnlyFeatures];
const bindsReaders = (feature: string) => (readerFeatures as readonly string[]).includes(feature);

/** Features that the numbered writer versions before table features stand for, cumulative. */
const legacyWriterFeatures: Readonly<Record<number, readonly Feature[]>> = {
  2: ['appendOnly', 'invariants'],
  3: ['checkConstraints'],
  4: ['changeDataFeed', 'generatedColumns'],
  5: ['columnMapping'],
  6: ['identityColumns'],
};

/** What a new table starts with. */
export const plainProtocol: Protocol = {
  minReaderVersion: 1,
  minWriterVersion: 2,
  readerFeatures: null,
  writerFeatures: null,
};

/** Every feature that the table's protocol supports, sorted; numbered versions are spelled out. DESCRIBE DETAIL shows it. */
export function featuresOf(protocol: Protocol): readonly string[] {
  return union(writerFeaturesOf(protocol), readerFeaturesOf(protocol));
}

function writerFeaturesOf({ minWriterVersion, writerFeatures }: Protocol): readonly string[] {
  if (minWriterVersion >= 7) return writerFeatures ?? [];
  return Object.entries(legacyWriterFeatures).flatMap(([version, features]) =>
    Number(version) <= minWriterVersion ? features : [],
  );
}

function readerFeaturesOf({ minReaderVersion, readerFeatures: named }: Protocol): readonly string[] {
  if (minReaderVersion >= 3) return named ?? [];
  return minReaderVersion === 2 ? ['columnMapping'] : [];
}

/** Throws SqlError where the table asks readers for more than this library knows. */
export function assertReadable(protocol: Protocol, folder: string): void {
  if (protocol.minReaderVersion > 3 || protocol.minReaderVersion < 1) {
    throw invalidProtocolVersion(folder, protocol.minReaderVersion, protocol.minWriterVersion);
  }
  const unknown = readerFeaturesOf(protocol).filter((feature) => !bindsReaders(feature));
  if (unknown.length > 0) throw unsupportedFeatures(folder, 'read', unknown);
}

/** Throws SqlError where the table asks writers for more than this library knows. */
export function assertWritable(protocol: Protocol, folder: string): void {
  if (protocol.minWriterVersion > 7 || protocol.minWriterVersion < 1) {
    throw invalidProtocolVersion(folder, protocol.minReaderVersion, protocol.minWriterVersion);
  }
  const unknown = writerFeaturesOf(protocol).filter((feature) => !understood.includes(feature));
  if (unknown.length > 0) throw unsupportedFeatures(folder, 'write', unknown);
}

/** The lowest protocol that supports everything either of both does: only ever an upgrade. */
export function mergeProtocols(one: Protocol, other: Protocol): Protocol {
  const minReaderVersion = Math.max(one.minReaderVersion, other.minReaderVersion);
  const minWriterVersion = Math.max(one.minWriterVersion, other.minWriterVersion);
  return {
    minReaderVersion,
    minWriterVersion,
    readerFeatures: minReaderVersion >= 3 ? union(readerFeaturesOf(one), readerFeaturesOf(other)) : null,
    writerFeatures: minWriterVersion >= 7 ? union(writerFeaturesOf(one), writerFeaturesOf(other)) : null,
  };
}

const union = (one: readonly string[], other: readonly string[]) => sorted(new Set([...one, ...other]));

/** Adds what the properties and column types of a table need to its protocol. */
export function protocolFor(
  base: Protocol,
  configuration: Readonly<Record<string, string>>,
  schema: StructType,
): Protocol {
  const isTrue = (key: string) => configuration[key] === 'true';
  const needed: string[] = [];
  if (isTrue('delta.enableDeletionVectors')) needed.push('deletionVectors');
  if (isTrue('delta.enableInCommitTimestamps')) needed.push('inCommitTimestamp');
  if (isTrue('delta.enableChangeDataFeed')) needed.push('changeDataFeed');
  if (isTrue('delta.enableRowTracking')) needed.push('rowTracking', 'domainMetadata');
  if (isTrue('delta.enableTypeWidening')) needed.push('typeWidening');
  if (configuration['delta.checkpointPolicy'] === 'v2') needed.push('v2Checkpoint');
  if (columnMappingMode({ configuration }) !== 'none') needed.push('columnMapping');
  if (Object.keys(configuration).some((key) => key.startsWith('delta.constraints.'))) needed.push('checkConstraints');
  if (anyType(schema, (type) => type === 'timestamp_ntz')) needed.push('timestampNtz');
  for (const [key, value] of Object.entries(configuration)) {
    if (key.startsWith(featurePrefix) && value === 'supported') needed.push(key.slice(featurePrefix.length));
  }
  return needed.reduce(withFeature, base);
}

const featurePrefix = 'delta.feature.';

/** Properties that say something about the protocol are not kept among a table's properties. */
export const isProtocolProperty = (key: string): boolean =>
  key.startsWith(featurePrefix) || key === 'delta.minReaderVersion' || key === 'delta.minWriterVersion';

function withFeature(protocol: Protocol, feature: string): Protocol {
  if (featuresOf(protocol).includes(feature)) return protocol;
  return mergeProtocols(protocol, {
    minReaderVersion: bindsReaders(feature) ? 3 : 1,
    minWriterVersion: 7,
    readerFeatures: bindsReaders(feature) ? [feature] : null,
    writerFeatures: [feature],
  });
}

/** Same versions and same features. */
export const sameProtocol = (one: Protocol, other: Protocol): boolean =>
  one.minReaderVersion === other.minReaderVersion &&
  one.minWriterVersion === other.minWriterVersion &&
  featuresOf(one).join() === featuresOf(other).join();
