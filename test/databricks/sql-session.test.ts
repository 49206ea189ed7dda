import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Warehouse } from '../../src/databricks/api.js';
import type { SqlConnection } from '../../src/databricks/sql-session.js';
import { createSqlConnection } from '../../src/databricks/sql-session.js';
import { int64, timestamp } from '../../src/databricks/sql-values.js';
import type { RegionConnection } from '../../src/domain/connection.js';
import { Secret } from '../../src/domain/secret.js';
import type { TinyRegion } from '../local/server/tiny-region.js';
import { adminToken, readerToken, startTinyRegion, warehouseId } from '../local/server/tiny-region.js';
import { everythingOf, failureOf } from './support/failures.js';
import { startFakeHost } from './support/host.js';

let region: TinyRegion;
let folder: string;
let connection: RegionConnection;
let sql: SqlConnection;
/** What the credential store gives: the first token, and the one after a refusal. */
let tokens: { first: string; fresh: string };

const warehouse: Warehouse = {
  id: () => Promise.resolve(warehouseId),
  state: () => Promise.resolve('running'),
  ensureRunning: () => Promise.resolve('running'),
};

beforeAll(async () => {
  region = await startTinyRegion();
  folder = mkdtempSync(join(tmpdir(), 'sql-session-'));
  const caCertFile = join(folder, 'ca.pem');
  writeFileSync(caCertFile, region.tls.caPem);
  connection = {
    region: 'primary',
    baseUrl: region.server.url,
    host: new URL(region.server.url).host,
    bootstrap: null,
    warehouseHttpPath: null,
    secretScope: 'dr',
    secretKeys: { jobs: 'pat', send: 'pat', receive: 'pat' },
    fallbackSecret: () => null,
    caCertFile,
  };
});

afterAll(async () => {
  await region.server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  tokens = { first: adminToken, fresh: adminToken };
  sql = createSqlConnection(connection, warehouse, {
    principal: 'secret dr/pat (send)',
    token: (stale) => {
      if (stale !== undefined) tokens.first = tokens.fresh;
      return Promise.resolve(new Secret(tokens.first));
    },
  });
  region.log.clear();
});

afterEach(async () => {
  region.faults.set('primary', 'warehouse', { kind: 'none' });
  await sql.close();
});

describe('short statements', () => {
  it('give maps, structs and times as the readers of rows expect them', async () => {
    const [row] = await sql.sql().query('SELECT every type');
    expect(row).toMatchObject({
      flag: true,
      number: 42,
      text: 'Straße',
      tags: { a: 'b' },
      job: { jobId: '1' },
      list: [1, 2, 3],
    });
    expect(timestamp.parse(row?.at)).toBe(Date.parse('2026-01-31T12:00:00.123Z'));
  });

  it('never give an integer that was rounded: one that can not be told exactly is refused', async () => {
    const [row] = await sql.sql().query('SELECT every type');
    // 2^53 + 1, over a transport that knows only numbers.
    expect(int64.safeParse(row?.big).success).toBe(false);
    expect(int64.parse(9_007_199_254_740_991n)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('carry values as parameters, never in the text', async () => {
    const name = "x'; DROP TABLE y --";
    expect(await sql.sql().query('SELECT :name AS name', { name: { type: 'STRING', value: name } })).toEqual([
      { name },
    ]);
  });

  it('have no rows where the statement has none', async () => {
    expect(await sql.sql().query('DDL')).toEqual([]);
  });

  it('share a session where asked to, carry their tags, and close it', async () => {
    await sql.sql({ dr_group: 'g:1' }).use(async (session) => {
      await session.query('DDL');
      await session.query('SELECT every type');
    });
    await sql.close();
    const methods = region.log.entries().map((entry) => entry.path.split('#')[1]);
    expect(methods.filter((method) => method === 'OpenSession')).toHaveLength(1);
    expect(methods.filter((method) => method === 'CloseSession')).toHaveLength(1);
    const tagged = region.log.entries().filter((entry) => entry.sql !== undefined);
    expect(tagged.map((entry) => entry.queryTags)).toEqual([{ dr_group: 'g:1' }, { dr_group: 'g:1' }]);
  });

  it('economical: follow each other in one session whatever their tags, and close no operation by a request', async () => {
    const ours = sql.sql({ dr_group: 'g:1' });
    await ours.query('SELECT every type');
    await ours.query('SELECT every type');
    await sql.sql({ dr_group: 'g:2' }).query('SELECT every type');
    await failureOf(ours.query('SELECT * FROM nope'));
    await sql.sql().query('SELECT every type');
    const asked = (method: string) => region.log.entries().filter(({ path }) => path.endsWith(`#${method}`)).length;
    expect(asked('OpenSession')).toBe(1);
    const tagged = region.log.entries().filter((entry) => entry.sql !== undefined);
    expect(tagged.map(({ queryTags }) => queryTags?.dr_group)).toEqual(['g:1', 'g:1', 'g:2', 'g:1', undefined]);
    expect(asked('CloseOperation'), 'of the one that failed').toBe(1);
  });

  it('restartable: take another session after a failure that may be the session’s', async () => {
    await sql.sql().query('DDL');
    region.faults.set('primary', 'warehouse', { kind: 'http', status: 503, rate: 1 });
    await failureOf(sql.sql().query('DDL'));
    region.faults.set('primary', 'warehouse', { kind: 'none' });
    await sql.sql().query('DDL');
    expect(region.log.entries().filter(({ path }) => path.endsWith('#OpenSession'))).toHaveLength(2);
  });

  it('no-secrets: ask the host for nothing but Thrift', async () => {
    await sql.sql().query('DDL');
    expect(region.log.entries().filter((entry) => !entry.path.startsWith('/sql/1.0/warehouses/'))).toEqual([]);
  });
});

describe('failures of short statements', () => {
  it('are cast by error class', async () => {
    const failure = await failureOf(sql.sql().query('SELECT * FROM nope'));
    expect(failure.code).toBe('TABLE_NOT_FOUND');
    expect(failure.message).toContain('SELECT * FROM nope');
  });

  it('read a refused token again, once', async () => {
    tokens = { first: 'revoked-token-1', fresh: adminToken };
    expect(await sql.sql().query('DDL')).toEqual([]);
  });

  it('restartable: read one again that was renewed while their session stood open', async () => {
    await sql.sql().query('DDL');
    tokens = { first: 'revoked-token-1', fresh: adminToken };
    expect(await sql.sql().query('DDL')).toEqual([]);
    const opened = region.log.entries().filter(({ path }) => path.endsWith('#OpenSession'));
    expect(opened, 'the session was open already').toHaveLength(1);
  });

  it('no-secrets: follow no redirect, for the token would go along', async () => {
    const elsewhere = await startFakeHost(() => ({ status: 404 }));
    const asked = await startFakeHost(({ path }) => ({
      status: 307,
      headers: { location: `${elsewhere.baseUrl}${path}` },
    }));
    // Both are trusted: nothing but the address tells them apart.
    const caCertFile = join(folder, 'both.pem');
    writeFileSync(caCertFile, [asked, elsewhere].map((host) => readFileSync(host.caCertFile, 'utf8')).join('\n'));
    const redirected = createSqlConnection(
      { ...connection, baseUrl: asked.baseUrl, host: asked.host, caCertFile },
      warehouse,
      {
        principal: 'secret dr/pat (send)',
        token: () => Promise.resolve(new Secret('canary-token')),
      },
    );
    const failure = await failureOf(redirected.sql().query('DDL'));
    expect(asked.asked[0]?.headers.authorization, 'the host itself was told').toContain('canary-token');
    expect(elsewhere.asked.map(({ headers }) => headers.authorization)).toEqual([]);
    expect(failure.message).toContain('points to another host');
    expect(everythingOf(failure)).not.toContain('canary-token');
    await redirected.close();
    await Promise.all([asked.close(), elsewhere.close()]);
  });

  it('no-secrets: say that a token is refused, without it', async () => {
    tokens = { first: 'revoked-token-1', fresh: 'revoked-token-2' };
    const failure = await failureOf(sql.sql().query('DDL'));
    expect(failure.code).toBe('AUTH_FAILED');
    expect(everythingOf(failure)).not.toContain('revoked-token');
  });

  it('name the missing right to the warehouse', async () => {
    tokens = { first: readerToken, fresh: readerToken };
    const failure = await failureOf(sql.sql().query('DDL'));
    expect(failure.code).toBe('PERMISSION_DENIED');
  });

  it.each([
    [{ kind: 'outage' }, 'WAREHOUSE_UNAVAILABLE'],
    [{ kind: 'http', status: 503, rate: 1 }, 'WAREHOUSE_UNAVAILABLE'],
    [{ kind: 'http', status: 429, rate: 1 }, 'RATE_LIMITED'],
  ] as const)('restartable: %j is %s, and the same connection goes on afterwards', async (fault, code) => {
    await sql.sql().query('DDL');
    region.faults.set('primary', 'warehouse', fault);
    expect((await failureOf(sql.sql().query('DDL'))).code).toBe(code);
    region.faults.set('primary', 'warehouse', { kind: 'none' });
    expect(await sql.sql().query('DDL')).toEqual([]);
  });

  it('end in time where the warehouse never answers', async () => {
    region.faults.set('primary', 'warehouse', { kind: 'hang' });
    const failure = await failureOf(sql.sql().query('DDL'));
    expect(failure.code).toBe('WAREHOUSE_UNAVAILABLE');
  });
});
