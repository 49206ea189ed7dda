import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startControlServer } from '../../../src/local/server/control-server.js';
import { restClient } from './rest-client.js';
import { firstRunId, forEachRunId, iterationCount, jobId, tinyJobs } from './tiny-jobs.js';
import type { TinyRegion } from './tiny-region.js';
import { readerToken, startTinyRegion, warehouseId } from './tiny-region.js';

const statements = '/api/2.0/sql/statements';
const warehouse = `/api/2.0/sql/warehouses/${warehouseId}`;
const minuteMs = 60_000;

let region: TinyRegion;
let rest: ReturnType<typeof restClient>;

beforeEach(async () => {
  region = await startTinyRegion({ jobs: tinyJobs, startLatencyMs: 30_000, historyLagMs: 1000 });
  rest = restClient(region);
});
afterEach(async () => {
  await rest.close();
  await region.server.close();
});

const submit = (statement: string, more: object = {}) =>
  rest.call('POST', statements, { body: { warehouse_id: warehouseId, statement, wait_timeout: '0s', ...more } });
const stateOf = async (id: string) => (await rest.call('GET', `${statements}/${id}`)).body.status?.state;
const warehouseState = async () => (await rest.call('GET', warehouse)).body.state;
const running = async () => {
  await rest.call('POST', `${warehouse}/start`);
  region.clock.advance(30_000);
};

test('a statement wakes a stopped warehouse and waits for it', async () => {
  expect(await warehouseState()).toBe('STOPPED');
  const { body } = await submit('DDL');
  expect(body.status.state).toBe('PENDING');
  expect(await warehouseState()).toBe('STARTING');
  region.clock.advance(30_000);
  await vi.waitFor(async () => expect(await stateOf(body.statement_id)).toBe('SUCCEEDED'));
  expect(await warehouseState()).toBe('RUNNING');
  await rest.call('POST', `${warehouse}/stop`);
  expect(await warehouseState()).toBe('STOPPED');
});

test('looking at jobs, catalog and history wakes no warehouse', async () => {
  await rest.call('GET', '/api/2.2/jobs/list');
  await rest.call('GET', '/api/2.1/unity-catalog/tables/main.sales.orders');
  await rest.call('GET', '/api/2.0/sql/history/queries');
  expect(region.warehouses.get(warehouseId)?.starts).toBe(0);
});

test('a result comes as text with a manifest, exact beyond 2^53', async () => {
  await running();
  const { body } = await submit('SELECT every type', { wait_timeout: '10s' });
  expect(body.manifest.schema.columns[3]).toEqual({ name: 'big', type_text: 'BIGINT', type_name: 'LONG', position: 3 });
  expect(body.result.data_array[0]).toEqual([
    'true',
    '7',
    '42',
    '9007199254740993',
    '0.5',
    '12.30',
    'Straße',
    '2026-01-31',
    '2026-01-31T12:00:00.123456Z',
    '{"a":"b"}',
    '{"jobId":"1","runId":12}',
    '[1,2,3]',
  ]);
});

test('a large result comes in chunks that add up', async () => {
  await running();
  const { body } = await submit('SELECT rows 25000', { wait_timeout: '10s' });
  expect(body.manifest).toMatchObject({ total_chunk_count: 3, total_row_count: 25_000 });
  let link: string | undefined = body.result.next_chunk_internal_link;
  const rows: string[][] = [...body.result.data_array];
  while (link) {
    const next = await rest.call('GET', link);
    rows.push(...next.body.data_array);
    link = next.body.next_chunk_internal_link;
  }
  expect(rows.map(([n]) => Number(n))).toEqual(Array.from({ length: 25_000 }, (_, i) => i));
});

test('results live an hour, statements twelve after their end', async () => {
  await running();
  const { body } = await submit('SELECT rows 1', { wait_timeout: '10s' });
  region.clock.advance(61 * minuteMs);
  expect(await stateOf(body.statement_id)).toBe('CLOSED');
  region.clock.advance(11 * 60 * minuteMs);
  const gone = await rest.call('GET', `${statements}/${body.statement_id}`);
  expect(gone).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
});

test('a statement that nobody asks for during 15 minutes is closed and does not go on', async () => {
  await running();
  const { body } = await submit('SELECT wait');
  region.clock.advance(14 * minuteMs);
  expect(await stateOf(body.statement_id)).toBe('RUNNING');
  region.clock.advance(16 * minuteMs);
  expect(await stateOf(body.statement_id)).toBe('CLOSED');
  expect(region.engine.requests[0]?.signal.aborted).toBe(true);
});

test('on_wait_timeout CANCEL ends the statement, wait_timeout has its limits', async () => {
  await running();
  const pending = submit('SELECT wait', { wait_timeout: '5s', on_wait_timeout: 'CANCEL' });
  await vi.waitFor(() => expect(region.engine.requests).toHaveLength(1));
  region.clock.advance(5_000);
  expect((await pending).body.status.state).toBe('CANCELED');
  expect(await submit('DDL', { wait_timeout: '3s' })).toMatchObject({
    status: 400,
    body: { error_code: 'INVALID_PARAMETER_VALUE' },
  });
});

test('the history shows a lost submit by its tags, after its lag, and finds it by filters', async () => {
  await running();
  const tags = [{ key: 'dr_group', value: 'sales' }];
  const { body } = await submit('SELECT wait', { query_tags: tags });
  const find = async (filter: string) =>
    (await rest.call('GET', `/api/2.0/sql/history/queries?filter_by.warehouse_ids=${warehouseId}${filter}`)).body.res;
  expect(await find('')).toEqual([]);
  region.clock.advance(1000);
  const shown = { query_id: body.statement_id, status: 'RUNNING', is_final: false, query_tags: tags };
  await vi.waitFor(async () => expect(await find('&filter_by.statuses=RUNNING')).toMatchObject([shown]));
  expect(await find('&filter_by.statuses=FINISHED&filter_by.statuses=FAILED')).toEqual([]);
  expect(await find(`&filter_by.query_start_time_range.start_time_ms=${region.clock.now() + 1}`)).toEqual([]);
  expect(await find(`&filter_by.statement_ids=${body.statement_id}`)).toMatchObject([shown]);
});

test('runs come in pages of at most 25, newest first, none twice and none missing', async () => {
  const list = (more: string) => rest.call('GET', `/api/2.2/jobs/runs/list?job_id=${jobId}${more}`);
  const ids: string[] = [];
  let token: string | undefined = '';
  while (token !== undefined) {
    const answer = await list(`&limit=25${token && `&page_token=${token}`}`);
    ids.push(...(answer.text.match(/"run_id":(\d+)/g) ?? []).map((match) => match.slice(9)));
    expect(answer.body.has_more).toBe(answer.body.next_page_token !== undefined);
    token = answer.body.next_page_token;
  }
  expect(ids).toEqual(Array.from({ length: 60 }, (_, i) => String(firstRunId + BigInt(59 - i))));
  expect((await list('&limit=26')).body.error_code).toBe('INVALID_PARAMETER_VALUE');
  expect((await list('&active_only=true')).body.runs).toHaveLength(1);
  expect((await list('&completed_only=true&start_time_from=50000')).body.runs).toHaveLength(9);
  expect((await list('&active_only=true&completed_only=true')).status).toBe(400);
});

test('a job is found by its name in any case, and hidden from who may not view it', async () => {
  const names = async (token?: string) =>
    (await rest.call('GET', '/api/2.2/jobs/list', token ? { token } : {})).body.jobs.map(
      (job: { settings: { name: string } }) => job.settings.name,
    );
  expect((await rest.call('GET', '/api/2.1/jobs/list?name=ETL')).text).toContain(`"job_id":${jobId}`);
  expect(await names()).toEqual(['etl', 'hidden']);
  expect(await names(readerToken)).toEqual(['etl']);
  const refused = await rest.call('POST', '/api/2.2/jobs/run-now', { body: { job_id: jobId }, token: readerToken });
  expect(refused).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } });
  expect(refused.body.message).toContain('reader@example.com does not have CAN_MANAGE_RUN');
});

test('a repaired run tells its history only when asked', async () => {
  const run = async (more: string) =>
    (await rest.call('GET', `/api/2.2/jobs/runs/get?run_id=${firstRunId}${more}`)).body;
  expect((await run('')).repair_history).toBeUndefined();
  expect((await run('&include_history=true')).repair_history.map((one: { type: string }) => one.type)).toEqual([
    'ORIGINAL',
    'REPAIR',
  ]);
  expect(await rest.call('GET', '/api/2.2/jobs/runs/get?run_id=1')).toMatchObject({
    status: 404,
    body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
  });
});

test('a for_each task has a run of its own, which pages through its iterations', async () => {
  const page = async (more: string) =>
    (await rest.call('GET', `/api/2.2/jobs/runs/get?run_id=${forEachRunId}${more}`)).body;
  const first = await page('');
  expect(first.tasks.map((task: { task_key: string }) => task.task_key)).toEqual(['each']);
  expect(first.tasks[0].for_each_task.stats.task_run_stats).toMatchObject({
    total_iterations: iterationCount,
    succeeded_iterations: iterationCount - 1,
    failed_iterations: 1,
    active_iterations: 0,
  });
  expect(first.iterations).toHaveLength(100);
  const second = await page(`&page_token=${first.next_page_token}`);
  expect(second.iterations).toHaveLength(iterationCount - 100);
  expect(second.next_page_token).toBeUndefined();
});

test('the run that a task started is told by its output', async () => {
  const output = (runId: string) => rest.call('GET', `/api/2.2/jobs/runs/get-output?run_id=${runId}`);
  expect((await output(`${firstRunId}1`)).body).toMatchObject({ run_job_output: { run_id: 777 } });
  expect((await output('5')).body.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
});

test('secrets go to who may read their scope', async () => {
  const get = (key: string, token?: string) =>
    rest.call('GET', `/api/2.0/secrets/get?scope=dr&key=${key}`, token ? { token } : {});
  expect((await get('pat', readerToken)).body.value).toBe(Buffer.from('the-secret').toString('base64'));
  expect((await get('nope')).body.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
  await rest.call('POST', '/api/2.0/secrets/scopes/create', { body: { scope: 'other' } });
  const denied = await rest.call('GET', '/api/2.0/secrets/list?scope=other', { token: readerToken });
  expect(denied).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } });
  const put = { scope: 'dr', key: 'pat', string_value: 'new' };
  const write = await rest.call('POST', '/api/2.0/secrets/put', { body: put, token: readerToken });
  expect(write.status).toBe(403);
});

test('a table is described to who may select from it', async () => {
  const path = '/api/2.1/unity-catalog/tables/MAIN.sales.orders';
  expect((await rest.call('GET', path)).body).toMatchObject({
    full_name: 'main.sales.orders',
    data_source_format: 'DELTA',
    columns: [{ name: 'id', type_name: 'LONG' }],
  });
  const denied = await rest.call('GET', path, { token: readerToken });
  expect(denied.body.message).toContain('SELECT');
});

test('an OAuth token dies after an hour, an unknown one is never taken', async () => {
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'all-apis' });
  const token = await rest.form('/oidc/v1/token', body, 'reader-client:reader-secret');
  expect(token.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
  const me = (accessToken: string) => rest.call('GET', '/api/2.0/preview/scim/v2/Me', { token: accessToken });
  expect((await me(token.body.access_token)).body.userName).toBe('reader@example.com');
  region.clock.advance(61 * minuteMs);
  expect(await me(token.body.access_token)).toMatchObject({ status: 401, body: { error_code: 'UNAUTHENTICATED' } });
  expect((await rest.form('/oidc/v1/token', body, 'reader-client:wrong')).status).toBe(401);
  expect(JSON.stringify(region.log.entries())).not.toContain(token.body.access_token);
});

test('the log says who asked what, and with which tags', async () => {
  await running();
  const { body } = await submit('DDL', { query_tags: [{ key: 'dr_hop', value: 'send' }], wait_timeout: '5s' });
  expect(region.log.entries('primary').at(-1)).toMatchObject({
    region: 'primary',
    method: 'POST',
    path: statements,
    principal: 'admin@example.com',
    status: 200,
    statementId: body.statement_id,
    sql: 'DDL',
    queryTags: { dr_hop: 'send' },
  });
});

test('the control interface answers during an outage, to who has the key', async () => {
  region.faults.setAll('primary', { kind: 'outage' });
  const control = await startControlServer([{ method: 'POST', path: '/echo', handle: (body) => ({ got: body }) }]);
  const ask = (key: string) =>
    fetch(`${control.url}/echo`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: '{"a":1}' });
  expect(await (await ask(control.key)).json()).toEqual({ got: { a: 1 } });
  expect((await ask('wrong')).status).toBe(401);
  await control.close();
});
