import { z } from 'zod';
import { ApiError, invalidParameter } from '../http/api-error.js';

/** @throws ApiError MALFORMED_REQUEST naming the first field that is wrong. */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new ApiError(400, 'MALFORMED_REQUEST', `Could not parse request object: ${firstIssue(parsed.error)}`);
}

/**
 * Query parameters by the schema; a parameter given several times arrives as an array.
 *
 * @throws ApiError INVALID_PARAMETER_VALUE
 */
export function parseQuery<T extends z.ZodType>(schema: T, query: URLSearchParams): z.infer<T> {
  const given = Object.fromEntries(
    [...new Set(query.keys())].map((key) => {
      const values = query.getAll(key);
      return [key, values.length > 1 ? values : values[0]];
    }),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw invalidParameter(`Invalid request: ${firstIssue(parsed.error)}`);
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join('.') || 'request'}: ${issue.message}` : 'unreadable';
}

/** A 64-bit id: JSON integer or digits in a string; inside the server always a string. */
export const id = z.union([z.string().regex(/^\d+$/, 'must be an integer'), z.int().nonnegative()]).transform(String);

export const queryInteger = z.string().regex(/^\d+$/, 'must be an integer').transform(Number);

export const queryBoolean = z.enum(['true', 'false']).transform((text) => text === 'true');

/** One value or several of them. */
export const queryList = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string | undefined;
}

const pageTokenPrefix = 'offset:';

/**
 * The page that a token names; tokens are opaque to clients.
 *
 * @throws ApiError INVALID_PARAMETER_VALUE for a token that we never gave.
 */
export function page<T>(all: readonly T[], limit: number, token: string | undefined): Page<T> {
  const offset = token ? offsetOf(token) : 0;
  const items = all.slice(offset, offset + limit);
  const next = offset + limit;
  return { items, nextPageToken: next < all.length ? tokenOf(next) : undefined };
}

const tokenOf = (offset: number): string => Buffer.from(`${pageTokenPrefix}${offset}`).toString('base64url');

function offsetOf(token: string): number {
  const text = Buffer.from(token, 'base64url').toString();
  const offset = Number(text.slice(pageTokenPrefix.length));
  if (!text.startsWith(pageTokenPrefix) || !Number.isSafeInteger(offset)) throw invalidParameter('Invalid page_token.');
  return offset;
}
