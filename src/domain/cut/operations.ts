/**
 * Operations that change no row and no metadata, as `DESCRIBE HISTORY` names them. The vendor's list of operations is
 * open, this one is closed: an operation that is not here counts as a change of data.
 * Source: DeltaOperations.scala of delta-io/delta; Databricks SQL reference for ANALYZE. REORG is not among them, for
 * REORG … APPLY (UPGRADE UNIFORM) changes the table's metadata.
 */
const maintenanceOperations: ReadonlySet<string> = new Set([
  'OPTIMIZE',
  'OPTIMIZE CHECKPOINT',
  'AUTO OPTIMIZE',
  'VACUUM START',
  'VACUUM END',
  'COMPUTE STATS',
  'ANALYZE TABLE',
  'ANALYZE',
  'CHECKPOINT',
]);

export const isMaintenance = (commit: { readonly operation: string }): boolean =>
  maintenanceOperations.has(commit.operation.trim().toUpperCase());

/** A commit that replaced the table and its metadata id, but not its history. */
export const replacesTable = (commit: { readonly operation: string }): boolean =>
  /^(CREATE OR )?REPLACE TABLE\b/i.test(commit.operation.trim());

/** A micro-batch of Structured Streaming; its checkpoint lies outside the table. */
export const isStreamingWrite = (commit: { readonly operation: string }): boolean =>
  commit.operation.trim().toUpperCase() === 'STREAMING UPDATE';
