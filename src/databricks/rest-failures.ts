/** How an HTTP answer, or the lack of one, becomes a failure code. */
import { z } from 'zod';
import type { FailureCode } from '../domain/failure.js';
import { DrError } from '../domain/failure.js';
import { parseExact } from './exact-json.js';

/** What a request was about, so that its failure can say so. */
export interface Subject {
  /** For example `job 123` or `table main.sales.orders`. */
  readonly object: string;
  /** The right that the principal needs for it. */
  readonly right: string;
  /** What it means when the object is not there. Default UNEXPECTED_ANSWER. */
  readonly notFound?: FailureCode;
  /** A warehouse that answers 5xx is not a region that is gone. */
  readonly part?: 'control' | 'warehouse';
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** Databricks' error body; OAuth's has `error` and `error_description`. */
const errorBody = z.object({
  error_code: z.coerce.string().optional(),
  message: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
});

/** `error_code` and `message` of an answer; whatever it is, it is never an error to ask. */
function errorBodyOf(text: string): { readonly code: string | null; readonly message: string } {
  const parsed = errorBody.safeParse(jsonOrNull(text));
  const fallback = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
  if (!parsed.success) return { code: null, message: fallback };
  const { error_code, message, error, error_description } = parsed.data;
  return { code: error_code ?? error ?? null, message: message ?? error_description ?? fallback };
}

function jsonOrNull(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return null; // A proxy's HTML page, or nothing: the status alone has to tell.
  }
}

/** `Retry-After` in seconds or as a date. @param nowMs epoch ms */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

const notFoundCodes = [
  'RESOURCE_DOES_NOT_EXIST',
  'NOT_FOUND',
  'TABLE_DOES_NOT_EXIST',
  'SCHEMA_DOES_NOT_EXIST',
  'CATALOG_DOES_NOT_EXIST',
];
/** Jobs API: `INVALID_PARAMETER_VALUE`, "Run 7 does not exist." */
const saysNotThere = /\bdoes not exist\b/i;
const deniedCodes = ['PERMISSION_DENIED', 'UNAUTHORIZED', 'INSUFFICIENT_PERMISSIONS'];
const busyCodes = ['REQUEST_LIMIT_EXCEEDED', 'RESOURCE_EXHAUSTED', 'TOO_MANY_REQUESTS'];

/** How Databricks says that it does not know a token, where it says so with 403 instead of 401. */
export const saysInvalidToken = /invalid access token|token (is|has) expired/i;

/** Whether the token is not accepted at all; a token without a right is another thing. */
export const refusesToken = ({ status, text }: HttpAnswer): boolean =>
  status === 401 || (status === 403 && saysInvalidToken.test(text));

/** An HTTP answer that is no success. @param principal whose token it was, never the token */
export function castHttpFailure(answer: HttpAnswer, subject: Subject, host: string, principal: string): DrError {
  const { code, message } = errorBodyOf(answer.text);
  const said = `${answer.status}${code === null ? '' : ` ${code}`}${message === '' ? '' : `: ${message}`}`;
  const is = (codes: readonly string[]): boolean => code !== null && codes.includes(code);

  if (answer.status === 429 || is(busyCodes)) {
    return new DrError('RATE_LIMITED', `${host} asks to slow down (${said}).`, {
      retryAfterMs: retryAfterMs(answer.retryAfter, Date.now()),
    });
  }
  if (refusesToken(answer)) {
    return new DrError('AUTH_FAILED', `${host} does not accept the token of ${principal} (${said}).`, {
      remedy: 'Renew the token, or the secret that holds it. Tokens are read again at the next attempt.',
    });
  }
  if (answer.status === 403 || is(deniedCodes)) {
    return new DrError('PERMISSION_DENIED', `${principal} may not use ${subject.object} on ${host} (${said}).`, {
      remedy: `Grant ${subject.right} on ${subject.object} to the principal of ${principal}.`,
    });
  }
  const missing = answer.status === 404 || saysNotThere.test(message);
  if (is(notFoundCodes) || (missing && subject.notFound !== undefined)) {
    return new DrError(subject.notFound ?? 'UNEXPECTED_ANSWER', `There is no ${subject.object} on ${host} (${said}).`, {
      remedy: `Check the name in the config, and that the principal of ${principal} has ${subject.right} on it.`,
    });
  }
  if (answer.status >= 500 || answer.status === 408) {
    const retry = retryAfterMs(answer.retryAfter, Date.now());
    if (subject.part === 'warehouse') {
      return new DrError('WAREHOUSE_UNAVAILABLE', `The SQL service of ${host} can't answer now (${said}).`, {
        retryAfterMs: retry,
      });
    }
    return new DrError('REGION_UNREACHABLE', `${host} can't answer now (${said}).`, { retryAfterMs: retry });
  }
  return new DrError('UNEXPECTED_ANSWER', `${host} refused a request about ${subject.object} (${said}).`);
}
