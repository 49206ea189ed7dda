import { DBSQLClient } from '@databricks/sql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TinyRegion } from './tiny-region.js';
import { adminToken, readerToken, startTinyRegion, warehouseId } from './tiny-region.js';

let region: TinyRegion;

beforeAll(async () => {
  region = await startTinyRegion();
});
afterAll(async () => {
  await region.server.close();
});

async function connect(token = adminToken) {
  const client = new DBSQLClient();
  client.on('error', () => undefined);
  await client.connect({
    host: 'localhost',
    port: region.server.port,
    path: `/sql/1.0/warehouses/${warehouseId}`,
    token,
    customCaCert: region.tls.caPem,
    telemetryEnabled: false,
  });
  return client;
}

async function withSession<T>(
  work: (session: Awaited<ReturnType<DBSQLClient['openSession']>>) => Promise<T>,
  options: Parameters<DBSQLClient['openSession']>[0] = {},
): Promise<T> {
  const client = await connect();
  try {
    const session = await client.openSession(options);
    const result = await work(session);
    await session.close();
    return result;
  } finally {
    await client.close();
  }
}

test('the Node driver reads every type, and nulls', async () => {
  const rows = await withSession(async (session) => {
    const operation = await session.executeStatement('SELECT every type');
    return operation.fetchAll();
  });
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({
    flag: true,
    small: 7,
    number: 42,
    ratio: 0.5,
    text: 'Straße',
    tags: { a: 'b' },
    list: [1, 2, 3],
  });
  expect(Object.values(rows[1] ?? {}).every((value) => value === null)).toBe(true);
});

test('a result of many pages arrives whole and in order', async () => {
  const rows = await withSession(async (session) => {
    const operation = await session.executeStatement('SELECT rows 2500', { maxRows: 1000 });
    return operation.fetchAll({ maxRows: 1000 });
  });
  expect(rows.map((row) => Number((row as { n: unknown }).n))).toEqual(Array.from({ length: 2500 }, (_, i) => i));
});

test('a failed statement shows SQLSTATE and error class', async () => {
  const failure = await withSession(async (session) => {
    const operation = await session.executeStatement('SELECT nope');
    return operation.fetchAll().catch((error: unknown) => error);
  });
  expect(failure).toMatchObject({ errorCode: 'ERROR', response: { sqlState: '42P01' } });
  expect(String(failure)).toContain('[TABLE_OR_VIEW_NOT_FOUND]');
});

test('a statement without columns is no error', async () => {
  const rows = await withSession(async (session) => (await session.executeStatement('DDL')).fetchAll());
  expect(rows).toEqual([]);
});

test('named parameters, namespace and query tags reach engine and history', async () => {
  const id = await withSession(
    async (session) => {
      const operation = await session.executeStatement('SELECT :name AS name', {
        namedParameters: { name: 'x' },
        queryTags: { dr_group: 'a:b,c', dr_hop: 'send' },
      });
      expect(await operation.fetchAll()).toEqual([{ name: 'x' }]);
      return operation.id;
    },
    { initialCatalog: 'main', initialSchema: 'sales', configuration: { QUERY_TAGS: 'team:dr' } },
  );
  expect(region.engine.requests.at(-1)).toMatchObject({ catalog: 'main', schema: 'sales', statementId: id });
  const [statement] = region.server.statements.history().filter((one) => one.id === id);
  expect(statement?.submission.queryTags).toEqual({ team: 'dr', dr_group: 'a:b,c', dr_hop: 'send' });
});

test('a cancelled statement never finishes', async () => {
  const failure = await withSession(async (session) => {
    const operation = await session.executeStatement('SELECT wait', { maxRows: null });
    await operation.cancel();
    return operation.fetchAll().catch((error: unknown) => error);
  });
  expect(failure).toMatchObject({ errorCode: 'CANCELED' });
  expect(region.engine.finished).not.toContain('SELECT wait');
});

test('an unknown token is refused, and so is a principal that may not use the warehouse', async () => {
  for (const [token, status] of [
    ['nobody', 401],
    [readerToken, 403],
  ] as const) {
    const client = await connect(token);
    await expect(client.openSession()).rejects.toMatchObject({ statusCode: status });
    await client.close();
  }
});

test('no token is in the request log', () => {
  const text = JSON.stringify(region.log.entries());
  expect(text).toContain('SELECT every type');
  expect(text).not.toContain(adminToken);
  expect(text).not.toContain(readerToken);
});
