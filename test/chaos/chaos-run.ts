/** One chaos run: a story of its seed, and after each of its rounds a quiet point at which every promise is checked. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../demo/until.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { packageFolder } from '../../src/worker/bundle-path.js';
import { ledgerEvents } from '../support/sql.js';
import { playRound, signal, tick } from './act.js';
import type { ChaosWorld, Counts } from './chaos-world.js';
import { startChaosWorld } from './chaos-world.js';
import { failOver } from './finale.js';
import { brokenInvariants } from './invariants.js';
import type { Plan } from './plan.js';
import { replayProblems } from './replays.js';

export interface ChaosResult {
  readonly seed: number;
  readonly counts: Counts;
  /** Sentences; empty when every promise was kept. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** The least that must have happened in a run: an idle one proves nothing. */
const floor: Counts = { publishes: 1, faults: 1, kills: 1 };

/** Longer than all waits of the product together: the patience of a step, the attempts of a sync, a restart. */
const quietWithinMs = 240_000;

/** What workers said, and histories that went wrong, are kept here by seed. */
export const keptFolder = (seed: number): string => join(packageFolder(), 'var', 'chaos', String(seed));

/** @param onWorld told of the world as soon as it stands, for whoever has to end it before its time */
export async function playChaos(
  plan: Plan,
  onWorld: (world: ChaosWorld) => void = () => undefined,
): Promise<ChaosResult> {
  const begun = Date.now();
  const counts: Counts = { publishes: 0, faults: 0, kills: 0 };
  const problems = await play(plan, counts, onWorld).catch((thrown: unknown) => [textOf(thrown)]);
  return { seed: plan.seed, counts, problems, seconds: Math.round((Date.now() - begun) / 1000) };
}

async function play(plan: Plan, counts: Counts, onWorld: (world: ChaosWorld) => void): Promise<string[]> {
  const folder = keptFolder(plan.seed);
  mkdirSync(folder, { recursive: true });
  const chaos = await startChaosWorld(plan, counts, join(folder, 'worker.log'));
  onWorld(chaos);
  const problems: string[] = [];
  const watching = watch(chaos);
  try {
    await playStory(chaos, plan, problems);
    problems.push(...belowFloor(counts));
  } catch (thrown) {
    problems.push(textOf(thrown));
  } finally {
    await watching.stop();
    chaos.heal();
    problems.push(...(await replayProblems(chaos.world.client, folder).catch((thrown) => [textOf(thrown)])));
    await chaos.end();
  }
  return problems;
}

async function playStory(chaos: ChaosWorld, plan: Plan, problems: string[]): Promise<void> {
  if (plan.protectedBefore) await untilQuiet(chaos);
  for (const [index, moments] of plan.rounds.entries()) {
    await goodRun(chaos);
    await playRound(chaos, moments);
    const status = await untilQuiet(chaos, chaos.counts.faults === 0);
    problems.push(...(await brokenInvariants(chaos, status)).map((problem) => `round ${index + 1}: ${problem}`));
  }
  if (!plan.finale) return;
  problems.push(...(await failOver(chaos, plan.finale)).map((problem) => `failover: ${problem}`));
}

const textOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);

function belowFloor(counts: Counts): string[] {
  return (['publishes', 'faults', 'kills'] as const)
    .filter((what) => counts[what] < floor[what])
    .map((what) => `only ${counts[what]} ${what}, at least ${floor[what]} were wanted`);
}

/** Looks at the status as it goes, for what a later one does not show any more. */
function watch({ world, group, failuresSeen }: ChaosWorld): { stop(): Promise<void> } {
  let stopped = false;
  const look = async (): Promise<void> => {
    while (!stopped) {
      // While the worker or the server is dead nobody answers.
      const status = await world.status(group).catch(() => null);
      for (const code of [status?.lastError?.code, status?.held?.code]) if (code) failuresSeen.add(code);
      await sleep(500);
    }
  };
  const looking = look();
  return {
    stop() {
      stopped = true;
      return looking;
    },
  };
}

/**
 * Everything is whole again and all runs have ended; then one more good run, which has to be published: whatever happened
 * before is published too, or superseded.
 *
 * @param unharmed nothing that was broken has met anything yet: a clone of this sync is struck, for an idle run proves nothing
 */
async function untilQuiet(chaos: ChaosWorld, unharmed = false): Promise<GroupStatus> {
  const { world, group } = chaos;
  chaos.heal();
  await Promise.allSettled(chaos.runs);
  await chaos.deaths.last;
  await tick(chaos);
  await signal(chaos, 'resume');
  const runId = await goodRun(chaos);
  const { faults } = world.stack;
  if (unharmed) faults.set('secondary', 'warehouse', { kind: 'die-half-way', only: 'DEEP CLONE', times: 1 });
  await signal(chaos, 'syncNow');

  const told = new Set<string>();
  let last: GroupStatus | null = null;
  const status = await until(
    `run ${runId} published`,
    async () => {
      const now = await world.status(group).catch(() => null);
      last = now ?? last;
      if (now?.phase !== 'idle') return null;
      if (now.recoveryPoint?.runId === runId && now.requests.every(({ outcome }) => outcome !== 'accepted')) return now;
      // An honest failure is no broken promise: whoever reads of it asks again.
      const failure = `${now.lastError?.at} ${now.lastSync?.syncId} ${now.requests[0]?.id}`;
      const answered = now.requests.every(({ outcome }) => outcome !== 'accepted');
      if (answered && !told.has(failure)) {
        told.add(failure);
        await signal(chaos, 'syncNow');
      }
      return null;
    },
    quietWithinMs,
  ).catch((thrown: unknown) => {
    throw new Error(`${String(thrown)}; the last status was ${JSON.stringify(last)}`, { cause: thrown });
  });
  if (unharmed && faults.hits('secondary', 'warehouse') > 0) chaos.counts.faults += 1;
  chaos.heal();
  const events = await ledgerEvents(world.stack, 'secondary');
  chaos.counts.publishes = events.filter(({ event, group: of }) => event === 'published' && of === group).length;
  return status;
}

/** While nothing is broken a run succeeds. @throws Error when it does not */
async function goodRun({ world: { stack }, job }: ChaosWorld): Promise<string> {
  const { runId, ended } = stack.runJob({ job });
  const { state } = await ended;
  if (state.result !== 'SUCCESS') throw new Error(`run ${runId} ended as ${state.result} though nothing was broken`);
  return runId;
}
