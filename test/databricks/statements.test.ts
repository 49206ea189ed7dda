import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/databricks/api.js';
import { createWorkspace } from '../../src/databricks/workspace.js';
import { failureOf } from './support/failures.js';
import type { FakeHost } from './support/host.js';
import { connectionTo, startFakeHost } from './support/host.js';

let fake: FakeHost;
let workspace: Workspace;

beforeEach(async () => {
  fake = await startFakeHost(() => ({ status: 404 }));
  workspace = createWorkspace(connectionTo(fake));
});

afterEach(async () => {
  await workspace.close();
  await fake.close();
});

const path = '/api/2.0/sql/statements';

describe('restartable: a statement outlives who submitted it', () => {
  it('submits without waiting, tagged, with the token of its hop', async () => {
    fake.answer = () => ({ body: { statement_id: 's-1', status: { state: 'PENDING' } } });
    const id = await workspace.statements('send').submit({
      sql: 'SELECT :n',
      tags: { dr_group: 'g', dr_hop: 'send' },
      parameters: {
        n: { type: 'BIGINT', value: 5 },
        t: { type: 'TIMESTAMP', value: 0 },
        z: { type: 'STRING', value: null },
      },
    });
    expect(id).toBe('s-1');
    const [asked] = fake.asked;
    expect(asked?.headers.authorization).toBe('Bearer token-of-sender');
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      warehouse_id: 'wh1',
      statement: 'SELECT :n',
      wait_timeout: '0s',
      on_wait_timeout: 'CONTINUE',
      format: 'JSON_ARRAY',
      disposition: 'INLINE',
      parameters: [
        { name: 'n', type: 'BIGINT', value: '5' },
        { name: 't', type: 'TIMESTAMP', value: '1970-01-01T00:00:00.000Z' },
        { name: 'z', type: 'STRING' },
      ],
      query_tags: [
        { key: 'dr_group', value: 'g' },
        { key: 'dr_hop', value: 'send' },
      ],
    });
  });

  it('gives the result by column name', async () => {
    fake.answer = () => ({
      body: {
        statement_id: 's-1',
        status: { state: 'SUCCEEDED' },
        manifest: { schema: { columns: [{ name: 'num_copied_files' }, { name: 'x' }] } },
        result: { data_array: [['3', null]] },
      },
    });
    expect(await workspace.statements('send').get('s-1')).toEqual({
      state: 'succeeded',
      rows: [{ num_copied_files: '3', x: null }],
    });
  });

  it('casts a failed statement by the same table as every other', async () => {
    fake.answer = () => ({
      body: {
        statement_id: 's-1',
        status: {
          state: 'FAILED',
          sql_state: '2D521',
          error: { error_code: 'BAD_REQUEST', message: '[DELTA_CONCURRENT_APPEND] x' },
        },
      },
    });
    const state = await workspace.statements('send').get('s-1');
    expect(state.state === 'failed' && state.error.code).toBe('COMMIT_CONFLICT');
  });

  it.each(['PENDING', 'RUNNING', 'CANCELED', 'CLOSED'])('knows the state %s', async (state) => {
    fake.answer = () => ({ body: { statement_id: 's-1', status: { state } } });
    expect((await workspace.statements('send').get('s-1')).state).toBe(state.toLowerCase());
  });

  it('tells a statement that the API has forgotten from a failed call', async () => {
    fake.answer = () => ({ status: 404, body: { error_code: 'NOT_FOUND', message: 'no such statement' } });
    expect(await workspace.statements('send').get('s-1')).toEqual({ state: 'unknown' });
    await expect(workspace.statements('send').cancel('s-1')).resolves.toBeUndefined();
    fake.answer = () => ({ status: 503 });
    expect((await failureOf(workspace.statements('send').get('s-1'))).code).toBe('WAREHOUSE_UNAVAILABLE');
  });

  it('cancels by id', async () => {
    fake.answer = () => ({ body: {} });
    await workspace.statements('receive').cancel('s-1');
    expect(fake.asked[0]).toMatchObject({ method: 'POST', path: `${path}/s-1/cancel` });
  });
});

describe('never-backwards: statements that nobody waits for are found', () => {
  const query = (id: string, status: string, start: number, tags: Readonly<Record<string, string>>) => ({
    query_id: id,
    status,
    query_start_time_ms: start,
    query_tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  });

  it('finds by all tags, newest first, over all pages', async () => {
    fake.answer = ({ query: asked }) =>
      asked.get('page_token') === 'p2'
        ? { body: { res: [query('c', 'FAILED', 30, { a: '1', b: '2' })], has_next_page: false } }
        : {
            body: {
              res: [
                query('a', 'FINISHED', 10, { a: '1', b: '2', c: '3' }),
                query('b', 'RUNNING', 20, { a: '1', b: '9' }),
              ],
              next_page_token: 'p2',
              has_next_page: true,
            },
          };
    const found = await workspace.statements('send').findByTags({ a: '1', b: '2' }, { sinceMs: 5 });
    expect(found.map((one) => [one.statementId, one.live])).toEqual([
      ['c', false],
      ['a', false],
    ]);
    expect(fake.asked[0]?.query.get('filter_by.warehouse_ids')).toBe('wh1');
    expect(fake.asked[0]?.query.get('filter_by.query_start_time_range.start_time_ms')).toBe('5');
  });

  it('economical: asks for the live ones alone, where only they matter', async () => {
    fake.answer = () => ({ body: { res: [query('a', 'RUNNING', 10, { a: '1' })] } });
    const found = await workspace.statements('send').findByTags({ a: '1' }, { sinceMs: 5, liveOnly: true });
    expect(found.map((one) => one.statementId)).toEqual(['a']);
    expect(fake.asked).toHaveLength(1);
    const statuses = fake.asked[0]?.query.getAll('filter_by.statuses') ?? [];
    expect(statuses).toContain('RUNNING');
    expect(statuses).toContain('QUEUED');
    expect(statuses).not.toContain('FINISHED');
  });

  it('lists live statements by one request for all their statuses, so that none moves on between two', async () => {
    fake.answer = () => ({
      body: { res: [query('a', 'COMPILING', 10, { g: '1' }), query('x', 'RUNNING', 10, { g: '2' })] },
    });
    const live = await workspace.statements('receive').listLive({ g: '1' });
    expect(live.map((one) => one.statementId)).toEqual(['a']);
    expect(fake.asked.map(({ query: params }) => params.getAll('filter_by.statuses'))).toEqual([
      ['QUEUED', 'STARTED', 'COMPILING', 'COMPILED', 'RUNNING'],
    ]);
    expect(fake.asked[0]?.headers.authorization).toBe('Bearer token-of-receiver');
  });

  it('leads from a statement to the job run that issued it', async () => {
    fake.answer = () => ({
      body: '{"res": [{"query_id": "q1", "status": "FINISHED", "query_source": {"job_info": {"job_id": "8", "job_run_id": 1018446744073709551, "job_task_run_id": "12"}}}]}',
    });
    const found = await workspace.statements('send').lookUp(['q1', 'q2']);
    expect(found.get('q1')?.job).toEqual({ jobId: '8', jobRunId: '1018446744073709551', taskRunId: '12' });
    expect(found.has('q2')).toBe(false);
    expect(fake.asked[0]?.query.getAll('filter_by.statement_ids')).toEqual(['q1', 'q2']);
  });
});

describe('the warehouse', () => {
  const unnamed = () => createWorkspace(connectionTo(fake, { warehouseHttpPath: null }));

  it.each([
    [[{ id: 'only', name: 'x' }], 'only'],
    [
      [
        { id: 'a', name: 'x' },
        { id: 'b', name: 'dr-sync' },
      ],
      'b',
    ],
  ])('of %j is %s', async (warehouses, id) => {
    fake.answer = () => ({ body: { warehouses } });
    const other = unnamed();
    expect(await other.warehouse.id()).toBe(id);
    expect(await other.warehouse.id()).toBe(id);
    expect(fake.asked).toHaveLength(1);
    await other.close();
  });

  it.each([
    [[]],
    [
      [
        { id: 'a', name: 'x' },
        { id: 'b', name: 'y' },
      ],
    ],
  ])('of %j has to be named in the config', async (warehouses) => {
    fake.answer = () => ({ body: { warehouses } });
    const other = unnamed();
    const failure = await failureOf(other.warehouse.id());
    expect(failure.code).toBe('WAREHOUSE_UNAVAILABLE');
    expect(failure.remedy).toContain('warehouse_http_path');
    await other.close();
  });

  it('is looked up again when it was made anew under its name', async () => {
    let id = 'old';
    fake.answer = ({ path: asked }) => {
      if (asked.endsWith('/warehouses')) return { body: { warehouses: [{ id, name: 'dr-sync' }] } };
      return asked.endsWith(id)
        ? { body: { id, state: 'RUNNING' } }
        : { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } };
    };
    const other = unnamed();
    expect(await other.warehouse.state()).toBe('running');
    id = 'new';
    expect((await failureOf(other.warehouse.state())).code).toBe('WAREHOUSE_UNAVAILABLE');
    expect(await other.warehouse.state()).toBe('running');
    await other.close();
  });

  it('is started when it is stopped, and only then', async () => {
    let state = 'STOPPED';
    fake.answer = ({ method }) => {
      if (method === 'POST') state = 'STARTING';
      return { body: method === 'POST' ? {} : { id: 'wh1', state } };
    };
    expect(await workspace.warehouse.ensureRunning()).toBe('starting');
    state = 'RUNNING';
    fake.asked.length = 0;
    expect(await workspace.warehouse.ensureRunning()).toBe('running');
    expect(fake.asked.filter((one) => one.method === 'POST')).toHaveLength(0);
    state = 'DELETED';
    expect((await failureOf(workspace.warehouse.ensureRunning())).code).toBe('WAREHOUSE_UNAVAILABLE');
  });
});

describe('the catalog', () => {
  it('tells what a clone would lose or be refused for', async () => {
    fake.answer = () => ({
      body: {
        full_name: 'a.b.c',
        table_type: 'MANAGED',
        data_source_format: 'DELTA',
        row_filter: { function_name: 'f' },
        columns: [{ name: 'x', mask: { function_name: 'm' } }, { name: 'y' }],
      },
    });
    expect(await workspace.catalog.getTable('a.b.c')).toMatchObject({
      hasRowFilter: true,
      maskedColumns: ['x'],
      storageLocation: null,
    });
  });

  it('keeps a name in its place in the path', async () => {
    fake.answer = () => ({ status: 404, body: { error_code: 'TABLE_DOES_NOT_EXIST' } });
    const failure = await failureOf(workspace.catalog.getTable('a.b.c/../../x?y'));
    expect(failure.code).toBe('TABLE_NOT_FOUND');
    expect(fake.asked[0]?.path).toBe('/api/2.1/unity-catalog/tables/a.b.c%2F..%2F..%2Fx%3Fy');
  });

  it('lists external locations over all pages', async () => {
    fake.answer = ({ query }) =>
      query.get('page_token') === null
        ? { body: { external_locations: [{ name: 'l1', url: 'abfss://a@b/x/' }], next_page_token: 'p2' } }
        : { body: { external_locations: [{ name: 'l2', url: 's3://b', read_only: true }] } };
    expect(await workspace.catalog.listExternalLocations()).toEqual([
      { name: 'l1', url: 'abfss://a@b/x', readOnly: false },
      { name: 'l2', url: 's3://b', readOnly: true },
    ]);
  });
});
