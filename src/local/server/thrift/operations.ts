import types from '@databricks/sql/thrift/TCLIService_types.js';
import Int64 from 'node-int64';
import type { StatementResult } from '../../sql/statement.js';
import { SqlError } from '../../sql/statement.js';
import type { Statement, StatementState } from '../statements.js';
import { success } from './answers.js';
import { batchMessage, schemaMessage } from './arrow.js';
import type { NativeTypes } from './arrow-types.js';
import { rowSet, tableSchema } from './rows.js';

const { TOperationState, TOperationType, TSparkRowSetType } = types;

/** What a driver holds a handle of: a statement, or a result that was there at once (metadata calls, `SET`). */
export interface Operation {
  readonly id: string;
  /** null for an operation that is no statement. */
  readonly statement: Statement | null;
  readonly readyResult: StatementResult | null;
  /** What the driver wants in native Arrow types; null for a driver that reads no Arrow and gets columns. */
  readonly arrow: NativeTypes | null;
  /** Next row to be fetched. */
  offset: number;
}

export const emptyResult: StatementResult = { columns: [], rows: [] };

const thriftStates: Readonly<Record<StatementState, types.TOperationState>> = {
  PENDING: TOperationState.PENDING_STATE,
  RUNNING: TOperationState.RUNNING_STATE,
  SUCCEEDED: TOperationState.FINISHED_STATE,
  FAILED: TOperationState.ERROR_STATE,
  CANCELED: TOperationState.CANCELED_STATE,
  CLOSED: TOperationState.CLOSED_STATE,
};

export const stateOf = (operation: Operation): StatementState => operation.statement?.state ?? 'SUCCEEDED';

export const resultOf = (operation: Operation): StatementResult =>
  operation.statement?.result ?? operation.readyResult ?? emptyResult;

export function operationHandle(operation: Operation, id: types.THandleIdentifier): types.TOperationHandle {
  return new types.TOperationHandle({
    operationId: id,
    operationType: TOperationType.EXECUTE_STATEMENT,
    hasResultSet: hasResultSet(operation),
  });
}

/**
 * False for a finished statement without columns: the Node driver would wait for its rows for ever. Before the end
 * nobody knows, and the drivers take the answer from the status anyway.
 */
const hasResultSet = (operation: Operation): boolean =>
  stateOf(operation) !== 'SUCCEEDED' || resultOf(operation).columns.length > 0;

export function operationStatus(operation: Operation): types.TGetOperationStatusResp {
  const state = stateOf(operation);
  const error = operation.statement?.error ?? null;
  return new types.TGetOperationStatusResp({
    status: success(),
    operationState: thriftStates[state],
    hasResultSet: hasResultSet(operation),
    ...(state === 'FAILED' && errorFields(error)),
  });
}

/** How a failed statement looks through the driver; recorded from a real HiveServer2 of Spark. */
function errorFields(error: unknown) {
  const message = `org.apache.hive.service.cli.HiveSQLException: Error running query: ${javaMessage(error)}`;
  return {
    errorCode: 0,
    errorMessage: message,
    displayMessage: message,
    ...(error instanceof SqlError && { sqlState: error.sqlState }),
  };
}

function javaMessage(error: unknown): string {
  if (!(error instanceof SqlError))
    return `java.lang.IllegalStateException: ${error instanceof Error ? error.message : String(error)}`;
  return `[${error.errorClass}] ${javaClass(error.errorClass)}: ${error.message}`;
}

function javaClass(errorClass: string): string {
  if (errorClass === 'PARSE_SYNTAX_ERROR') return 'org.apache.spark.sql.catalyst.parser.ParseException';
  if (errorClass.startsWith('DELTA_')) return 'org.apache.spark.sql.delta.DeltaAnalysisException';
  if (errorClass === 'INTERNAL_ERROR') return 'org.apache.spark.SparkException';
  return 'org.apache.spark.sql.AnalysisException';
}

export function resultSetMetadata(operation: Operation): types.TGetResultSetMetadataResp {
  const { columns } = resultOf(operation);
  const native = arrowOf(operation);
  return new types.TGetResultSetMetadataResp({
    status: success(),
    schema: tableSchema(columns),
    ...(native
      ? { resultFormat: TSparkRowSetType.ARROW_BASED_SET, arrowSchema: schemaMessage(columns, native) }
      : { resultFormat: TSparkRowSetType.COLUMN_BASED_SET }),
    lz4Compressed: false,
    isStagingOperation: false,
  });
}

/** Nothing is sent as Arrow where there are no columns. */
const arrowOf = (operation: Operation): NativeTypes | null =>
  resultOf(operation).columns.length > 0 ? operation.arrow : null;

/** The next rows, at most `maxRows`, and moves on. What they mean is told again only to who asks for it. */
export function fetchResults(operation: Operation, maxRows: number, withMetadata: boolean): types.TFetchResultsResp {
  const result = resultOf(operation);
  const native = arrowOf(operation);
  const from = operation.offset;
  const to = Math.min(from + Math.max(maxRows, 1), result.rows.length);
  operation.offset = to;
  return new types.TFetchResultsResp({
    status: success(),
    hasMoreRows: to < result.rows.length,
    results: native ? arrowRowSet(result, from, to, native) : rowSet(result, from, to),
    ...(withMetadata && { resultSetMetadata: resultSetMetadata(operation) }),
  });
}

function arrowRowSet(result: StatementResult, from: number, to: number, native: NativeTypes): types.TRowSet {
  const batch = () => ({ batch: batchMessage(result, from, to, native), rowCount: new Int64(to - from) });
  return new types.TRowSet({
    startRowOffset: new Int64(from),
    rows: [],
    arrowBatches: to > from ? [new types.TSparkArrowBatch(batch())] : [],
  });
}

export const toNumber = (value: Int64 | number | null | undefined, fallback: number): number => {
  if (value === null || value === undefined) return fallback;
  return value instanceof Int64 ? value.toNumber(true) : Number(value);
};
