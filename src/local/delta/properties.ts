import { SqlError } from '../sql/statement.js';
import { intervalMs } from './intervals.js';

/** Table properties that this library acts on, with Delta's defaults (DeltaConfig.scala). */
interface Configured {
  readonly configuration: Readonly<Partial<Record<string, string>>>;
}

const retention = (key: string, fallback: string) => (table: Configured) =>
  intervalMs(key, table.configuration[key] ?? fallback);

/** How long the files of removed rows are kept, and how far back a version can be read. Milliseconds. */
export const deletedFileRetentionMs = retention('delta.deletedFileRetentionDuration', 'interval 1 week');

/** How long log files (and with them the history) are kept. Milliseconds. */
export const logRetentionMs = retention('delta.logRetentionDuration', 'interval 30 days');

/** A checkpoint is due at each version that this number divides. */
export function checkpointInterval({ configuration }: Configured): number {
  const value = Number(configuration['delta.checkpointInterval'] ?? '10');
  return Number.isInteger(value) && value > 0 ? value : 10;
}

export const cleansUpLog = ({ configuration }: Configured) =>
  (configuration['delta.enableExpiredLogCleanup'] ?? 'true') === 'true';

export const hasInCommitTimestamps = ({ configuration }: Configured) =>
  configuration['delta.enableInCommitTimestamps'] === 'true';

export const isSerializable = ({ configuration }: Configured) =>
  configuration['delta.isolationLevel']?.toLowerCase() === 'serializable';

export const isAppendOnly = ({ configuration }: Configured) => configuration['delta.appendOnly'] === 'true';

/** `none`, `id` or `name`. */
export const columnMappingMode = ({ configuration }: Configured): string =>
  configuration['delta.columnMapping.mode'] ?? 'none';

/** Highest column id given out under column mapping. */
export const maxColumnId = ({ configuration }: Configured): number =>
  Number(configuration['delta.columnMapping.maxColumnId'] ?? '0');

/** Refuses values that the readers above could not use. Call it before properties are written. */
export function checkProperties(configuration: Configured['configuration']): void {
  const table = { configuration };
  const logMs = logRetentionMs(table);
  const filesMs = deletedFileRetentionMs(table);
  const interval = configuration['delta.checkpointInterval'];
  if (interval !== undefined && !/^[1-9]\d*$/.test(interval)) {
    throw invalid('delta.checkpointInterval', interval, 'needs to be a positive integer.');
  }
  // Only a table that names both can break the rule on purpose; defaults are moved along by Databricks as well.
  if (configuration['delta.logRetentionDuration'] !== undefined && logMs < filesMs) {
    throw invalid(
      'delta.logRetentionDuration',
      configuration['delta.logRetentionDuration'],
      'needs to be greater than or equal to delta.deletedFileRetentionDuration.',
    );
  }
}

const invalid = (key: string, value: string, rule: string) =>
  new SqlError('DELTA_INVALID_TABLE_PROPERTY_VALUE', '42616', `${value} is no valid value of ${key}: it ${rule}`);
