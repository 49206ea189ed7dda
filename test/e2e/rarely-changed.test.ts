/**
 * Recovery points of tables that rarely change: a month lies between two syncs, and the version that the oldest kept point
 * names is older than what the last send had provided for. It stays readable, and nothing is copied for that.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import { parseIntervalMs } from '../../src/domain/cut/index.js';
import { initialState } from '../../src/domain/group/state.js';
import type { ManifestEntry } from '../../src/domain/point.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { entityId, workflowQueue, workflowTypes } from '../../src/workflows/messages.js';
import { statementsSince } from '../support/requests.js';
import { execute, ledgerEvents } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld, workspace } from '../support/world.js';

const group = 'scheduled_sync';
const tables = 3;
const dayMs = 24 * 3600_000;
const extends_ = /^ALTER TABLE .*SET TBLPROPERTIES/;
const vacuum = /^VACUUM/;
const sends = /^CREATE OR REPLACE TABLE delta\..*DEEP CLONE/;

let world: World;
/** Sync ids of the published points, oldest first. */
const points: string[] = [];

const load = async (): Promise<void> => {
  await world.stack.runJob({ job: 'standalone_load' }).ended;
};

async function sync(result: 'published' | 'unchanged' | 'rolled_back'): Promise<GroupStatus> {
  const before = (await world.status(group)).lastSync?.syncId;
  await world.entity(group).signal('syncNow');
  const status = await world.untilStatus(
    ...[group, `a sync that is ${result}`],
    ({ lastSync, phase }) => phase === 'idle' && lastSync?.syncId !== before && lastSync?.result === result,
    180_000,
  );
  if (result !== 'rolled_back') points.push(status.recoveryPoint?.syncId ?? '');
  return status;
}

/** A day passes for the group: its workflow comes back with a memory of the last VACUUM that is older than that. */
async function dayPasses(): Promise<void> {
  const ref = { workspace, group };
  await world.entity(group).terminate('to make a day pass');
  const state = { ...initialState(ref, 'c0ffee'), lastVacuumAt: Date.now() - 2 * dayMs };
  await world.client.workflow.start(workflowTypes.protectGroup, {
    workflowId: entityId(ref),
    taskQueue: workflowQueue,
    args: [{ ...ref, state }],
  });
  await world.untilStatus(group, 'the rebuilt state', ({ recoveryPoint }) => recoveryPoint !== null, 120_000);
}

async function manifestOf(syncId: string | undefined): Promise<readonly ManifestEntry[]> {
  const events = await ledgerEvents(world.stack, 'secondary');
  const row = events.find(({ event, syncId: of }) => event === 'published' && of === syncId);
  return (JSON.parse(row?.detail ?? '{}') as { manifest: ManifestEntry[] }).manifest;
}

/** Asks the region's engine for the rows of a point in staging, and not our own rule. */
async function readInStaging(syncId: string | undefined): Promise<string[]> {
  const reads = (await manifestOf(syncId)).map(({ stagingLocation, stagingVersion }) =>
    execute(
      world.stack,
      'secondary',
      `SELECT count(*) FROM delta.\`${stagingLocation}\` VERSION AS OF ${stagingVersion}`,
    ),
  );
  return (await Promise.allSettled(reads)).map(({ status }) => status);
}

const all = (status: string): string[] => Array.from({ length: tables }, () => status);

/** As a send has set it some time ago: the clocks of workers are not moved with those of the pair. */
async function setRetention(daysKept: number): Promise<void> {
  for (const { stagingLocation } of await manifestOf(points.at(-1))) {
    await execute(
      world.stack,
      'secondary',
      `ALTER TABLE delta.\`${stagingLocation}\` SET TBLPROPERTIES (
         'delta.deletedFileRetentionDuration' = 'interval ${daysKept} days',
         'delta.logRetentionDuration' = 'interval ${daysKept} days')`,
    );
  }
}

async function retentionDays(): Promise<number[]> {
  const [entry] = await manifestOf(points.at(-1));
  const rows = await execute(world.stack, 'secondary', `SHOW TBLPROPERTIES delta.\`${entry?.stagingLocation}\``);
  return rows
    .filter(([key]) => /RetentionDuration$/.test(String(key)))
    .map(([, value]) => (parseIntervalMs(String(value)) ?? 0) / dayMs);
}

const readableByPoint = async (): Promise<unknown[]> => {
  const { code, stdout } = await world.dr('history', group, '--json');
  expect(code).toBe(0);
  const rows = JSON.parse(stdout) as {
    event: string;
    sync_id: string;
    table_name: string | null;
    readable?: boolean;
  }[];
  const published = rows.filter(({ event, table_name }) => event === 'published' && table_name === null);
  return points.map((point) => published.find(({ sync_id }) => sync_id === point)?.readable);
};

const requestsNow = (): number => world.stack.requestLog.entries().length;

beforeAll(async () => {
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
  world.stack.clock.advance(-60 * dayMs);
  // Those that run would be ready only in the future now.
  for (const { warehouses } of Object.values(world.stack.regions)) for (const each of warehouses.all()) each.stop();
  await load();
  await sync('published');
  world.stack.clock.advance(30 * dayMs);
  await load();
  await sync('published');
  await setRetention(30 + 14);
  world.stack.clock.advance(30 * dayMs);
}, 300_000);

afterAll(() => world?.end(), 60_000);

describe('a table that has not changed for a month', { timeout: 300_000 }, () => {
  it('has a kept point whose version can not be read any more, as its last send has left it', async () => {
    expect(await readInStaging(points[0])).toEqual(all('rejected'));
    expect(await readInStaging(points[1])).toEqual(all('fulfilled'));
  });

  it('is kept readable for longer by a sync that carries it, before it is vacuumed, and is not copied for that', async () => {
    await dayPasses();
    const from = requestsNow();
    await sync('unchanged');
    const order = statementsSince(world.stack, from, /^(ALTER TABLE|VACUUM)/).map((sql) => sql.slice(0, 5));
    expect(order.filter((word) => word === 'ALTER')).toHaveLength(tables);
    expect(order.filter((word) => word === 'VACUU')).toHaveLength(tables);
    expect(order[0]).toBe('ALTER');
    expect(statementsSince(world.stack, from, /CLONE/)).toEqual([]);

    for (const kept of await retentionDays()) expect(kept).toBeGreaterThanOrEqual(60 + 14);
    await until('the end of the VACUUMs', async () => {
      const ended = await Promise.all(
        (await manifestOf(points.at(-1))).map(async ({ stagingLocation }) =>
          (await execute(world.stack, 'secondary', `DESCRIBE HISTORY delta.\`${stagingLocation}\` LIMIT 3`)).flat(),
        ),
      );
      return ended.every((operations) => operations.includes('VACUUM END')) ? true : null;
    });
    for (const point of points) expect(await readInStaging(point)).toEqual(all('fulfilled'));
    expect(await readableByPoint()).toEqual([true, true, true]);
  });

  it('economical: what suffices is not set again the next day', async () => {
    await dayPasses();
    const from = requestsNow();
    await sync('unchanged');
    expect(statementsSince(world.stack, from, vacuum)).toHaveLength(tables);
    expect(statementsSince(world.stack, from, extends_)).toEqual([]);
  });

  it('economical: a copy in staging that was only kept readable is not sent again', async () => {
    await load();
    world.stack.faults.set('secondary', 'warehouse', { kind: 'die-half-way', only: 'gold_data' });
    await sync('rolled_back');
    world.stack.faults.set('secondary', 'warehouse', { kind: 'none' });
    await setRetention(100);
    const from = requestsNow();
    await sync('published');
    expect(statementsSince(world.stack, from, sends)).toEqual([]);
    expect(statementsSince(world.stack, from, /DEEP CLONE delta\./)).toHaveLength(tables);
  });
});
