import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Storage } from '../../../src/local/delta/storage.js';
import type { Fault } from '../../../src/local/server/faults.js';
import { FaultBoard } from '../../../src/local/server/faults.js';
import { statementContext } from '../../../src/local/server/statement-context.js';
import { newStorageCounters, wrapStorage } from '../../../src/local/server/storage-faults.js';
import { restClient } from './rest-client.js';
import type { TinyRegion } from './tiny-region.js';
import { startTinyRegion, TinyEngine, warehouseId } from './tiny-region.js';

const statements = '/api/2.0/sql/statements';
const submit = (statement: string, wait = '0s') => ({
  body: { warehouse_id: warehouseId, statement, wait_timeout: wait },
});

describe('faults of a region', () => {
  let region: TinyRegion;
  let rest: ReturnType<typeof restClient>;

  beforeEach(async () => {
    const engine = new TinyEngine((path) => statementContext.getStore()?.beforeWrite(path) ?? Promise.resolve());
    region = await startTinyRegion({ engine });
    rest = restClient(region);
  });
  afterEach(async () => {
    await rest.close();
    await region.server.close();
  });

  const set = (part: 'control' | 'warehouse', fault: Fault) => region.faults.set('primary', part, fault);
  const me = () => rest.call('GET', '/api/2.0/preview/scim/v2/Me');
  const stateOf = async (id: string): Promise<string> =>
    (await rest.call('GET', `${statements}/${id}`)).body.status.state;

  test('an outage of one part leaves the other alone, and both make the region dark until lifted', async () => {
    set('control', { kind: 'outage' });
    await expect(me()).rejects.toThrow();
    expect((await rest.call('GET', '/api/2.0/sql/warehouses')).status).toBe(200);
    set('warehouse', { kind: 'outage' });
    await expect(rest.call('GET', '/api/2.0/sql/warehouses')).rejects.toThrow();
    region.faults.setAll('primary', { kind: 'none' });
    expect((await me()).status).toBe(200);
  });

  test.each([
    ['of one part', ['control']],
    ['of the whole region, at its door', ['control', 'warehouse']],
  ] as const)('an outage %s that is to hit three times heals by itself', async (_what, parts) => {
    for (const part of parts) set(part, { kind: 'outage', times: 3 });
    for (let hit = 0; hit < 3; hit += 1) await expect(me()).rejects.toThrow();
    expect((await me()).status).toBe(200);
    for (const part of parts) expect(region.faults.get('primary', part)).toEqual({ kind: 'none' });
  });

  test('an outage cuts the requests that are under way', async () => {
    const waiting = rest.call('POST', statements, submit('SELECT wait', '50s'));
    const refused = expect(waiting).rejects.toThrow();
    await vi.waitFor(() => expect(region.engine.requests).toHaveLength(1));
    set('warehouse', { kind: 'outage' });
    await refused;
  });

  test('a hanging part never answers, and lifting the fault ends the wait', async () => {
    set('control', { kind: 'hang' });
    let settled = false;
    const hanging = me().finally(() => {
      settled = true;
    });
    const refused = expect(hanging).rejects.toThrow();
    expect((await rest.call('GET', '/api/2.0/sql/warehouses')).status).toBe(200);
    expect(settled).toBe(false);
    set('control', { kind: 'none' });
    await refused;
  });

  test('http faults are drawn from the seed: the same ones every time', async () => {
    const draw = async () => {
      region.faults.set('primary', 'control', { kind: 'http', status: 429, rate: 0.5 }, 7);
      const statuses: number[] = [];
      for (let i = 0; i < 12; i += 1) statuses.push((await me()).status);
      return statuses;
    };
    const first = await draw();
    expect(new Set(first)).toEqual(new Set([200, 429]));
    expect(await draw()).toEqual(first);
    set('control', { kind: 'http', status: 503, rate: 1 });
    expect(await me()).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });

  test('drop-response does the work and loses the answer', async () => {
    set('warehouse', { kind: 'drop-response', only: statements, times: 1 });
    await expect(rest.call('POST', statements, submit('DDL', '5s'))).rejects.toThrow();
    expect(region.engine.finished).toEqual(['DDL']);
    const history = await rest.call('GET', '/api/2.0/sql/history/queries');
    expect(history.body.res).toMatchObject([{ query_text: 'DDL', status: 'FINISHED' }]);
  });

  test('a statement that dies half-way has written files and no commit', async () => {
    set('warehouse', { kind: 'die-half-way', times: 1 });
    const read = await rest.call('POST', statements, submit('SELECT rows 1', '5s'));
    expect(read.body.status.state).toBe('SUCCEEDED');
    const died = await rest.call('POST', statements, submit('WRITE', '5s'));
    expect(died).toMatchObject({
      status: 200,
      body: { status: { state: 'FAILED', error: { error_code: 'INTERNAL_ERROR' } } },
    });
    expect(region.engine.finished).toEqual(['SELECT rows 1']);
    const again = await rest.call('POST', statements, submit('WRITE', '5s'));
    expect(again.body.status.state).toBe('SUCCEEDED');
  });

  test('an orphan is reported canceled and commits all the same, later', async () => {
    set('warehouse', { kind: 'orphan', delayMs: 60_000 });
    const { body } = await rest.call('POST', statements, submit('WRITE'));
    await vi.waitFor(() => expect(region.engine.requests).toHaveLength(1));
    await rest.call('POST', `${statements}/${body.statement_id}/cancel`);
    expect(await stateOf(body.statement_id)).toBe('CANCELED');
    expect(region.engine.finished).toEqual([]);
    region.clock.advance(60_000);
    await vi.waitFor(() => expect(region.engine.finished).toEqual(['WRITE']));
    expect(await stateOf(body.statement_id)).toBe('CANCELED');
  });

  test('latency on the warehouse prolongs statements, not the answers about them', async () => {
    set('warehouse', { kind: 'latency', ms: 600_000 });
    const { body } = await rest.call('POST', statements, submit('DDL'));
    expect(await stateOf(body.statement_id)).toBe('RUNNING');
    expect(region.engine.requests).toEqual([]);
    region.clock.advance(600_000);
    await vi.waitFor(async () => expect(await stateOf(body.statement_id)).toBe('SUCCEEDED'));
  });

  test('a statement that is cancelled while it is slow never touches the engine', async () => {
    set('warehouse', { kind: 'latency', ms: 600_000 });
    const { body } = await rest.call('POST', statements, submit('WRITE'));
    await rest.call('POST', `${statements}/${body.statement_id}/cancel`);
    await vi.waitFor(async () => expect(await stateOf(body.statement_id)).toBe('CANCELED'));
    expect(region.engine.requests).toEqual([]);
  });

  test('a fault that only statements can have is refused elsewhere', () => {
    expect(() => set('control', { kind: 'orphan' })).toThrow(/warehouse/);
  });
});

describe('faults of a storage', () => {
  const written: string[] = [];
  const disk: Storage = {
    list: async () => [],
    stat: async () => null,
    read: async () => Buffer.from('abc'),
    putIfAbsent: async (path) => written.push(path) > 0,
    write: async (path) => void written.push(path),
    copy: async () => 5,
    delete: async () => undefined,
  };

  test('counts, refuses, and loses answers after the work', async () => {
    const board = new FaultBoard();
    const counters = newStorageCounters();
    const storage = wrapStorage(disk, board, 'secondary', counters);
    await storage.read('/a');
    await storage.copy('/a', '/b', 0);
    expect(counters).toMatchObject({ reads: 1, readBytes: 3, copies: 1, copiedBytes: 5 });
    board.set('secondary', 'storage', { kind: 'outage' });
    await expect(storage.write('/c', Buffer.from('x'))).rejects.toThrow(/secondary region is unreachable: \/c/);
    expect(written).toEqual([]);
    board.set('secondary', 'storage', { kind: 'drop-response' });
    await expect(storage.write('/c', Buffer.from('x'))).rejects.toThrow(/cut the connection/);
    expect(written).toEqual(['/c']);
    board.set('primary', 'storage', { kind: 'outage' });
    board.set('secondary', 'storage', { kind: 'none' });
    await storage.write('/d', Buffer.from('x'));
    expect(written).toEqual(['/c', '/d']);
  });
});
