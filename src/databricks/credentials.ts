/**
 * Whose token a request carries. A region's bootstrap credential opens that region's own secret scope; what is read
 * there speaks for a role. Tokens stay in memory, are read again after a while, and at once when a host refuses them.
 */
import { z } from 'zod';
import type { Bootstrap, RegionConnection, Role } from '../domain/connection.js';
import { DrError, isTransient } from '../domain/failure.js';
import { Secret } from '../domain/secret.js';
import { parseExact } from './exact-json.js';
import type { HttpHost, RestClient, TokenSource } from './rest-client.js';
import { createRestClient } from './rest-client.js';
import { castHttpFailure } from './rest-failures.js';

export interface CredentialStore {
  tokens(role: Role): TokenSource;
  sourceOf(role: Role): Promise<'api' | 'fallback'>;
}

/** How long a secret is used before it is read again: a renewed one is seen by then even if the old one still works. */
const secretTtlMs = 5 * 60_000;
/** An OAuth token is renewed so long before its end, for a request may travel for a while. */
const oauthMarginMs = 60_000;

const oauthAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const secretAnswer = z.object({ key: z.string(), value: z.base64() });

interface Held {
  readonly secret: Secret;
  readonly goodUntil: number;
}

/** One value, fetched once however many ask at the same time, and kept until it ages or is refused. */
function cached<T extends Held>(fetchValue: () => Promise<T>, now: () => number): (stale?: Secret) => Promise<T> {
  let held: T | null = null;
  let pending: Promise<T> | null = null;
  return async (stale) => {
    const refused = held !== null && stale?.reveal() === held.secret.reveal();
    if (held !== null && !refused && now() < held.goodUntil) return held;
    pending ??= fetchValue().finally(() => {
      pending = null;
    });
    try {
      held = await pending;
      return held;
    } catch (failure) {
      // The control plane may be away while the warehouse answers: an aged token is better than none, a refused one is not.
      if (held !== null && !refused && failure instanceof DrError && failure.code === 'REGION_UNREACHABLE') return held;
      throw failure;
    }
  };
}

/** OAuth machine to machine: client id and secret for a token of about an hour, at the workspace itself. */
function oauthTokens(http: HttpHost, bootstrap: Bootstrap & { kind: 'oauth' }, now: () => number): TokenSource {
  const principal = `OAuth client ${bootstrap.clientId}`;
  const get = cached(async () => {
    const basic = Buffer.from(`${bootstrap.clientId}:${bootstrap.clientSecret.reveal()}`).toString('base64');
    const answer = await http.send({
      method: 'POST',
      path: '/oidc/v1/token',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials&scope=all-apis',
      secrets: [bootstrap.clientSecret, new Secret(basic)],
    });
    if (answer.status !== 200) {
      const subject = { object: 'OAuth token', right: 'a valid client secret' };
      // The endpoint answers a wrong client with 400 or 401 `invalid_client`.
      const status = answer.status === 400 ? 401 : answer.status;
      throw castHttpFailure({ ...answer, status }, subject, http.host, principal);
    }
    const parsed = oauthAnswer.safeParse(jsonOf(answer.text));
    if (!parsed.success) {
      throw new DrError('UNEXPECTED_ANSWER', `${http.host} answered the request for an OAuth token without a token.`);
    }
    const livesMs = parsed.data.expires_in * 1000;
    return {
      secret: new Secret(parsed.data.access_token),
      goodUntil: now() + Math.max(livesMs - oauthMarginMs, livesMs / 2),
    };
  }, now);
  return { principal, token: async (stale) => (await get(stale)).secret };
}

function jsonOf(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return null; // Not JSON: refused by the schema that reads it.
  }
}

function bootstrapTokens(http: HttpHost, connection: RegionConnection, now: () => number): TokenSource | null {
  const { bootstrap } = connection;
  if (bootstrap === null) return null;
  if (bootstrap.kind === 'oauth') return oauthTokens(http, bootstrap, now);
  return {
    principal: `the ${connection.region} region's bootstrap token`,
    token: () => Promise.resolve(bootstrap.token),
  };
}

/**
 * Reads one secret. The API gives values in base64.
 * @throws AUTH_FAILED when it is not there, PERMISSION_DENIED without READ on the scope
 */
async function getSecret(rest: RestClient, scope: string, key: string): Promise<Secret> {
  const answer = await rest.call({
    method: 'GET',
    path: '/api/2.0/secrets/get',
    query: { scope, key },
    answer: secretAnswer,
    subject: { object: `secret ${scope}/${key}`, right: 'READ on the secret scope', notFound: 'AUTH_FAILED' },
  });
  return new Secret(Buffer.from(answer.value, 'base64').toString('utf8').trim());
}

/** @param now epoch ms; tests move it */
export function createCredentialStore(
  connection: RegionConnection,
  http: HttpHost,
  now: () => number = Date.now,
): CredentialStore {
  const bootstrap = bootstrapTokens(http, connection, now);
  const rest = bootstrap === null ? null : createRestClient(http, bootstrap);
  const { secretScope: scope, secretKeys } = connection;

  const read = async (role: Role): Promise<Held & { source: 'api' | 'fallback' }> => {
    const key = secretKeys[role];
    const goodUntil = now() + secretTtlMs;
    try {
      if (rest === null) throw noBootstrap(connection, key);
      return { secret: await getSecret(rest, scope, key), goodUntil, source: 'api' };
    } catch (failure) {
      const fallback = isPassing(failure) ? null : connection.fallbackSecret(key);
      if (fallback !== null) return { secret: fallback, goodUntil, source: 'fallback' };
      throw failure instanceof DrError ? withFallbackRemedy(failure, key) : failure;
    }
  };

  // Two roles often share one key: they then share the value.
  const byKey = new Map<string, (stale?: Secret) => Promise<Held & { source: 'api' | 'fallback' }>>();
  const roleValue = (role: Role): ((stale?: Secret) => Promise<Held & { source: 'api' | 'fallback' }>) => {
    const existing = byKey.get(secretKeys[role]);
    if (existing) return existing;
    const made = cached(() => read(role), now);
    byKey.set(secretKeys[role], made);
    return made;
  };

  return {
    tokens: (role) => ({
      principal: `secret ${scope}/${secretKeys[role]} (${role})`,
      token: async (stale) => (await roleValue(role)(stale)).secret,
    }),
    sourceOf: async (role) => (await roleValue(role)()).source,
  };
}

const noBootstrap = ({ region, host }: RegionConnection, key: string): DrError =>
  new DrError(
    'AUTH_FAILED',
    `No credential is configured that could read the secret ${key} on ${host} (${region} region).`,
  );

/** A region that is silent for a moment says nothing against its secrets, which may be newer than those elsewhere. */
const isPassing = (failure: unknown): boolean => failure instanceof DrError && isTransient(failure.code);

/** Databricks may refuse secrets/get outside a notebook (BAD_REQUEST); the way round it is the environment. */
function withFallbackRemedy(failure: DrError, key: string): DrError {
  if (isPassing(failure)) return failure;
  const variable = `DR_SECRET_${key.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
  return new DrError(failure.code === 'UNEXPECTED_ANSWER' ? 'AUTH_FAILED' : failure.code, failure.message, {
    remedy: `${failure.remedy ?? ''} Or give the secret as ${variable}, or as a file in DR_SECRETS_DIR.`.trim(),
    cause: failure,
  });
}
