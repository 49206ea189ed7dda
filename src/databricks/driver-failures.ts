/**
 * Errors of `@databricks/sql`. None of its classes is exported and one is not even an `Error`, so that they are told
 * apart by their fields.
 */
import { DrError } from '../domain/failure.js';
import type { Secret } from '../domain/secret.js';
import { fieldOf, plainError, scrub, textOf } from './plain-error.js';
import { retryAfterMs, saysInvalidToken } from './rest-failures.js';
import type { SqlContext } from './sql-failures.js';
import { castSqlFailure } from './sql-failures.js';

/** HTTP failures come as thrift exceptions with `statusCode`; exhausted retries carry the last answer as payload. */
function httpStatusOf(thrown: unknown): number | null {
  const direct = fieldOf(thrown, 'statusCode');
  if (typeof direct === 'number') return direct;
  const status = fieldOf(fieldOf(fieldOf(thrown, 'payload'), 'response'), 'status');
  return typeof status === 'number' ? status : null;
}

const networkCode = /^(E[A-Z]+|UND_ERR_\w+|CERT_\w+|\w*_CERT\w*|\w*SELF_SIGNED\w*)$/;
const networkMessage = /socket hang up|premature close|request timed out|network|certificate|aborted/i;

/** A kept-alive connection that the other side had closed meanwhile. */
export const isStaleConnection = (thrown: unknown): boolean =>
  ['ECONNRESET', 'EPIPE'].includes(textOf(thrown, 'code') ?? '') ||
  /socket hang up|premature close/i.test(textOf(thrown, 'message') ?? '');

/** A response header, where the thrown thing carries the response. */
function headerOf(thrown: unknown, name: string): string | null {
  const response = fieldOf(thrown, 'response') ?? fieldOf(fieldOf(thrown, 'payload'), 'response');
  const headers = fieldOf(response, 'headers');
  const get = fieldOf(headers, 'get');
  const value: unknown = typeof get === 'function' ? get.call(headers, name) : null;
  return typeof value === 'string' ? value : null;
}

/** Databricks explains a refused Thrift call in a header; the body is not read by the driver. */
const explanationOf = (thrown: unknown): string | null =>
  headerOf(thrown, 'x-thriftserver-error-message') ?? headerOf(thrown, 'x-databricks-reason-phrase');

/** Whether the token is not accepted at all. */
export function isUnauthorized(thrown: unknown): boolean {
  const status = httpStatusOf(thrown);
  return status === 401 || (status === 403 && saysInvalidToken.test(explanationOf(thrown) ?? ''));
}

function castHttp(thrown: unknown, status: number, context: SqlContext, cause: Error): DrError {
  const { statement, host, principal } = context;
  const why = explanationOf(thrown);
  const said = `HTTP ${status}${why === null ? '' : `: ${scrub(why)}`}`;
  if (isUnauthorized(thrown)) {
    return new DrError('AUTH_FAILED', `${host} does not accept the token of ${principal} (${said}).`, {
      remedy: 'Renew the token, or the secret that holds it. Tokens are read again at the next attempt.',
      cause,
    });
  }
  if (status === 403) {
    return new DrError('PERMISSION_DENIED', `${principal} may not use the SQL warehouse of ${host} (${said}).`, {
      remedy: `Grant CAN USE on the SQL warehouse to the principal of ${principal}.`,
      cause,
    });
  }
  const retry = retryAfterMs(headerOf(thrown, 'retry-after'), Date.now());
  if (status === 429) {
    return new DrError('RATE_LIMITED', `${host} asks to slow down (${said}).`, { retryAfterMs: retry, cause });
  }
  return new DrError(
    'WAREHOUSE_UNAVAILABLE',
    `${statement}: the SQL warehouse of ${host} can't answer now (${said}).`,
    {
      retryAfterMs: retry,
      cause,
    },
  );
}

/** @param token the one in use, removed from every text */
export function castDriverFailure(thrown: unknown, context: SqlContext, token: Secret | undefined): DrError {
  if (thrown instanceof DrError) return thrown;
  const secrets = token === undefined ? [] : [token];
  const cause = plainError(thrown, secrets);
  const status = httpStatusOf(thrown);
  if (status !== null) return castHttp(thrown, status, context, cause);

  const message = scrub(textOf(thrown, 'message') ?? String(thrown), secrets);
  const sqlState = textOf(fieldOf(thrown, 'response'), 'sqlState');
  const isStatement = fieldOf(thrown, 'response') !== undefined || textOf(thrown, 'name') === 'Status Error';
  const errorCode = textOf(thrown, 'errorCode');
  if (isStatement && (errorCode === 'CANCELED' || errorCode === 'CLOSED')) {
    return new DrError('STATEMENT_CANCELED', `${context.statement} was cancelled on ${context.host}.`, { cause });
  }
  if (isStatement) return castSqlFailure({ message, sqlState }, context, cause);

  const code = textOf(thrown, 'code') ?? '';
  if (
    networkCode.test(code) ||
    networkMessage.test(message) ||
    errorCode === 'ATTEMPTS_EXCEEDED' ||
    errorCode === 'TIMEOUT_EXCEEDED'
  ) {
    return new DrError(
      'WAREHOUSE_UNAVAILABLE',
      `${context.statement}: the SQL warehouse of ${context.host} can't be reached (${message}).`,
      { cause },
    );
  }
  return castSqlFailure({ message, sqlState }, context, cause);
}
