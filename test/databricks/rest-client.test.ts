import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { HttpHost, RestClient } from '../../src/databricks/rest-client.js';
import { createHttpHost, createRestClient } from '../../src/databricks/rest-client.js';
import { retryAfterMs } from '../../src/databricks/rest-failures.js';
import { Secret } from '../../src/domain/secret.js';
import { everythingOf, failureOf } from './support/failures.js';
import type { FakeHost } from './support/host.js';
import { startFakeHost } from './support/host.js';

const tokenText = 'tok-0123456789abcdef';
/** Generous for a busy machine; only the tests of silence wait for a limit, and theirs is short. */
const timeoutMs = 5000;
const shortMs = 250;

let fake: FakeHost;
let http: HttpHost;
let rest: RestClient;
let given: string[];

beforeEach(async () => {
  fake = await startFakeHost(() => ({ body: { ok: true } }));
  http = createHttpHost({ baseUrl: fake.baseUrl, caCertFile: fake.caCertFile, timeoutMs });
  given = [];
  rest = createRestClient(http, {
    principal: 'secret dr/pat (jobs)',
    token: (stale) => {
      const token = stale === undefined ? tokenText : 'tok-renewed-123456';
      given.push(token);
      return Promise.resolve(new Secret(token));
    },
  });
});

afterEach(async () => {
  await http.close();
  await fake.close();
});

const subject = { object: 'job 7', right: 'CAN VIEW', notFound: 'JOB_NOT_FOUND' } as const;
const call = (more: object = {}) =>
  rest.call({ method: 'GET', path: '/api/x', answer: z.object({ ok: z.boolean() }), subject, ...more });

describe('REST answers become failures that say what to do', () => {
  it('sends the token and gives the parsed answer', async () => {
    expect(await call({ query: { a: ['1', '2'], b: undefined, c: 'x y&z' } })).toEqual({ ok: true });
    expect(fake.asked[0]?.headers.authorization).toBe(`Bearer ${tokenText}`);
    expect([...(fake.asked[0]?.query ?? [])]).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['c', 'x y&z'],
    ]);
  });

  it.each([
    [403, { error_code: 'PERMISSION_DENIED', message: 'no' }, 'PERMISSION_DENIED'],
    [400, { error_code: 'PERMISSION_DENIED', message: 'no' }, 'PERMISSION_DENIED'],
    [404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'gone' }, 'JOB_NOT_FOUND'],
    [400, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'gone' }, 'JOB_NOT_FOUND'],
    [429, { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'slow' }, 'RATE_LIMITED'],
    [500, 'oops', 'REGION_UNREACHABLE'],
    [503, '<html><body>maintenance</body></html>', 'REGION_UNREACHABLE'],
    [400, { error_code: 'INVALID_PARAMETER_VALUE', message: 'odd' }, 'UNEXPECTED_ANSWER'],
    [200, 'no json', 'UNEXPECTED_ANSWER'],
    [200, { ok: 'yes' }, 'UNEXPECTED_ANSWER'],
  ])('HTTP %i %j is %s', async (status, body, code) => {
    fake.answer = () => ({ status, body });
    expect((await failureOf(call())).code).toBe(code);
  });

  it('tells a warehouse that is away from a region that is away', async () => {
    fake.answer = () => ({ status: 503 });
    const failure = await failureOf(call({ subject: { ...subject, part: 'warehouse' } }));
    expect(failure.code).toBe('WAREHOUSE_UNAVAILABLE');
  });

  it('names principal, object and right where a right is missing', async () => {
    fake.answer = () => ({ status: 403, body: { error_code: 'PERMISSION_DENIED', message: 'no' } });
    const failure = await failureOf(call());
    expect(`${failure.message} ${failure.remedy}`).toMatch(/secret dr\/pat \(jobs\).*job 7.*CAN VIEW/);
  });

  it('honours Retry-After in seconds and as a date', async () => {
    fake.answer = () => ({ status: 429, headers: { 'retry-after': '12' } });
    expect((await failureOf(call())).retryAfterMs).toBe(12_000);
    expect(retryAfterMs('Wed, 21 Oct 2026 07:28:10 GMT', Date.parse('2026-10-21T07:28:00Z'))).toBe(10_000);
    expect(retryAfterMs('soon', 0)).toBeUndefined();
  });

  it('ends a call that nobody answers', async () => {
    fake.answer = () => null;
    const impatient = createHttpHost({ baseUrl: fake.baseUrl, caCertFile: fake.caCertFile, timeoutMs: shortMs });
    const secrets = [new Secret(tokenText)];
    const headers = { authorization: `Bearer ${tokenText}` };
    const failure = await failureOf(impatient.send({ method: 'GET', path: '/', headers, secrets }));
    expect(failure.code).toBe('REGION_UNREACHABLE');
    expect(failure.message).toContain(`within ${shortMs} ms`);
    expect(everythingOf(failure)).not.toContain(tokenText);
    await impatient.close();
  });

  it('says that a host refuses connections', async () => {
    await fake.close();
    const failure = await failureOf(call());
    expect(failure.code).toBe('REGION_UNREACHABLE');
    expect(failure.message).toContain('ECONNREFUSED');
    fake = await startFakeHost(() => ({}));
  });

  it('trusts no certificate that the file does not name', async () => {
    const stranger = createHttpHost({ baseUrl: fake.baseUrl, timeoutMs });
    const failure = await failureOf(stranger.send({ method: 'GET', path: '/', headers: {}, secrets: [] }));
    expect(failure.code).toBe('REGION_UNREACHABLE');
    expect(fake.asked).toHaveLength(0);
    await stranger.close();
  });
});

describe('no-secrets: a token goes only to its own host', () => {
  it('asks for a fresh token once when the host refuses one', async () => {
    fake.answer = ({ headers }) =>
      headers.authorization === `Bearer ${tokenText}` ? { status: 401 } : { body: { ok: true } };
    expect(await call()).toEqual({ ok: true });
    expect(given).toEqual([tokenText, 'tok-renewed-123456']);
  });

  it('knows a refused token by 403, where the host says so with that', async () => {
    fake.answer = () => ({ status: 403, body: { error_code: '403', message: 'Invalid access token. [ReqId: 1]' } });
    expect((await failureOf(call())).code).toBe('AUTH_FAILED');
    expect(given).toHaveLength(2);
  });

  it('gives up when the fresh one is refused as well', async () => {
    fake.answer = () => ({ status: 401, body: { message: 'Invalid access token' } });
    expect((await failureOf(call())).code).toBe('AUTH_FAILED');
    expect(fake.asked).toHaveLength(2);
  });

  it('says which file of authorities can not be read', () => {
    const build = () => createHttpHost({ baseUrl: fake.baseUrl, caCertFile: '/no/such/ca.pem' });
    expect(build).toThrow(
      expect.objectContaining({ code: 'AUTH_FAILED', message: expect.stringContaining('/no/such/ca.pem') }),
    );
  });

  it('follows no redirect', async () => {
    const other = await startFakeHost(() => ({ body: { ok: true } }));
    fake.answer = () => ({ status: 307, headers: { location: `${other.baseUrl}/api/x` } });
    expect((await failureOf(call())).code).toBe('UNEXPECTED_ANSWER');
    expect(other.asked).toHaveLength(0);
    await other.close();
  });

  it('takes no path that leads to another host', async () => {
    const other = await startFakeHost(() => ({ body: { ok: true } }));
    expect((await failureOf(call({ path: `${other.baseUrl}/api/x` }))).code).toBe('UNEXPECTED_ANSWER');
    expect((await failureOf(call({ path: `//${other.host}/api/x` }))).code).toBe('UNEXPECTED_ANSWER');
    expect(other.asked).toHaveLength(0);
    await other.close();
  });

  it('speaks to no host without TLS', () => {
    expect(() => createHttpHost({ baseUrl: 'http://127.0.0.1:1' })).toThrow(
      expect.objectContaining({ code: 'AUTH_FAILED' }),
    );
  });

  it.each([
    { status: 500, body: `Authorization: Bearer ${tokenText} is what you sent` },
    { status: 403, body: { error_code: 'X', message: `token ${tokenText}` } },
  ])('shows no token in a failure, even one that the host sends back: %j', async (reply) => {
    fake.answer = () => reply;
    expect(everythingOf(await failureOf(call()))).not.toContain(tokenText);
  });
});
