import { SqlError } from '../sql/statement.js';

/**
 * The errors of Delta that this library throws, with the class, SQLSTATE and wording of Delta's own error list
 * (delta-error-classes.json), as far as clients decide by them.
 */

export const pathDoesNotExist = (folder: string) =>
  new SqlError('DELTA_PATH_DOES_NOT_EXIST', '42K03', `${folder} doesn't exist, or is not a Delta table.`);

export const tableAlreadyExists = (table: string) =>
  new SqlError('DELTA_TABLE_ALREADY_EXISTS', '42P07', `Table ${table} already exists.`);

export const cannotReplaceMissingTable = (table: string) =>
  new SqlError(
    'DELTA_CANNOT_REPLACE_MISSING_TABLE',
    '42P01',
    `Table ${table} cannot be replaced as it does not exist. Use CREATE OR REPLACE TABLE to create the table.`,
  );

export const versionNotFound = (version: number, earliest: number, latest: number) =>
  new SqlError(
    'DELTA_VERSION_NOT_FOUND',
    '22003',
    `Cannot time travel Delta table to version ${version}. Available versions: [${earliest}, ${latest}].`,
  );

export const cannotRestoreVersion = (version: number, earliest: number, latest: number) =>
  new SqlError(
    'DELTA_CANNOT_RESTORE_TABLE_VERSION',
    '22003',
    `Cannot restore table to version ${version}. Available versions: [${earliest}, ${latest}].`,
  );

export const timestampTooEarly = (timestampMs: number, earliestMs: number) =>
  new SqlError(
    'DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION',
    '42816',
    `The provided timestamp (${sqlTime(timestampMs)}) is before the earliest version available to\nthis table (${sqlTime(earliestMs)}). Please use a timestamp after ${sqlTime(earliestMs).slice(0, 19)}.`,
  );

export const timestampTooLate = (timestampMs: number, latestMs: number) =>
  new SqlError(
    'DELTA_TIMESTAMP_GREATER_THAN_COMMIT',
    '42816',
    `Timestamp ${sqlTime(timestampMs)} is after the table's latest version (${sqlTime(latestMs)}). Use a timestamp at or before ${sqlTime(latestMs).slice(0, 19)}.`,
  );

export const restoreTooEarly = (timestampMs: number, cause: SqlError) =>
  new SqlError(
    'DELTA_CANNOT_RESTORE_TIMESTAMP_EARLIER',
    '22003',
    `Cannot restore table to timestamp (${sqlTime(timestampMs)}) as it is before the earliest version available.`,
    { cause },
  );

export const restoreTooLate = (timestampMs: number, cause: SqlError) =>
  new SqlError(
    'DELTA_CANNOT_RESTORE_TIMESTAMP_GREATER',
    '22003',
    `Cannot restore table to timestamp (${sqlTime(timestampMs)}) as it is after the latest version available.`,
    { cause },
  );

export const beyondRetention = (retentionMs: number) =>
  new SqlError(
    'DELTA_UNSUPPORTED_TIME_TRAVEL_BEYOND_DELETED_FILE_RETENTION_DURATION',
    '0AKDC',
    `Cannot time travel beyond delta.deletedFileRetentionDuration (${Math.floor(retentionMs / 3_600_000)} HOURS) set on the table.`,
  );

export const versionsNotContiguous = (found: readonly number[], start: number, end: number) =>
  new SqlError(
    'DELTA_VERSIONS_NOT_CONTIGUOUS',
    'KD00C',
    `Versions (${found.join(', ')}) are not contiguous; versions ${start} to ${end} are needed. A gap in the Delta log indicates that files have been deleted manually.`,
  );

export const truncatedLog = (folder: string, version: number) =>
  new SqlError(
    'DELTA_TRUNCATED_TRANSACTION_LOG',
    '42K03',
    `${folder}: Unable to reconstruct state at version ${version} as the transaction log has been truncated due to manual deletion or the log retention policy (delta.logRetentionDuration) and checkpoint retention policy.`,
  );

export const stateNotRecoverable = (what: 'metadata' | 'protocol', folder: string, version: number) =>
  new SqlError(
    'DELTA_STATE_RECOVER_ERROR',
    'XXKDS',
    `The ${what} of your Delta table could not be recovered while Reconstructing version ${version} of ${folder}. Did you manually delete files in the _delta_log directory?`,
  );

export const invalidProtocolVersion = (folder: string, reader: number, writer: number) =>
  new SqlError(
    'DELTA_INVALID_PROTOCOL_VERSION',
    'KD004',
    `Unsupported Delta protocol version: table "${folder}" requires reader version ${reader} and writer version ${writer}, but this engine supports reader versions 1, 2, 3 and writer versions 1 to 5 and 7.`,
  );

export const unsupportedFeatures = (folder: string, use: 'read' | 'write', features: readonly string[]) =>
  new SqlError(
    use === 'read' ? 'DELTA_UNSUPPORTED_FEATURES_FOR_READ' : 'DELTA_UNSUPPORTED_FEATURES_FOR_WRITE',
    '56038',
    `Unsupported Delta ${use} feature: table "${folder}" requires ${use === 'read' ? 'reader' : 'writer'} table feature(s) that are unsupported by this engine: ${features.join(', ')}.`,
  );

export const unreadableLog = (file: string, why: string, cause?: unknown) =>
  new SqlError('DELTA_LOG_FILE_MALFORMED', 'KD00E', `Log file ${file} can't be read: ${why}.`, { cause });

export const retentionTooShort = (configuredMs: number) =>
  new SqlError(
    'DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT',
    '22003',
    `Are you sure you would like to vacuum files with such a low retention period? The retention period must be at least ${Math.floor(configuredMs / 3_600_000)} hours, the table's own delta.deletedFileRetentionDuration.`,
  );

const conflicts = {
  DELTA_CONCURRENT_APPEND: 'Files were added to the table by a concurrent update.',
  DELTA_CONCURRENT_DELETE_READ:
    'This transaction attempted to read one or more files that were deleted by a concurrent update.',
  DELTA_CONCURRENT_DELETE_DELETE:
    'This transaction attempted to delete one or more files that were deleted by a concurrent update.',
  DELTA_CONCURRENT_TRANSACTION:
    'This error occurs when multiple streaming queries are using the same checkpoint to write into this table.',
  DELTA_CONCURRENT_WRITE: 'A concurrent transaction has written new data since the current transaction read the table.',
  DELTA_METADATA_CHANGED: 'The metadata of the Delta table has been changed by a concurrent update.',
  DELTA_PROTOCOL_CHANGED: 'The protocol version of the Delta table has been changed by a concurrent update.',
} as const;

export type ConflictClass = keyof typeof conflicts;

/** Another commit came first and can't be reconciled with this one. */
export const conflict = (kind: ConflictClass, winningVersion: number, winningOperation: string) =>
  new SqlError(
    kind,
    '2D521',
    `${conflicts[kind]} Please try the operation again. Conflicting commit: version ${winningVersion}, ${winningOperation}.`,
  );

/** `yyyy-mm-dd hh:mm:ss.fff` in UTC, as Spark prints timestamps. */
export const sqlTime = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
