/** Rows of DESCRIBE HISTORY, DETAIL and TABLE, as domain types. Columns are read by name: runtimes append new ones. */
import { z } from 'zod';
import type { TableCommit, TableDetail } from '../domain/commits.js';
import { DrError } from '../domain/failure.js';
import type { Row, TableColumn } from './api.js';
import { int64, optionalText, stringMap, timestamp } from './sql-values.js';

const historyRow = z
  .object({
    version: int64,
    timestamp,
    operation: z.string(),
    operationParameters: stringMap,
    operationMetrics: stringMap,
    userName: optionalText,
    job: z.object({ jobId: optionalText, jobRunId: optionalText, runId: optionalText }).nullish(),
    /** Only warehouses write it. */
    queryHistoryStatementId: optionalText,
  })
  .transform(({ job, queryHistoryStatementId, ...row }): TableCommit => {
    // Every field of the struct may be null; one without a job tells nothing.
    const jobId = job?.jobId ?? null;
    return {
      ...row,
      job: jobId === null ? null : { jobId, jobRunId: job?.jobRunId ?? null, taskRunId: job?.runId ?? null },
      statementId: queryHistoryStatementId,
    };
  });

const detailRow = z
  .object({
    id: z.string(),
    location: z.string(),
    format: z.string(),
    properties: stringMap,
    sizeInBytes: int64.nullish(),
    numFiles: int64.nullish(),
    minReaderVersion: int64,
    minWriterVersion: int64,
    tableFeatures: z.array(z.string()).nullish(),
  })
  .transform(
    ({ sizeInBytes, numFiles, tableFeatures, ...row }): TableDetail => ({
      ...row,
      sizeInBytes: sizeInBytes ?? 0,
      numFiles: numFiles ?? 0,
      tableFeatures: tableFeatures ?? [],
    }),
  );

const columnRow = z.object({ col_name: z.string(), data_type: optionalText });

/** @throws UNEXPECTED_ANSWER naming the column that is not as it should be */
export function readRow<T>(schema: z.ZodType<T>, row: unknown, what: string): T {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  const places = result.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || 'row'}: ${issue.message}`);
  throw new DrError('UNEXPECTED_ANSWER', `The answer to ${what} is not understood: ${places.join('; ')}.`);
}

/** Newest first, whatever order they came in. */
export const commitsOf = (rows: readonly Row[], what: string): readonly TableCommit[] =>
  rows.map((row) => readRow(historyRow, row, what)).sort((a, b) => b.version - a.version);

export function detailOf(rows: readonly Row[], what: string): TableDetail {
  const detail = readRow(detailRow, rows[0], what);
  if (detail.format.toLowerCase() === 'delta') return detail;
  throw new DrError('UNSUPPORTED_TABLE', `${what}: the table is ${detail.format}, not Delta.`);
}

/** Columns come first; partition and metadata sections follow after an empty name or one with `#`. */
export function columnsOf(rows: readonly Row[], what: string): readonly TableColumn[] {
  const columns: TableColumn[] = [];
  for (const row of rows) {
    const { col_name: name, data_type: type } = readRow(columnRow, row, what);
    if (name === '' || name.startsWith('#')) break;
    columns.push({ name, type: type ?? '' });
  }
  return columns;
}
