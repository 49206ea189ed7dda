/**
 * The one table by which a failed SQL statement becomes a failure code, whichever transport carried it: by Databricks
 * error class first, then by SQLSTATE, then by the few messages that have neither.
 */
import type { FailureCode } from '../domain/failure.js';
import { DrError } from '../domain/failure.js';

/** A failed statement, as far as its transport tells. */
export interface SqlFailure {
  readonly message: string;
  readonly sqlState: string | null;
}

/** What the statement was about, for people. */
export interface SqlContext {
  /** For example `DESCRIBE HISTORY main.sales.orders`; never more than the beginning of a statement. */
  readonly statement: string;
  readonly host: string;
  /** Whose token it was, for example `secret dr/sender_pat (send)`. */
  readonly principal: string;
}

type Rule = readonly [pattern: RegExp, code: FailureCode];

/** First match counts. Sources: delta-error-classes.json of Delta Lake, Databricks' error-class pages. */
const byClass: readonly Rule[] = [
  [/^DELTA_CONCURRENT_|^DELTA_(METADATA|PROTOCOL)_CHANGED$|^DELTA_COMMIT_CONFLICT/, 'COMMIT_CONFLICT'],
  [/^CONCURRENT_(APPEND|WRITE|DELETE|TRANSACTION)/, 'COMMIT_CONFLICT'],
  [/^DELTA_UNSUPPORTED_TIME_TRAVEL_BEYOND_DELETED_FILE_RETENTION_DURATION$/, 'VERSION_EXPIRED'],
  [
    /^DELTA_(VERSION_NOT_FOUND|CANNOT_RESTORE_TABLE_VERSION|TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION)$/,
    'VERSION_EXPIRED',
  ],
  [/^DELTA_(FILE_NOT_FOUND|LOG_FILE_NOT_FOUND|TRUNCATED_TRANSACTION_LOG|STATE_RECOVER_ERROR)/, 'VERSION_EXPIRED'],
  [/^DELTA_VERSIONS_NOT_CONTIGUOUS$/, 'VERSION_EXPIRED'],
  [/^FAILED_READ_FILE\.(FILE|DBR_FILE)_NOT_EXIST$/, 'VERSION_EXPIRED'],
  [/^(TABLE_OR_VIEW|SCHEMA|CATALOG)_NOT_FOUND$|^NO_SUCH_(TABLE|SCHEMA|CATALOG)_EXCEPTION$/, 'TABLE_NOT_FOUND'],
  [
    /^DELTA_(TABLE_NOT_FOUND|MISSING_DELTA_TABLE|PATH_DOES_NOT_EXIST|NOT_A_DELTA_TABLE)|^DELTA_TABLE_ONLY/,
    'TABLE_NOT_FOUND',
  ],
  [/^PATH_NOT_FOUND$/, 'TABLE_NOT_FOUND'],
  [/EXTERNAL_LOCATION(?!.*OVERLAP)|^UC_LOCATION_FOR_MANAGED_TABLE_NOT_SUPPORTED$/, 'LOCATION_NOT_FOUND'],
  [/^(INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED|UNAUTHORIZED_ACCESS|UC_NOT_ENABLED)/, 'PERMISSION_DENIED'],
  [/^DELTA_(UNSUPPORTED_)?COLUMN_MAPPING|^DELTA_UNSUPPORTED_COLUMN_MAPPING/, 'UNSUPPORTED_CHANGE'],
  [/^DELTA_ADDING_DELETION_VECTORS_DISALLOWED$/, 'UNSUPPORTED_CHANGE'],
  [/^DELTA_CLONE_(UNSUPPORTED|INCOMPATIBLE|WITH_HISTORY)|^DELTA_DEEP_CLONE_STREAMING_TABLE/, 'UNSUPPORTED_TABLE'],
  [/^FGAC_|^DELTA_UNSUPPORTED_TIME_TRAVEL_VIEWS$|^ROW_COLUMN_ACCESS|^(ROW_FILTER|COLUMN_MASK)/, 'UNSUPPORTED_TABLE'],
  [/^DELTA_PATH_BASED_ACCESS_TO_CATALOG_MANAGED_TABLE_BLOCKED$/, 'UNSUPPORTED_TABLE'],
  [/^DELTA_REPLACE_TABLE_WITH_CATALOG_MANAGED_NOT_SUPPORTED$/, 'UNSUPPORTED_TABLE'],
  [/^DELTA_(INVALID_PROTOCOL_VERSION|UNSUPPORTED_FEATURES_FOR_(READ|WRITE))/, 'UNSUPPORTED_TABLE'],
  [/^OPERATION_CANCELED$/, 'STATEMENT_CANCELED'],
  [/^DELTA_CLONE_AMBIGUOUS_TARGET$|^DELTA_INVALID_CLONE_PATH$/, 'LOCATION_NOT_FOUND'],
];

const bySqlState: Readonly<Record<string, FailureCode>> = {
  '42P01': 'TABLE_NOT_FOUND',
  '42704': 'TABLE_NOT_FOUND',
  '42501': 'PERMISSION_DENIED',
  '28000': 'AUTH_FAILED',
  '2D521': 'COMMIT_CONFLICT',
  '57KD1': 'WAREHOUSE_UNAVAILABLE',
  '57014': 'STATEMENT_CANCELED',
  HY008: 'STATEMENT_CANCELED',
};

/** Servers that give neither class nor state. */
const byMessage: readonly Rule[] = [
  // Codes of the Statement Execution API stand before the text.
  [/^(TEMPORARILY_UNAVAILABLE|SERVICE_UNDER_MAINTENANCE|WORKSPACE_TEMPORARILY_UNAVAILABLE)\b/, 'WAREHOUSE_UNAVAILABLE'],
  [/^RESOURCE_EXHAUSTED\b/, 'RATE_LIMITED'],
  [/not all files from version \d+ are available/i, 'VERSION_EXPIRED'],
  [/concurrent\w*exception/i, 'COMMIT_CONFLICT'],
  [/invalid (session|operation) ?handle/i, 'WAREHOUSE_UNAVAILABLE'],
  [/timed out due to inactivity/i, 'STATEMENT_CANCELED'],
  [/invalid access token|unauthenticated|token (has|is) expired/i, 'AUTH_FAILED'],
  [/permission_denied|user does not have|insufficient privileges/i, 'PERMISSION_DENIED'],
  [/warehouse .*(stopped|not running|starting|deleted|not found|does not exist)/i, 'WAREHOUSE_UNAVAILABLE'],
];

const remedies: Partial<Record<FailureCode, string>> = {
  TABLE_NOT_FOUND: 'Check the table name in the config, and that the principal may see the table.',
  PERMISSION_DENIED: 'Grant the principal the right that the message names, then resume the group.',
  VERSION_EXPIRED: 'A newer run makes a new cut; raise delta.deletedFileRetentionDuration if this returns.',
  UNSUPPORTED_TABLE: 'Take the table out of the group: tables of this kind can not be cloned.',
  UNSUPPORTED_CHANGE:
    "Make the source's change on its copy in staging and on the target, too, such as ALTER TABLE … SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name'). Accept the changed target (`lakehouse-dr apply --accept-baseline`), then resume the group.",
  LOCATION_NOT_FOUND: 'Create an external location for this path in the workspace that runs the statement.',
  AUTH_FAILED: 'Renew the token in the secret scope.',
};

/** `[CLASS.SUBCLASS]` wherever it stands: drivers put Java class names before it. */
const errorClassOf = (message: string): string | null =>
  /\[([A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*)\]/.exec(message)?.[1] ?? null;

const sqlStateOf = (message: string): string | null => /SQLSTATE: ([0-9A-Z]{5})/.exec(message)?.[1] ?? null;

/** The kind of failure; `STATEMENT_FAILED` when no rule knows it. */
export function sqlFailureCode({ message, sqlState }: SqlFailure): FailureCode {
  const errorClass = errorClassOf(message);
  const mainClass = errorClass?.split('.', 1)[0] ?? '';
  const rule = byClass.find(
    ([pattern]) => errorClass !== null && (pattern.test(errorClass) || pattern.test(mainClass)),
  );
  if (rule) return rule[1];
  const state = sqlState ?? sqlStateOf(message);
  const stateCode = state === null ? undefined : bySqlState[state];
  return stateCode ?? byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? 'STATEMENT_FAILED';
}

const longestMessage = 600;

/** The part that people read: no Java class names before the error class, no query plan after it. */
function readableSqlMessage(message: string): string {
  const fromClass = message.slice(Math.max(message.lastIndexOf(`[${errorClassOf(message) ?? ''}]`), 0));
  const text =
    fromClass
      .split(/\n== |;\n/, 1)[0]
      ?.replace(/\s+/g, ' ')
      .trim() ?? '';
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}

/** The failure as the product throws it. @param cause already free of credentials */
export function castSqlFailure(failure: SqlFailure, context: SqlContext, cause?: Error): DrError {
  const code = sqlFailureCode(failure);
  const who = code === 'PERMISSION_DENIED' || code === 'AUTH_FAILED' ? ` as ${context.principal}` : '';
  return new DrError(
    code,
    `${context.statement} failed on ${context.host}${who}: ${readableSqlMessage(failure.message)}`,
    { remedy: remedies[code], cause },
  );
}

/** The beginning of a statement, enough to recognise it. */
export const statementHead = (sql: string): string => {
  const head = sql.replace(/\s+/g, ' ').replace(/ (TBLPROPERTIES|VALUES) .*$/, '');
  return head.length > 200 ? `${head.slice(0, 200)}…` : head;
};
