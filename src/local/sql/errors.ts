import { SqlError } from './statement.js';

/** `a`.`b`.`c`, as Databricks names an object in its errors. */
export function quoted(parts: readonly string[]): string {
  return parts.map((part) => `\`${part.replaceAll('`', '``')}\``).join('.');
}

export function syntaxError(near: string, hint = ''): SqlError {
  return new SqlError(
    'PARSE_SYNTAX_ERROR',
    '42601',
    `Syntax error at or near ${near}${hint === '' ? '' : `: ${hint}`}.`,
  );
}

/** The dialect is no larger than product and samples need; whatever lies outside is named, never guessed at. */
export function unsupported(what: string, cause?: unknown): SqlError {
  return new SqlError('UNSUPPORTED_FEATURE', '0A000', `The local region does not support ${what}.`, { cause });
}

export function tableNotFound(parts: readonly string[]): SqlError {
  return new SqlError(
    'TABLE_OR_VIEW_NOT_FOUND',
    '42P01',
    `The table or view ${quoted(parts)} cannot be found. Verify the spelling and correctness of the schema and catalog.`,
  );
}

export function tableExists(parts: readonly string[]): SqlError {
  return new SqlError(
    'TABLE_OR_VIEW_ALREADY_EXISTS',
    '42P07',
    `Cannot create table or view ${quoted(parts)} because it already exists. Choose a different name, drop or replace the existing object, or add the IF NOT EXISTS clause to tolerate pre-existing objects.`,
  );
}

export function schemaNotFound(parts: readonly string[]): SqlError {
  return new SqlError('SCHEMA_NOT_FOUND', '42704', `The schema ${quoted(parts)} cannot be found.`);
}

export function catalogNotFound(name: string): SqlError {
  return new SqlError('NO_SUCH_CATALOG_EXCEPTION', '42704', `Catalog ${quoted([name])} was not found.`);
}

export function pathNotFound(path: string): SqlError {
  return new SqlError('PATH_NOT_FOUND', '42K03', `Path does not exist: ${path}.`);
}

/** `securable` is for people: "Table 'a.b.c'", "External Location 'central_sync'". */
export function insufficientPermissions(principal: string, privilege: string, securable: string): SqlError {
  return new SqlError(
    'INSUFFICIENT_PERMISSIONS',
    '42501',
    `Insufficient privileges: Principal '${principal}' does not have ${privilege} on ${securable}.`,
  );
}

export function noParentExternalLocation(uri: string): SqlError {
  return new SqlError(
    'NO_PARENT_EXTERNAL_LOCATION_FOR_PATH',
    '42501',
    `No parent external location was found for path '${uri}'. Please create an external location on one of the parent paths and then retry the query or command again.`,
  );
}

export function canceled(cause?: unknown): SqlError {
  return new SqlError('OPERATION_CANCELED', 'HY008', 'Operation has been canceled.', { cause });
}

/** Throws if the statement was cancelled; called before every step that would outlive it. */
export function throwIfCanceled(signal: AbortSignal): void {
  if (signal.aborted) throw canceled(signal.reason);
}
