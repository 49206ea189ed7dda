/**
 * The cause of a failure without what libraries attach to their errors: requests, headers and sockets, and with them
 * tokens. Drivers throw things that are no `Error` too (`StatusError` of @databricks/sql).
 */
import type { Secret } from '../domain/secret.js';

const errorFields = ['name', 'message', 'code', 'statusCode', 'errorCode', 'sqlState'] as const;

/** A field of whatever was thrown, error or not. */
export const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null && field in value ? (value as Record<string, unknown>)[field] : undefined;

/** A text field of whatever was thrown. */
export const textOf = (value: unknown, field: string): string | null => {
  const found = fieldOf(value, field);
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : null;
};

/** Removes bearer tokens and everything in `secrets` from a text. */
export function scrub(text: string, secrets: readonly Secret[] = []): string {
  const known = secrets.reduce((rest, secret) => {
    const value = secret.reveal();
    return value === '' ? rest : rest.replaceAll(value, '[secret]');
  }, text);
  return known
    .replace(/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [secret]')
    .replace(/\bdapi[0-9a-f]{16,}/gi, '[secret]');
}

/** A plain `Error` with the name, message and codes of what was thrown, and its causes likewise. */
export function plainError(thrown: unknown, secrets: readonly Secret[] = [], depth = 0): Error {
  const parts = errorFields.flatMap((field) => {
    const text = textOf(thrown, field);
    return text === null || text === '' ? [] : [field === 'name' || field === 'message' ? text : `${field} ${text}`];
  });
  const message = scrub(parts.length > 0 ? parts.join(': ') : String(thrown), secrets);
  const cause = fieldOf(thrown, 'cause');
  return cause === undefined || depth >= 3
    ? new Error(message)
    : new Error(message, { cause: plainError(cause, secrets, depth + 1) });
}
