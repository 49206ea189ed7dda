/** HTTPS to one Databricks host: bearer token, time limit, exact integers, typed answers, `DrError`s. */
import { Agent, request } from 'undici';
import type { z } from 'zod';
import { DrError } from '../domain/failure.js';
import type { Secret } from '../domain/secret.js';
import { parseExact, stringifyExact } from './exact-json.js';
import { plainError, scrub } from './plain-error.js';
import type { HttpAnswer, Subject } from './rest-failures.js';
import { castHttpFailure, refusesToken } from './rest-failures.js';
import { trustWith } from './trust.js';

/** Where tokens come from. */
export interface TokenSource {
  /** For messages: whose token it is, never the token. */
  readonly principal: string;
  /** @param stale a token that the host has just refused; it is not given again if a newer one can be had */
  token(stale?: Secret): Promise<Secret>;
}

export type QueryValue = string | number | boolean | readonly string[] | undefined;

interface RestRequest<T> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** `bigint`s are written as integers. */
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
  readonly subject: Subject;
}

/** Below the 10 s that an attempt may take, above what a healthy control plane needs. */
const defaultTimeoutMs = 8000;

export interface HttpHost {
  /** `<host>[:port]`. */
  readonly host: string;
  /** Sends one request, whatever its answer. @throws REGION_UNREACHABLE, WAREHOUSE_UNAVAILABLE */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Removed from every message and cause. */
  readonly secrets: readonly Secret[];
}

/** @param options.timeoutMs limit for one request, from connecting to the last byte */
export function createHttpHost(options: {
  baseUrl: string;
  caCertFile?: string | undefined;
  timeoutMs?: number;
}): HttpHost {
  const base = new URL(options.baseUrl);
  if (base.protocol !== 'https:') {
    throw new DrError('AUTH_FAILED', `${base.host} is not addressed by https; no token is sent to it.`, {
      remedy: 'Write the workspace URL with https:// in the config.',
    });
  }
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const secureContext = options.caCertFile === undefined ? undefined : trustWith(options.caCertFile);
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(secureContext === undefined ? {} : { secureContext }) },
  });

  return {
    host: base.host,
    async send({ method, path, query = {}, headers, body, secrets }) {
      const url = new URL(path, base);
      for (const [key, value] of Object.entries(query)) {
        for (const item of Array.isArray(value) ? value : [value]) {
          if (item !== undefined) url.searchParams.append(key, String(item));
        }
      }
      // A path that comes from an answer must not carry the token anywhere else.
      if (url.host !== base.host) throw new DrError('UNEXPECTED_ANSWER', `${base.host} points to another host.`);
      try {
        // Not `fetch`, which needs several times the CPU. Nor does this follow redirects: they would carry the token along.
        const response = await request(url, {
          method,
          headers: { accept: 'application/json', 'user-agent': 'lakehouse-dr', ...headers },
          ...(body === undefined ? {} : { body }),
          dispatcher: agent,
          signal: AbortSignal.timeout(timeoutMs),
        });
        const status = response.statusCode;
        const text = await response.body.text();
        // Hosts and proxies like to quote the request in their refusals.
        const safe = isSuccess(status) ? text : scrub(text, secrets);
        return { status, retryAfter: [response.headers['retry-after'] ?? null].flat()[0] ?? null, text: safe };
      } catch (thrown) {
        throw unreachable(base.host, timeoutMs, plainError(thrown, secrets));
      }
    },
    close: () => agent.close(),
  };
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function unreachable(host: string, timeoutMs: number, cause: Error): DrError {
  const timedOut = /TimeoutError|TIMEOUT|aborted due to timeout/i.test(`${cause.message} ${String(cause.cause)}`);
  const how = timedOut ? `did not answer within ${timeoutMs} ms` : 'can not be reached';
  const why = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return new DrError('REGION_UNREACHABLE', `${host} ${how}${timedOut ? '' : ` (${why})`}.`, { cause });
}

export interface RestClient {
  readonly host: string;
  call<T>(request: RestRequest<T>): Promise<T>;
}

/** A client that speaks with the tokens of one principal. */
export function createRestClient(http: HttpHost, tokens: TokenSource): RestClient {
  const attempt = async (request: RestRequest<unknown>, token: Secret): Promise<HttpAnswer> =>
    http.send({
      method: request.method,
      path: request.path,
      query: request.query,
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: request.body === undefined ? undefined : stringifyExact(request.body),
      secrets: [token],
    });

  return {
    host: http.host,
    async call<T>(request: RestRequest<T>): Promise<T> {
      const token = await tokens.token();
      let answer = await attempt(request, token);
      if (refusesToken(answer)) {
        // The token may have been renewed since it was cached: read it again, once.
        answer = await attempt(request, await tokens.token(token));
      }
      if (!isSuccess(answer.status)) {
        throw castHttpFailure(answer, request.subject, http.host, tokens.principal);
      }
      return parsed(answer.text, request, http.host);
    },
  };
}

function parsed<T>(text: string, request: RestRequest<T>, host: string): T {
  let json: unknown;
  try {
    json = parseExact(text === '' ? '{}' : text);
  } catch (thrown) {
    throw unexpected(request, host, 'no JSON', plainError(thrown));
  }
  const result = request.answer.safeParse(json);
  if (result.success) return result.data;
  const places = result.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
  throw unexpected(request, host, places.join('; '), undefined);
}

/** The text itself is not quoted: an answer that we don't understand may hold anything. */
const unexpected = (request: RestRequest<unknown>, host: string, what: string, cause: Error | undefined): DrError =>
  new DrError(
    'UNEXPECTED_ANSWER',
    `${host} answered ${request.method} ${request.path} in a way that is not understood: ${what}.`,
    {
      cause,
    },
  );
