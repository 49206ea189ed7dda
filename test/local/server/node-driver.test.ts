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

async function connect(token = adminToken, options: Partial<Parameters<DBSQLClient['connect']>[0]> = {}) {
  const client = new DBSQLClient();
  client.on('error', () => undefined);
  await client.connect({
    host: 'localhost',
    port: region.server.port,
    path: `/sql/1.0/warehouses/${warehouseId}`,
    token,
    customCaCert: region.tls.caPem,
    telemetryEnabled: false,
    ...options,
  } as Parameters<DBSQLClient['connect']>[0]);
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

/** The same query by a driver that reads Arrow (the default, as from a real warehouse), or columns. */
async function everyType(arrowEnabled: boolean) {
  const client = await connect(adminToken, { preserveBigNumericPrecision: true });
  // The driver knows this switch, but offers it to nobody outside.
  Object.assign(client.getConfig(), { arrowEnabled });
  const session = await client.openSession();
  const rows = await (await session.executeStatement('SELECT every type')).fetchAll();
  await client.close();
  return rows as Record<string, unknown>[];
}

const common = { flag: true, small: 7, number: 42, ratio: 0.5, text: 'Straße', tags: { a: 'b' }, list: [1, 2, 3] };

test('every type, and nulls, arrive by Arrow as from a real warehouse', async () => {
  const [values, nulls] = await everyType(true);
  expect(values).toMatchObject({
    ...common,
    big: 9_007_199_254_740_993n,
    price: '12.30',
    job: { jobId: '1', runId: 12n },
  });
  expect(values?.at).toEqual(new Date('2026-01-31T12:00:00.123Z'));
  expect(values?.day).toEqual(new Date('2026-01-31'));
  expect(Object.values(nulls ?? {}).every((value) => value === null)).toBe(true);
});

test('every type, and nulls, arrive by columns', async () => {
  const [values, nulls] = await everyType(false);
  expect(values).toMatchObject({ ...common, price: 12.3, at: '2026-01-31 12:00:00.123456', day: '2026-01-31' });
  expect(Object.values(nulls ?? {}).every((value) => value === null)).toBe(true);
});

test('a result of many pages arrives whole and in order', async () => {
  const rows = await withSession(async (session) => {
    const operation = await session.executeStatement('SELECT rows 2500', { maxRows: 1000 });
    return operation.fetchAll({ maxRows: 1000 });
  });
  expect(rows.map((row) => Number((row as { n: unknown }).n))).toEqual(Array.from({ length: 2500 }, (_, i) => i));
});

test('a result that the first answer holds whole is closed with it; a longer one stays open for its driver', async () => {
  const before = region.log.entries().length;
  await withSession(async (session) => {
    const whole = await session.executeStatement('SELECT rows 10', { maxRows: 10 });
    expect(await whole.fetchAll()).toHaveLength(10);
    await whole.close();
    const longer = await session.executeStatement('SELECT rows 11', { maxRows: 10 });
    expect(await longer.fetchAll()).toHaveLength(11);
    await longer.close();
  });
  const calls = region.log.entries().slice(before);
  expect(calls.map(({ path }) => path.split('#')[1])).toEqual([
    'OpenSession',
    'ExecuteStatement',
    'ExecuteStatement',
    'FetchResults',
    'CloseOperation',
    'CloseSession',
  ]);
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
