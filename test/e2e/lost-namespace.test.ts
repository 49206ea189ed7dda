/**
 * Promise 4: the Temporal namespace is lost, and with it everything that a group's workflow knew. A new one knows it from
 * the ledgers: also what an operator said without any sync since, and what concerns the way back after a failover.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsIn } from '../../demo/mails.js';
import { until } from '../../demo/until.js';
import type { Region } from '../../src/domain/region.js';
import { entityId, workflowQueue, workflowTypes } from '../../src/workflows/messages.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import type { Controller } from '../support/controllers.js';
import { applyIn } from '../support/controllers.js';
import { statementsSince } from '../support/requests.js';
import { ledgerEvents } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld, workspace } from '../support/world.js';

const group = 'sample_workflow_1';
const parts = ['control', 'warehouse', 'storage'] as const;
/** So long the ledger of a region that is silent is waited for. */
const oneLedgerAloneMs = 120_000;
/** The ledger of a region in any statement. */
const ledgerOf = (region: Region): RegExp => new RegExp(`SELECT .*${region}sync.*sync_ledger`);

let world: World;
let controller: Controller;
let worker: ChildProcess;

const runJob = async (region: Region = 'primary'): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group, region });
  await ended;
  return runId;
};

const lose = async (): Promise<void> => {
  const closed = once(worker, 'close');
  worker.kill('SIGKILL');
  await closed;
};

const recorded = (event: string): Promise<true> =>
  until(`the event ${event}`, async () =>
    (await ledgerEvents(world.stack, 'secondary')).some((row) => row.group === group && row.event === event)
      ? true
      : null,
  );

beforeAll(async () => {
  world = await startWorld({
    config: (_config, first) => {
      first.sync_failover_interval_mins = 0.05;
    },
  });
  controller = await applyIn(world, 'default', group);
  worker = controller.startWorker();
  const runId = await runJob();
  await controller.signal('syncNow', { requestId: 'the first sync' });
  await controller.untilStatus(
    'the first run',
    ({ recoveryPoint, phase }) => recoveryPoint?.runId === runId && phase === 'idle',
  );
}, 240_000);

afterAll(async () => {
  worker?.kill('SIGKILL');
  await world?.end();
}, 60_000);

describe('a namespace that is lost', { timeout: 400_000 }, () => {
  it('while paused, one region silent: the ledger knew at once, and the group stays paused', async () => {
    await controller.signal('pause', { requestId: 'the pause' });
    await recorded('paused');
    const before = await controller.status();
    await lose();

    controller = await applyIn(world, 'second', group);
    world.stack.faults.set('primary', 'warehouse', { kind: 'outage' });
    worker = controller.startWorker();
    const known = await controller.untilStatus(
      'the rebuilt state',
      ({ epoch }) => epoch === before.epoch + 1,
      oneLedgerAloneMs + 120_000,
    );
    expect(known.paused).toBe(true);
    expect(known.recoveryPoints).toEqual(before.recoveryPoints);
    // The answer to the sync went along with the pause.
    expect(known.requests).toEqual(before.requests);

    await controller.signal('resume', { requestId: 'the pause' });
    await controller.signal('syncNow', { requestId: 'now' });
    const asked = await controller.untilStatus('the answer', ({ requests }) => requests[0]?.id === 'now');
    expect(asked.requests[0]).toMatchObject({ outcome: 'refused', code: 'PAUSED' });
    await controller.signal('resume', { requestId: 'the end of the pause' });
    await recorded('resumed');

    const from = world.stack.requestLog.entries().length;
    world.stack.faults.set('primary', 'warehouse', { kind: 'none' });
    await controller.signal('syncDue');
    await until('a look into the ledger that was silent', () =>
      statementsSince(world.stack, from, ledgerOf('primary')).length > 0 ? true : null,
    );
  });

  it('after a failover: a fence that is refused is mailed, and the ledger knows at once when it holds', async () => {
    const { faults } = world.stack;
    faults.set('primary', 'control', { kind: 'http', status: 403, rate: 1, only: '/jobs/update' });
    await controller.signal('failover', { reason: 'region down' });
    await controller.untilStatus('the failover', ({ protection }) => protection === 'exposed');
    const { text } = await until(
      'the mail',
      async () =>
        (await mailsIn(world.stack.mail.mailDir)).find(({ subject }) => /can't be fenced/.test(subject)) ?? null,
    );
    expect(text).toContain('PERMISSION_DENIED');
    expect((await controller.status()).fencePending).toBe(true);

    faults.set('primary', 'control', { kind: 'none' });
    await controller.signal('syncDue');
    await controller.untilStatus('the fence', ({ fencePending }) => !fencePending);
    await recorded('fenced');
    const fenced = (await ledgerEvents(world.stack, 'secondary')).find(({ event }) => event === 'fenced');
    expect(JSON.parse(fenced?.detail ?? '')).toEqual({ region: 'primary', saved: { maxConcurrentRuns: 1 } });
  });

  it('and asked for the same failover before it knows anything: it is there already, and nothing is replaced', async () => {
    const runId = await runJob('secondary');
    const before = await controller.status();
    await lose();

    controller = await applyIn(world, 'third', group);
    await controller.entity.terminate('to be started by the signal');
    for (const part of parts) world.stack.faults.set('primary', part, { kind: 'outage' });
    await controller.client.workflow.signalWithStart(workflowTypes.protectGroup, {
      workflowId: entityId({ workspace, group }),
      taskQueue: workflowQueue,
      args: [{ workspace, group }],
      signal: 'failover',
      signalArgs: [{ requestId: 'again', acceptLoss: true }],
    });
    worker = controller.startWorker();
    const known = await controller.untilStatus('the answer', ({ requests }) =>
      requests.some(({ id, outcome }) => id === 'again' && outcome !== 'accepted'),
    );
    expect(known.requests.find(({ id }) => id === 'again')?.outcome).toBe('no-change');
    expect(known).toMatchObject({
      activeRegion: 'secondary',
      protection: 'exposed',
      fencePending: false,
      recoveryPoint: { syncId: before.recoveryPoint?.syncId, publishedAt: before.recoveryPoint?.publishedAt },
    });
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
  });

  it('reads the ledger of the region that was silent as soon as that answers', async () => {
    const from = world.stack.requestLog.entries().length;
    for (const part of parts) world.stack.faults.set('primary', part, { kind: 'none' });
    await until('a look into its ledger', () =>
      statementsSince(world.stack, from, ledgerOf('primary')).length > 0 ? true : null,
    );
    await controller.untilStatus('the take-over', ({ epoch }) => epoch === 4);
    expect(await controller.status()).toMatchObject({ activeRegion: 'secondary', protection: 'exposed' });
  });
});
