/** The primary dies at the end of a run: the group goes on in the secondary, from exactly one run's end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../demo/until.js';
import type { Region } from '../../src/domain/region.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { liveStatements } from '../crash/oracle.js';
import { differencesFrom } from '../support/compare.js';
import { signal } from './act.js';
import type { ChaosWorld } from './chaos-world.js';
import type { Finale } from './plan.js';

/** The quiescing of a switch, with a worker that dies in it. */
const switchedWithinMs = 180_000;
const fencedWithinMs = 90_000;

/** @returns a sentence per promise that does not hold */
export async function failOver(chaos: ChaosWorld, finale: Finale): Promise<string[]> {
  const { world, group, job, counts } = chaos;
  const { stack } = world;
  const before = await world.status(group);
  await reach(chaos, finale);
  stack.faults.setAll('primary', { kind: finale.dark });
  counts.faults += 1;

  await signal(chaos, 'failover', { requestId: 'region-down', reason: 'chaos' });
  chaos.requests.splice(-1, 1, { id: 'region-down', mayBeLost: false });
  const killed = killWorker(chaos, finale.workerKilledAfterMs);
  await signal(chaos, 'failover', { requestId: 'region-down' });
  chaos.requests.splice(-1, 1);
  const status = await untilStatus(chaos, 'the failover', isRescued, switchedWithinMs);
  await killed;

  const problems = [
    ...(await notAtARunsEnd(chaos, before, status)),
    ...(status.activeRegion === 'secondary' && status.epoch > before.epoch ? [] : ['the epoch was not raised']),
    ...liveStatements(world).filter((problem) => problem.includes('secondary')),
    ...(mayRun(chaos, 'secondary') ? [] : ['the job was not let run in the secondary']),
  ];
  stack.faults.setAll('primary', { kind: 'none' });
  await Promise.allSettled(chaos.runs);
  await untilStatus(chaos, 'the fence', ({ fencePending }) => !fencePending, fencedWithinMs);
  if (mayRun(chaos, 'primary')) problems.push('the job of the primary is not fenced');

  const { ended } = stack.runJob({ job, region: 'secondary' });
  const { state } = await ended;
  if (state.result !== 'SUCCESS') problems.push(`the job ended as ${state.result} in the secondary`);
  const answers = (await world.status(group)).requests.filter(({ id }) => id === 'region-down');
  if (answers.length !== 1 || answers[0]?.outcome !== 'done') problems.push(`the failover: ${JSON.stringify(answers)}`);
  return problems;
}

/** Brings the group to where the outage meets it. */
async function reach(chaos: ChaosWorld, { during, afterMs }: Finale): Promise<void> {
  const { world, job, runs } = chaos;
  if (during === 'rest') return;
  const { ended } = world.stack.runJob({ job, stepDelayMs: during === 'run' ? 2000 : 0 });
  runs.add(ended);
  if (during === 'sync') {
    await ended;
    world.stack.faults.set('secondary', 'warehouse', { kind: 'latency', ms: 2000, only: 'DEEP CLONE' });
    await signal(chaos, 'syncNow');
  }
  await sleep(afterMs);
  world.stack.faults.set('secondary', 'warehouse', { kind: 'none' });
}

async function killWorker({ worker, counts }: ChaosWorld, afterMs: number | null): Promise<void> {
  if (afterMs === null) return;
  await sleep(afterMs);
  counts.kills += 1;
  await worker.kill();
  await worker.start();
}

const isRescued = ({ protection, phase }: GroupStatus): boolean => protection === 'exposed' && phase !== 'switching';

async function untilStatus(
  { world, group }: ChaosWorld,
  what: string,
  wanted: (status: GroupStatus) => boolean,
  limitMs: number,
): Promise<GroupStatus> {
  let last: GroupStatus | null = null;
  return until(
    what,
    async () => {
      last = (await world.status(group).catch(() => null)) ?? last;
      return last && wanted(last) ? last : null;
    },
    limitMs,
  ).catch((thrown: unknown) => {
    throw new Error(`${String(thrown)}; the last status was ${JSON.stringify(last)}`, { cause: thrown });
  });
}

async function notAtARunsEnd(
  { world: { stack } }: ChaosWorld,
  { recoveryPoint: before }: GroupStatus,
  { recoveryPoint }: GroupStatus,
): Promise<string[]> {
  const run = stack
    .truth()
    .find(({ runId, repairId }) => runId === recoveryPoint?.runId && repairId === recoveryPoint.repairId);
  if (!run || !recoveryPoint) return ['it went to no run that ever ended'];
  return [
    ...(await differencesFrom(stack, 'secondary', run)),
    ...(before && recoveryPoint.runEndTime < before.runEndTime ? ['it went back behind what was published'] : []),
  ];
}

/** No job of these is without a limit, and a fence sets it to none. */
function mayRun({ world, job }: ChaosWorld, region: Region): boolean {
  const found = world.stack.regions[region].jobs.listJobs().find(({ settings }) => settings.name === job);
  if (!found) throw new Error(`the ${region} has no job ${job}`);
  const schedule = found.settings.schedule as { pause_status?: unknown } | undefined;
  return found.settings.max_concurrent_runs !== 0 && schedule?.pause_status !== 'PAUSED';
}
