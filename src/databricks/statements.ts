/** Every statement that crosses the border, as text. Names are quoted, versions and locations checked; nothing is pasted in. */
import { parseIntervalMs } from '../domain/cut/index.js';
import type { Stamp } from '../domain/point.js';
import { stampProperties } from '../domain/stamp.js';
import type { TableRef } from './identifiers.js';
import { checkedLocation, checkedVersion, plainLiteral, quoteTable } from './identifiers.js';

/** Values of `delta.deletedFileRetentionDuration` and `delta.logRetentionDuration`, for example `interval 7 days`. */
export interface Retention {
  readonly deletedFiles: string;
  readonly log: string;
}

/** What Delta does when a table sets neither (DeltaConfig.scala): written out, for an unset override keeps the staging value. */
const defaultRetention: Retention = { deletedFiles: 'interval 7 days', log: 'interval 30 days' };

const deletedFilesProperty = 'delta.deletedFileRetentionDuration';
const logProperty = 'delta.logRetentionDuration';

/**
 * A table's own retention, unset values as Delta's defaults. Delta refuses a log that is kept for less time than deleted
 * files: an unset log retention then follows the files'.
 */
export function retentionOf(properties: Readonly<Record<string, string>>): Retention {
  const {
    [deletedFilesProperty]: deletedFiles = defaultRetention.deletedFiles,
    [logProperty]: log = longerInterval(defaultRetention.log, deletedFiles),
  } = properties;
  return { deletedFiles, log };
}

const longerInterval = (a: string, b: string): string =>
  (parseIntervalMs(b) ?? 0) > (parseIntervalMs(a) ?? 0) ? b : a;

/** Both retentions of a staging table as whole hours. */
export function retentionOfHours(hours: number): Retention {
  const interval = `interval ${checkedVersion(Math.ceil(hours))} hours`;
  return { deletedFiles: interval, log: interval };
}

const retentionProperties = (retention: Retention): Readonly<Record<string, string>> => ({
  [deletedFilesProperty]: retention.deletedFiles,
  [logProperty]: retention.log,
});

const propertyList = (properties: Readonly<Record<string, string>>): string =>
  Object.entries(properties)
    .map(([key, value]) => `${plainLiteral(key, 'property name')} = ${plainLiteral(value, `value of ${key}`)}`)
    .join(', ');

/** The copy of one table version: source as it was, target replaced as a whole in one commit. */
export interface CloneStatement {
  readonly source: TableRef;
  readonly version: number;
  readonly target: TableRef;
  readonly stamp: Stamp;
  readonly retention: Retention;
  /** Registered location of an external target; null for managed tables and for targets that are a path. */
  readonly location: string | null;
}

/**
 * `CREATE OR REPLACE TABLE … DEEP CLONE … VERSION AS OF …`, for the send and the receive alike.
 * Clause order is fixed by Delta's grammar: source, version, TBLPROPERTIES, LOCATION.
 */
export function cloneStatement({ source, version, target, stamp, retention, location }: CloneStatement): string {
  const clauses = [
    `CREATE OR REPLACE TABLE ${quoteTable(target)}`,
    `DEEP CLONE ${quoteTable(source)} VERSION AS OF ${checkedVersion(version)}`,
    `TBLPROPERTIES (${propertyList({ ...stampProperties(stamp), ...retentionProperties(retention) })})`,
  ];
  if (location !== null) clauses.push(`LOCATION '${checkedLocation(location)}'`);
  return clauses.join(' ');
}

/** A deep clone without a stamp, for data that is put aside before it is replaced. */
export const strandedCloneStatement = (source: TableRef, version: number, location: string): string =>
  `CREATE TABLE IF NOT EXISTS ${quoteTable({ kind: 'path', location })} ` +
  `DEEP CLONE ${quoteTable(source)} VERSION AS OF ${checkedVersion(version)}`;

/** Keeps a table readable for longer, and nothing else of it is changed. */
export const retentionStatement = (table: TableRef, retention: Retention): string =>
  `ALTER TABLE ${quoteTable(table)} SET TBLPROPERTIES (${propertyList(retentionProperties(retention))})`;

/** Removes files that no version younger than `retainHours` needs. */
export const vacuumStatement = (table: TableRef, retainHours: number): string =>
  `VACUUM ${quoteTable(table)} RETAIN ${checkedVersion(Math.ceil(retainHours))} HOURS`;

/** Newest first. @param limit rows at most; null: all that the log still holds */
export const historyStatement = (table: TableRef, limit: number | null): string =>
  `DESCRIBE HISTORY ${quoteTable(table)}${limit === null ? '' : ` LIMIT ${checkedVersion(limit)}`}`;

export const detailStatement = (table: TableRef): string => `DESCRIBE DETAIL ${quoteTable(table)}`;

export const columnsStatement = (table: TableRef): string => `DESCRIBE TABLE ${quoteTable(table)}`;

export const rowCountStatement = (table: TableRef, version: number | null): string =>
  `SELECT count(*) AS row_count FROM ${quoteTable(table)}` +
  `${version === null ? '' : ` VERSION AS OF ${checkedVersion(version)}`}`;
