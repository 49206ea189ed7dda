/**
 * A Delta log library for tables in folders of the local disk: snapshots, commits, checkpoints, clones, RESTORE, VACUUM.
 * It moves files and writes logs; rows are computed elsewhere (DuckDB). Others import from this file alone.
 */
import type { Action, AddFile, PartitionValues } from './actions.js';
import type { Author, DeltaEnv } from './env.js';
import type { DataType, StructField, StructType } from './schema.js';
import type { Snapshot } from './snapshot-type.js';

export * from './actions.js';
export * from './env.js';
export * from './schema.js';
export * from './snapshot-type.js';
export * from './storage.js';

/** Newest version, or null where the folder holds no Delta table. */
export declare function findLatestVersion(env: DeltaEnv, folder: string): Promise<number | null>;

export interface OpenOptions {
  readonly version?: number;
  /** Epoch milliseconds: the last version committed at or before it. */
  readonly timestampMs?: number;
  /** False switches the rule off that old versions can't be read (7 days by default); only for internal looks. Default true. */
  readonly checkRetention?: boolean;
}
/** Reads the table (newest version unless asked otherwise). Throws SqlError with Delta's own classes. */
export declare function openSnapshot(env: DeltaEnv, folder: string, options?: OpenOptions): Promise<Snapshot>;

/** Local path of a data file of the table in `folder` (relative path or absolute URI). */
export declare function dataFilePath(env: DeltaEnv, folder: string, path: string): string;
/** Relative path for a new data file: hive-style partition folders and a `part-…-c000.snappy.parquet` name. */
export declare function newDataFilePath(partitionColumns: readonly string[], values: PartitionValues): string;
/** Indexes (0-based, ascending) of the deleted rows of a file with a deletion vector; empty without one. */
export declare function deletedRows(env: DeltaEnv, folder: string, file: AddFile): Promise<readonly number[]>;

export interface CommitRequest {
  readonly folder: string;
  /** The snapshot that the change was computed from; null creates the table (version 0). */
  readonly base: Snapshot | null;
  /** Everything but commitInfo. */
  readonly actions: readonly Action[];
  readonly operation: string;
  /** Non-strings are written as JSON. */
  readonly operationParameters: Readonly<Record<string, unknown>>;
  readonly operationMetrics: Readonly<Record<string, string | number>>;
  readonly author: Author;
  /** What the change was computed from: nothing (INSERT VALUES, properties), or the table's rows (everything else; default). */
  readonly reads: 'nothing' | 'table';
  readonly userMetadata?: string;
  readonly signal?: AbortSignal;
}
export interface CommitResult {
  readonly version: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** Why the checkpoint due at this version could not be written; the commit stands without it. */
  readonly checkpointError: Error | null;
}
/** Commits put-if-absent; rebases where nothing conflicts, else throws DELTA_CONCURRENT_… / DELTA_METADATA_CHANGED (2D521). */
export declare function commit(env: DeltaEnv, request: CommitRequest): Promise<CommitResult>;

/** One row of DESCRIBE HISTORY. */
export interface HistoryEntry {
  readonly version: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly userId: string | null;
  readonly userName: string | null;
  readonly operation: string | null;
  readonly operationParameters: Readonly<Record<string, string | null>>;
  readonly job: Readonly<
    Record<'jobId' | 'jobName' | 'jobRunId' | 'runId' | 'jobOwnerId' | 'triggerType', string | null>
  > | null;
  readonly notebook: { readonly notebookId: string | null } | null;
  readonly clusterId: string | null;
  readonly readVersion: number | null;
  readonly isolationLevel: string | null;
  readonly isBlindAppend: boolean | null;
  readonly operationMetrics: Readonly<Record<string, string>> | null;
  readonly userMetadata: string | null;
  readonly engineInfo: string | null;
  readonly queryHistoryStatementId: string | null;
}
/** Newest first. */
export declare function history(
  env: DeltaEnv,
  folder: string,
  options?: { readonly limit?: number; readonly fromVersion?: number },
): Promise<readonly HistoryEntry[]>;

/** The row of DESCRIBE DETAIL. */
export interface TableDetailRow {
  readonly format: 'delta';
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly location: string;
  /** Epoch milliseconds, as is `lastModified`. */
  readonly createdAt: number | null;
  readonly lastModified: number;
  readonly partitionColumns: readonly string[];
  readonly clusteringColumns: readonly string[];
  readonly numFiles: number;
  readonly sizeInBytes: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly tableFeatures: readonly string[];
}
/** @param location the table's URI, shown as it is */
export declare function detail(env: DeltaEnv, folder: string, location: string): Promise<TableDetailRow>;

export interface CloneRequest {
  /** Open it with {@link openSnapshot}, which applies the retention rule. */
  readonly source: Snapshot;
  /** Shown in history as `source`. */
  readonly sourceName: string;
  /** Root URI of the source; shallow clones point below it. */
  readonly sourceUri: string;
  readonly targetFolder: string;
  readonly mode: 'create' | 'createIfNotExists' | 'createOrReplace' | 'replace';
  readonly deep: boolean;
  /** TBLPROPERTIES of the statement. */
  readonly properties: Readonly<Record<string, string>>;
  readonly author: Author;
  readonly signal?: AbortSignal;
  /** Called after each copied file. */
  readonly onBytes?: (bytes: number) => void;
}
export interface CloneMetrics {
  readonly sourceTableSize: number;
  readonly sourceNumOfFiles: number;
  readonly numRemovedFiles: number;
  readonly numCopiedFiles: number;
  readonly removedFilesSize: number;
  readonly copiedFilesSize: number;
}
/** @returns null when the mode is `createIfNotExists` and the target exists */
export declare function cloneTable(
  env: DeltaEnv,
  request: CloneRequest,
): Promise<(CommitResult & { readonly metrics: CloneMetrics }) | null>;

export interface RestoreMetrics {
  readonly tableSizeAfterRestore: number;
  readonly numOfFilesAfterRestore: number;
  readonly numRemovedFiles: number;
  readonly numRestoredFiles: number;
  readonly removedFilesSize: number;
  readonly restoredFilesSize: number;
}
export declare function restoreTable(
  env: DeltaEnv,
  request: {
    readonly folder: string;
    readonly to: { readonly version: number } | { readonly timestampMs: number };
    readonly author: Author;
    readonly signal?: AbortSignal;
  },
): Promise<CommitResult & { readonly metrics: RestoreMetrics }>;

export declare function vacuum(
  env: DeltaEnv,
  request: {
    readonly folder: string;
    /** RETAIN n HOURS; the table's `delta.deletedFileRetentionDuration` where left out. */
    readonly retainMs?: number;
    readonly dryRun?: boolean;
    /** False allows a retention below the table's own. Default true. */
    readonly checkRetention?: boolean;
    readonly author: Author;
    readonly signal?: AbortSignal;
  },
): Promise<{ readonly files: readonly string[]; readonly bytes: number }>;

/** Files of one partition that OPTIMIZE rewrites into one. */
export interface OptimizeGroup {
  readonly partitionValues: PartitionValues;
  readonly files: readonly AddFile[];
}
export declare function planOptimize(
  snapshot: Snapshot,
  options?: {
    readonly zOrderBy?: readonly string[];
    readonly maxFileBytes?: number;
    readonly partitionFilter?: (values: PartitionValues) => boolean;
  },
): readonly OptimizeGroup[];
export interface OptimizeMetrics {
  readonly numFilesAdded: number;
  readonly numFilesRemoved: number;
  readonly filesAdded: SizeSummary;
  readonly filesRemoved: SizeSummary;
  readonly partitionsOptimized: number;
  readonly totalConsideredFiles: number;
  readonly totalFilesSkipped: number;
}
export interface SizeSummary {
  readonly min: number | null;
  readonly max: number | null;
  readonly avg: number;
  readonly totalFiles: number;
  readonly totalSize: number;
}
/** No commit (`result` null) where there was nothing to rewrite. */
export declare function commitOptimize(
  env: DeltaEnv,
  request: {
    readonly snapshot: Snapshot;
    readonly rewritten: readonly { readonly group: OptimizeGroup; readonly added: readonly AddFile[] }[];
    readonly zOrderBy?: readonly string[];
    readonly author: Author;
    readonly signal?: AbortSignal;
  },
): Promise<{ readonly metrics: OptimizeMetrics; readonly result: CommitResult | null }>;

export interface CreateTableRequest {
  readonly folder: string;
  readonly mode: 'create' | 'createIfNotExists' | 'createOrReplace' | 'replace';
  readonly name?: string;
  readonly description?: string | null;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly isManaged: boolean;
  /** Data files of CREATE … AS SELECT, already in the folder; null for a plain CREATE TABLE. */
  readonly asSelect: { readonly files: readonly AddFile[]; readonly metrics: Readonly<Record<string, string>> } | null;
  readonly author: Author;
  readonly signal?: AbortSignal;
}
/** @returns null when the mode is `createIfNotExists` and the table exists. CREATE OR REPLACE gives a new table id; versions go on. */
export declare function createTable(env: DeltaEnv, request: CreateTableRequest): Promise<CommitResult | null>;

export interface AlterRequest {
  readonly folder: string;
  readonly author: Author;
  readonly signal?: AbortSignal;
}
export declare function setTableProperties(
  env: DeltaEnv,
  request: AlterRequest & { readonly properties: Readonly<Record<string, string>> },
): Promise<CommitResult>;
export declare function unsetTableProperties(
  env: DeltaEnv,
  request: AlterRequest & { readonly keys: readonly string[]; readonly ifExists: boolean },
): Promise<CommitResult>;
export declare function addColumns(
  env: DeltaEnv,
  request: AlterRequest & { readonly columns: readonly StructField[] },
): Promise<CommitResult>;
export declare function truncateTable(env: DeltaEnv, request: AlterRequest): Promise<CommitResult>;

/** Writes a checkpoint of the version now (commits do so by themselves every `delta.checkpointInterval` versions). */
export declare function writeCheckpoint(env: DeltaEnv, snapshot: Snapshot): Promise<void>;
/** Deletes log files older than `delta.logRetentionDuration` that a later checkpoint covers. @returns names of deleted files */
export declare function cleanUpLog(env: DeltaEnv, folder: string): Promise<readonly string[]>;

export declare function parseSchema(schemaString: string): StructType;
export declare function schemaToJson(schema: StructType): string;
/** Spark SQL text: `bigint`, `struct<a:int,b:array<string>>`. */
export declare function typeText(type: DataType): string;
/** From DDL text: `BIGINT`, `DECIMAL(10,2)`, `ARRAY<STRING>`, `STRUCT<a: INT NOT NULL COMMENT 'x'>`. Throws SqlError. */
export declare function parseType(text: string): DataType;
/** Name of a column inside data files, stats and partitionValues (differs under column mapping). */
export declare function physicalName(field: StructField): string;
/** Rows in the table by its statistics (`numRecords` minus deleted rows); null where a file has none. */
export declare function rowCount(snapshot: Snapshot): number | null;
/** Refuses tables whose rows this engine can't write right (generated or identity columns, constraints, change data feed…). */
export declare function assertRowsWritable(snapshot: Snapshot): void;
