/** A table's history as `DESCRIBE HISTORY` tells it, reduced to what a cut is decided by. */

/** One commit. Order is by version, never by timestamp: clocks of storage and control plane differ. */
export interface TableCommit {
  readonly version: number;
  /** Commit time, epoch milliseconds. */
  readonly timestamp: number;
  /** For example `WRITE`, `MERGE`, `OPTIMIZE`, `VACUUM START`. The vendor's list is open. */
  readonly operation: string;
  readonly operationParameters: Readonly<Record<string, string>>;
  readonly operationMetrics: Readonly<Record<string, string>>;
  /** The job run that wrote it, where the history knows (`job.jobId`, `job.jobRunId`, `job.runId`) or the query history told. */
  readonly job: { readonly jobId: string; readonly jobRunId: string | null; readonly taskRunId: string | null } | null;
  readonly userName: string | null;
  /**
   * Known to have been written outside any job: by a query of the SQL editor that no job ran. Absent where `job` is null and
   * nobody knows: then clocks decide whose the commit is. A commit that names a notebook alone is one of those: it is taken
   * for an interactive notebook's nowhere, for no source says that a job's notebook always names its job.
   */
  readonly byHand?: boolean;
  /** Statement that made the commit, on SQL warehouses; leads to the query history. */
  readonly statementId: string | null;
}

/** A table's newest state as `DESCRIBE DETAIL` tells it. */
export interface TableDetail {
  /** Delta metadata id; changes when the table is dropped and re-created (and at CREATE OR REPLACE). */
  readonly id: string;
  readonly location: string;
  readonly format: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly sizeInBytes: number;
  readonly numFiles: number;
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly tableFeatures: readonly string[];
}
