/** The ledger's columns: one list from which table, INSERT and reader are made, so that they can't differ. */
import { z } from 'zod';
import type { LedgerRow } from '../domain/ledger.js';
import type { Row, SqlParameter } from './api.js';
import { packText, unpackText } from './packed-text.js';
import { int64, optionalText, timestamp } from './sql-values.js';
import { readRow } from './table-rows.js';

type ColumnType = 'STRING' | 'BIGINT' | 'TIMESTAMP';

/** Column name and type per field. The order is the table's; new columns go to the end. */
export const ledgerColumns: Readonly<Record<keyof LedgerRow, readonly [name: string, type: ColumnType]>> = {
  eventId: ['event_id', 'STRING'],
  recordedAt: ['recorded_at', 'TIMESTAMP'],
  epoch: ['epoch', 'BIGINT'],
  controller: ['controller', 'STRING'],
  workspaceName: ['workspace_name', 'STRING'],
  groupName: ['group_name', 'STRING'],
  direction: ['direction', 'STRING'],
  syncId: ['sync_id', 'STRING'],
  event: ['event', 'STRING'],
  runId: ['run_id', 'STRING'],
  repairId: ['repair_id', 'STRING'],
  runEndTime: ['run_end_time', 'TIMESTAMP'],
  tableName: ['table_name', 'STRING'],
  tableId: ['table_id', 'STRING'],
  sourceVersion: ['source_version', 'BIGINT'],
  stagingVersion: ['staging_version', 'BIGINT'],
  targetVersionBefore: ['target_version_before', 'BIGINT'],
  targetVersion: ['target_version', 'BIGINT'],
  hop: ['hop', 'STRING'],
  sourceBytes: ['source_bytes', 'BIGINT'],
  copiedBytes: ['copied_bytes', 'BIGINT'],
  copiedFiles: ['copied_files', 'BIGINT'],
  removedFiles: ['removed_files', 'BIGINT'],
  durationMs: ['duration_ms', 'BIGINT'],
  specHash: ['spec_hash', 'STRING'],
  errorCode: ['error_code', 'STRING'],
  errorMessage: ['error_message', 'STRING'],
  detail: ['detail', 'STRING'],
};

export const ledgerFields = Object.keys(ledgerColumns) as readonly (keyof LedgerRow)[];

/** A field as a statement's parameter. */
export const parameterOf = (row: LedgerRow, field: keyof LedgerRow): SqlParameter => ({
  type: ledgerColumns[field][1],
  value: field === 'detail' && row.detail !== null ? packText(row.detail) : row[field],
});

const optionalInt = int64.nullish().transform((value) => value ?? null);
const optionalTime = timestamp.nullish().transform((value) => value ?? null);
const text = z.string();

/** Events and codes of newer versions are kept as they are: the ledger outlives the code that wrote it. */
const ledgerRow = z
  .object({
    event_id: text,
    recorded_at: timestamp,
    epoch: int64,
    controller: text,
    workspace_name: text,
    group_name: text,
    direction: z.enum(['forward', 'reverse']),
    sync_id: optionalText,
    event: text,
    run_id: optionalText,
    repair_id: optionalText,
    run_end_time: optionalTime,
    table_name: optionalText,
    table_id: optionalText,
    source_version: optionalInt,
    staging_version: optionalInt,
    target_version_before: optionalInt,
    target_version: optionalInt,
    hop: z.enum(['send', 'receive']).nullish(),
    source_bytes: optionalInt,
    copied_bytes: optionalInt,
    copied_files: optionalInt,
    removed_files: optionalInt,
    duration_ms: optionalInt,
    spec_hash: optionalText,
    error_code: optionalText,
    error_message: optionalText,
    detail: optionalText,
  })
  .transform(
    (row): LedgerRow => ({
      eventId: row.event_id,
      recordedAt: row.recorded_at,
      epoch: row.epoch,
      controller: row.controller,
      workspaceName: row.workspace_name,
      groupName: row.group_name,
      direction: row.direction,
      syncId: row.sync_id,
      event: row.event as LedgerRow['event'],
      runId: row.run_id,
      repairId: row.repair_id,
      runEndTime: row.run_end_time,
      tableName: row.table_name,
      tableId: row.table_id,
      sourceVersion: row.source_version,
      stagingVersion: row.staging_version,
      targetVersionBefore: row.target_version_before,
      targetVersion: row.target_version,
      hop: row.hop ?? null,
      sourceBytes: row.source_bytes,
      copiedBytes: row.copied_bytes,
      copiedFiles: row.copied_files,
      removedFiles: row.removed_files,
      durationMs: row.duration_ms,
      specHash: row.spec_hash,
      errorCode: row.error_code as LedgerRow['errorCode'],
      errorMessage: row.error_message,
      detail: row.detail === null ? null : unpackText(row.detail),
    }),
  );

export const ledgerRowOf = (row: Row): LedgerRow => readRow(ledgerRow, row, 'a look at the ledger');
