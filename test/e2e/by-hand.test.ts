/**
 * Promise 4 with 1 to 3: what an operator does to an entity with the real `temporal` command line (terminate it in the
 * middle of a sync, reset it to an earlier point of its history) costs nothing. It goes on by itself, and every run is
 * published once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import { syncRunId } from '../../src/workflows/messages.js';
import { brokenPromises } from '../crash/oracle.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { statementsSince } from '../support/requests.js';
import type { World } from '../support/world.js';
import { startWorld, workspace } from '../support/world.js';

const group = 'sample_workflow_1';
const id = `dr/${workspace}/${group}`;

/** A rebuild, a sync and the time-outs of a loaded machine. */
const limitMs = 180_000;

let world: World;

beforeAll(async () => {
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
  await synced(await runToItsEnd());
}, 240_000);

afterAll(() => world?.end(), 60_000);

const temporal = async (...args: readonly string[]): Promise<void> => {
  const output = await world.temporal(...args);
  if (output.code !== 0) throw new Error(`temporal ${args.join(' ')}: ${output.stderr}`);
};

const tick = (): Promise<void> => temporal('schedule', 'trigger', '--schedule-id', id);

const reset = (...to: readonly string[]): Promise<void> =>
  temporal('workflow', 'reset', '--workflow-id', id, '--reason', 'by hand', ...to);

async function runToItsEnd(): Promise<string> {
  const { runId, ended } = world.stack.runJob({ job: group });
  await ended;
  return runId;
}

async function untilPublished(runId: string): Promise<void> {
  await world.untilStatus(
    group,
    `run ${runId} published`,
    ({ recoveryPoint, phase }) => recoveryPoint?.runId === runId && phase === 'idle',
    limitMs,
  );
}

async function synced(runId: string): Promise<void> {
  await tick();
  await untilPublished(runId);
}

/** A sync under way: its clones of the wanted hop run in the warehouse, and take their time. */
async function midSync(hop: 'send' | 'receive'): Promise<string> {
  const { stack } = world;
  const runId = await runToItsEnd();
  const region = hop === 'send' ? 'primary' : 'secondary';
  stack.faults.set(region, 'warehouse', { kind: 'latency', ms: 8000, only: 'DEEP CLONE' });
  const from = stack.requestLog.entries().length;
  const clones =
    hop === 'send' ? /^CREATE OR REPLACE TABLE delta.*DEEP CLONE/ : /^CREATE OR REPLACE TABLE `.*DEEP CLONE/;
  await tick();
  await until(`a ${hop}`, () => (statementsSince(stack, from, clones).length > 0 ? true : null), limitMs);
  stack.faults.set(region, 'warehouse', { kind: 'none' });
  return runId;
}

/** How often a sync was started since the history had so many runs of it. */
async function syncsStarted(): Promise<number> {
  return (await world.client.workflow.count(`WorkflowId = '${syncRunId({ workspace, group })}'`)).count;
}

describe('workflow terminate in the middle of a sync, and a tick', { timeout: 2 * limitMs }, () => {
  it.each(['send', 'receive'] as const)(
    'while it %ss: the group comes back, finds its sync, and makes no other one',
    async (hop) => {
      const { epoch } = await world.status(group);
      const runId = await midSync(hop);
      const before = await syncsStarted();
      await temporal('workflow', 'terminate', '--workflow-id', id, '--reason', 'by mistake');
      await tick();
      await untilPublished(runId);
      expect(await brokenPromises(world, runId)).toEqual([]);
      expect(await syncsStarted(), 'syncs').toBe(before);
      expect(await world.status(group)).toMatchObject({ epoch: epoch + 1, held: null, protection: 'protected' });
      // It is a group like any other again.
      const next = await runToItsEnd();
      await synced(next);
      expect(await brokenPromises(world, next)).toEqual([]);
    },
  );
});

describe('workflow reset', { timeout: 2 * limitMs }, () => {
  it('to its last task, in the middle of a sync: the sync is found, and its end is heard', async () => {
    const runId = await midSync('send');
    await reset('--type', 'LastWorkflowTask');
    await untilPublished(runId);
    expect(await brokenPromises(world, runId)).toEqual([]);
  });

  it('to its first task: the group starts anew with what the ledgers know', async () => {
    const before = await world.status(group);
    await reset('--type', 'FirstWorkflowTask');
    const after = await world.untilStatus(
      group,
      'the rebuilt state',
      ({ recoveryPoint, phase }) => recoveryPoint !== null && phase === 'idle',
      limitMs,
    );
    expect(after.recoveryPoints.map(({ syncId }) => syncId)).toEqual(before.recoveryPoints.map(({ syncId }) => syncId));
    const runId = await runToItsEnd();
    await synced(runId);
    expect(await brokenPromises(world, runId)).toEqual([]);
  });

  it('to before a failover: the group reads in the ledger where it is, and takes back nothing that the job wrote there', async () => {
    const { events } = await world.entity(group).fetchHistory();
    const earlier = events?.findLast((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
    await world.entity(group).signal('failover', { requestId: 'moved', acceptLoss: true });
    const moved = await world.untilStatus(
      group,
      'the failover',
      ({ activeRegion, phase, fencePending }) => activeRegion === 'secondary' && phase === 'idle' && !fencePending,
      limitMs,
    );
    const { runId, ended } = world.stack.runJob({ job: group, region: 'secondary' });
    await ended;

    await reset('--event-id', String(earlier));
    const after = await world.untilStatus(
      group,
      'the answer of the ledger',
      ({ activeRegion, epoch, phase }) => activeRegion === 'secondary' && epoch === moved.epoch && phase === 'idle',
      limitMs,
    );
    expect(after).toMatchObject({ protection: 'exposed', held: null });
    expect(after.requests.find(({ id: request }) => request === 'moved')).toMatchObject({ outcome: 'no-change' });
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
  });
});
