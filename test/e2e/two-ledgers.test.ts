/**
 * Promise 4: each region's ledger knows what the other one knows, so that whichever survives is enough. Promise 6: no
 * warehouse is woken for it while nothing was recorded; and a ledger that can't be written delays no sync and no switch.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import type { Region } from '../../src/domain/region.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import type { Controller } from '../support/controllers.js';
import { applyIn } from '../support/controllers.js';
import { statementsSince } from '../support/requests.js';
import { execute, ledgerEvents } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';
const parts = ['control', 'warehouse', 'storage'] as const;
/** So long the ledger of a region that is silent is waited for. */
const oneLedgerAloneMs = 120_000;
const anyLedger = /sync_ledger/;
const insertInto = (region: Region): RegExp => new RegExp(`^INSERT INTO .*${region}sync.*sync_ledger`);

let world: World;
let controller: Controller;
let worker: ChildProcess;

const runJob = async (region: Region = 'primary'): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group, region });
  await ended;
  return runId;
};

const isPublished =
  (runId: string) =>
  ({ recoveryPoint, phase }: GroupStatus): boolean =>
    recoveryPoint?.runId === runId && phase === 'idle';

const runAndSync = async (): Promise<string> => {
  const runId = await runJob();
  await controller.signal('syncNow');
  await controller.untilStatus(`run ${runId}`, isPublished(runId));
  return runId;
};

/** Every row of a region's ledger, whatever it tells of, as text. */
async function rowsOf(region: Region): Promise<string[]> {
  const ledger = `abfss://dr-sync@${region}sync.dfs.core.windows.net/sync_ledger`;
  const rows = await execute(world.stack, region, `SELECT * FROM delta.\`${ledger}\``);
  const asText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
  return rows.map((row) => JSON.stringify(row, asText)).toSorted();
}

const bothSame = (): Promise<string[]> =>
  until('ledgers that are the same', async () => {
    const [primary, secondary] = [await rowsOf('primary'), await rowsOf('secondary')];
    return JSON.stringify(primary) === JSON.stringify(secondary) ? primary : null;
  });

const eventsIn = async (region: Region): Promise<string[]> =>
  (await ledgerEvents(world.stack, region)).map(({ event }) => event);

/** Both ledgers have the event, and everything else that either has. */
async function bothTold(event: string): Promise<void> {
  await until(`the event ${event}`, async () => ((await eventsIn('secondary')).includes(event) ? true : null));
  await bothSame();
}

const requestsNow = (): number => world.stack.requestLog.entries().length;

/** A tick, and whatever it leads to: what is asked for behind it is done when it is. */
async function tick(): Promise<void> {
  const from = requestsNow();
  await controller.signal('syncDue');
  await until('the look at the job', () =>
    world.stack.requestLog
      .entries()
      .slice(from)
      .some(({ path }) => path.includes('/jobs/runs/list'))
      ? true
      : null,
  );
  await controller.untilStatus('rest', ({ phase }) => phase === 'idle');
}

const lose = async (): Promise<void> => {
  const closed = once(worker, 'close');
  worker.kill('SIGKILL');
  await closed;
};

const setAll = (region: Region, kind: 'outage' | 'none'): void => {
  for (const part of parts) world.stack.faults.set(region, part, { kind });
};

beforeAll(async () => {
  world = await startWorld({
    config: (_config, first) => {
      first.sync_failover_interval_mins = 0.05;
    },
  });
  controller = await applyIn(world, 'default', group);
  worker = controller.startWorker();
  await runAndSync();
}, 240_000);

afterAll(async () => {
  worker?.kill('SIGKILL');
  await world?.end();
}, 60_000);

describe('the ledgers of two regions', { timeout: 400_000 }, () => {
  it('are the same after a sync: every event with the rows of its tables, each once', async () => {
    const rows = await bothSame();
    expect(new Set(rows).size).toBe(rows.length);
    const events = await eventsIn('primary');
    expect(events).toEqual(expect.arrayContaining(['took_over', 'sent', 'published']));
    const manifest = (await ledgerEvents(world.stack, 'primary')).find(({ event }) => event === 'published')?.detail;
    expect(manifest).toContain('"manifest"');
    expect(rows.filter((row) => row.includes('workflow_1_gold') && row.includes('receive'))).not.toEqual([]);
  });

  it('a sync tells both of them itself, by one look and one INSERT more', async () => {
    const from = requestsNow();
    await runAndSync();
    await bothSame();
    expect(statementsSince(world.stack, from, insertInto('primary'))).toHaveLength(1);
    expect(statementsSince(world.stack, from, /^SELECT .*primarysync.*sync_ledger/)).toHaveLength(1);
  });

  it('what an operator says is in both at once, paused or not, and ticks ask neither of them', async () => {
    await controller.signal('pause', { requestId: 'the pause' });
    await bothTold('paused');

    await controller.signal('resume', { requestId: 'the end of the pause' });
    await bothTold('resumed');
    await controller.untilStatus('rest', ({ phase }) => phase === 'idle');
    const from = requestsNow();
    for (let ticks = 0; ticks < 3; ticks++) await tick();
    expect(statementsSince(world.stack, from, /./)).toEqual([]);
  });

  it('while that of the source can not be written, syncs go on, status says so, and ticks wake nothing', async () => {
    world.stack.faults.set('primary', 'storage', { kind: 'outage', only: 'sync_ledger' });
    const runId = await runAndSync();
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
    await controller.untilStatus('the warning', ({ warnings }) => (warnings ?? []).join().includes('ledgers'));
    const from = requestsNow();
    for (let ticks = 0; ticks < 3; ticks++) await tick();
    expect(statementsSince(world.stack, from, anyLedger)).toEqual([]);

    world.stack.faults.set('primary', 'storage', { kind: 'none' });
    await runAndSync();
    await bothSame();
    await controller.untilStatus('no warning any more', ({ warnings }) => (warnings ?? []).length === 0);
  });

  it('after a failover from a dark region: it is told what it missed once it is back', async () => {
    await controller.signal('pause', { requestId: 'before the failover' });
    await until('both pauses', async () =>
      (await eventsIn('secondary')).filter((event) => event === 'paused').length === 2 ? true : null,
    );
    await bothSame();
    setAll('primary', 'outage');
    await controller.signal('failover', { reason: 'region down', requestId: 'rescue' });
    await controller.untilStatus(
      'the failover',
      ({ protection, phase }) => protection === 'exposed' && phase === 'idle',
    );
    await until('the event', async () => ((await eventsIn('secondary')).includes('failed_over') ? true : null));

    setAll('primary', 'none');
    await controller.untilStatus('the fence', ({ fencePending }) => !fencePending);
    await bothTold('fenced');
    expect(await eventsIn('primary')).toContain('failed_over');
  });

  it('the one that is left is enough: a new namespace knows from it what only the other region had recorded', async () => {
    const before = await controller.status();
    await lose();
    controller = await applyIn(world, 'second', group);
    setAll('secondary', 'outage');
    worker = controller.startWorker();
    const known = await controller.untilStatus(
      'the rebuilt state',
      ({ epoch }) => epoch === before.epoch + 1,
      oneLedgerAloneMs + 120_000,
    );
    expect(known).toMatchObject({
      activeRegion: 'secondary',
      protection: 'exposed',
      paused: true,
      fencePending: false,
      recoveryPoint: { syncId: before.recoveryPoint?.syncId },
    });
    expect(known.recoveryPoints).toEqual(before.recoveryPoints);
    expect(known.requests.map(({ id, outcome }) => [id, outcome])).toEqual(
      expect.arrayContaining([
        ['rescue', 'done'],
        ['before the failover', 'done'],
      ]),
    );
    await until('the take-over', async () => {
      const events = (await ledgerEvents(world.stack, 'primary')).filter(({ group: of }) => of === group);
      return events.filter(({ event }) => event === 'took_over').length === 2 ? true : null;
    });
    // Without that ledger it would have thought that the group is active in the primary, and switched.
    await controller.signal('failover', { to: 'secondary', requestId: 'again' });
    const asked = await controller.untilStatus('the answer', ({ requests }) =>
      requests.some(({ id, outcome }) => id === 'again' && outcome !== 'accepted'),
    );
    expect(asked.requests[0]?.outcome).toBe('no-change');
  });
});
