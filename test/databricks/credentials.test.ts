import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCredentialStore } from '../../src/databricks/credentials.js';
import type { HttpHost } from '../../src/databricks/rest-client.js';
import { createHttpHost } from '../../src/databricks/rest-client.js';
import type { RegionConnection } from '../../src/domain/connection.js';
import { Secret } from '../../src/domain/secret.js';
import { everythingOf, failureOf } from './support/failures.js';
import type { Answerer, FakeHost } from './support/host.js';
import { connectionTo, startFakeHost } from './support/host.js';

let fake: FakeHost;
let http: HttpHost;
let nowMs: number;

const value = (text: string) => ({ body: { key: 'k', value: Buffer.from(text).toString('base64') } });
const withSecrets: Answerer = ({ path, query }) =>
  path === '/api/2.0/secrets/get' ? value(`pat of ${query.get('key')} #${fake.asked.length}`) : { status: 404 };

beforeEach(async () => {
  fake = await startFakeHost(withSecrets);
  http = createHttpHost({ ...connectionTo(fake), timeoutMs: 5000 });
  nowMs = 1_700_000_000_000;
});

afterEach(async () => {
  await http.close();
  await fake.close();
});

const bootstrap = { kind: 'token', token: new Secret('bootstrap-token-1') } as const;
const store = (more: Partial<RegionConnection> = {}) =>
  createCredentialStore(connectionTo(fake, { bootstrap, fallbackSecret: () => null, ...more }), http, () => nowMs);

describe('each role speaks with its own secret', () => {
  it('reads it from the scope with the bootstrap credential, once', async () => {
    const credentials = store();
    const [first, second] = await Promise.all([credentials.tokens('send').token(), credentials.tokens('send').token()]);
    expect(first.reveal()).toBe('pat of sender #1');
    expect(second.reveal()).toBe('pat of sender #1');
    expect(fake.asked).toHaveLength(1);
    expect(fake.asked[0]?.headers.authorization).toBe('Bearer bootstrap-token-1');
    expect(fake.asked[0]?.query.get('scope')).toBe('dr');
    expect((await credentials.tokens('receive').token()).reveal()).toBe('pat of receiver #2');
    expect(await credentials.sourceOf('send')).toBe('api');
  });

  it('reads a refused one again at once, an aged one after five minutes', async () => {
    const tokens = store().tokens('send');
    const first = await tokens.token();
    const second = await tokens.token(first);
    expect(second.reveal()).toBe('pat of sender #2');
    // Another caller was refused with the old token meanwhile: the new one is there already.
    expect((await tokens.token(first)).reveal()).toBe('pat of sender #2');
    nowMs += 5 * 60_000;
    expect((await tokens.token()).reveal()).toBe('pat of sender #3');
  });

  it('goes on with an aged token while the control plane is away, but not with a refused one', async () => {
    const tokens = store().tokens('send');
    const first = await tokens.token();
    fake.answer = () => ({ status: 503 });
    nowMs += 6 * 60_000;
    expect((await tokens.token()).reveal()).toBe(first.reveal());
    expect((await failureOf(tokens.token(first))).code).toBe('REGION_UNREACHABLE');
  });

  it('takes the environment where the API refuses, and says so', async () => {
    fake.answer = () => ({ status: 400, body: { error_code: 'BAD_REQUEST', message: 'only from a notebook' } });
    const credentials = store({ fallbackSecret: (key) => new Secret(`env ${key}`) });
    expect((await credentials.tokens('jobs').token()).reveal()).toBe('env pat');
    expect(await credentials.sourceOf('jobs')).toBe('fallback');
  });

  it.each([
    [
      'a scope that refuses',
      { status: 403, body: { error_code: 'PERMISSION_DENIED', message: 'no' } },
      'PERMISSION_DENIED',
    ],
    [
      'an API that is for notebooks only',
      { status: 400, body: { error_code: 'BAD_REQUEST', message: 'no' } },
      'AUTH_FAILED',
    ],
    [
      'a missing secret',
      { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no' } },
      'AUTH_FAILED',
    ],
    ['a refused bootstrap token', { status: 401 }, 'AUTH_FAILED'],
    ['a value that is not base64', { body: { key: 'k', value: '***' } }, 'AUTH_FAILED'],
  ])('says what to do about %s', async (_what, reply, code) => {
    fake.answer = () => reply;
    const failure = await failureOf(store().tokens('send').token());
    expect(failure.code).toBe(code);
    expect(failure.remedy).toContain('DR_SECRET_SENDER');
  });

  it('says that no credential is configured', async () => {
    const failure = await failureOf(store({ bootstrap: null }).tokens('send').token());
    expect(failure.code).toBe('AUTH_FAILED');
  });
});

describe('OAuth machine to machine', () => {
  const oauth = { kind: 'oauth', clientId: 'client-1', clientSecret: new Secret('very-secret-value') } as const;

  it('exchanges client id and secret at the workspace, and keeps the token until near its end', async () => {
    let issued = 0;
    fake.answer = (asked) => {
      if (asked.path !== '/oidc/v1/token') return withSecrets(asked);
      issued += 1;
      return { body: { access_token: `oauth-${issued}`, token_type: 'Bearer', expires_in: 3600 } };
    };
    const tokens = store({ bootstrap: oauth }).tokens('send');
    await tokens.token();
    const [exchange, read] = fake.asked;
    expect(exchange?.headers.authorization).toBe(
      `Basic ${Buffer.from('client-1:very-secret-value').toString('base64')}`,
    );
    expect(exchange?.body).toBe('grant_type=client_credentials&scope=all-apis');
    expect(read?.headers.authorization).toBe('Bearer oauth-1');
    nowMs += 30 * 60_000;
    await tokens.token();
    expect(issued).toBe(1);
    nowMs += 29.5 * 60_000;
    await tokens.token();
    expect(issued).toBe(2);
  });

  it.each([
    [401, { error: 'invalid_client', error_description: 'wrong very-secret-value' }],
    [400, { error: 'invalid_client' }],
  ])('no-secrets: says that the client is refused (HTTP %i), without its secret', async (status, body) => {
    fake.answer = () => ({ status, body });
    const failure = await failureOf(store({ bootstrap: oauth }).tokens('send').token());
    expect(failure.code).toBe('AUTH_FAILED');
    expect(everythingOf(failure)).not.toContain('very-secret-value');
  });
});
