/**
 * Random days in the life of a job, with syncs in between: runs that succeed, fail, are repaired, cancelled, overlap and
 * start other runs, commits of people, maintenance at any moment, with and without attribution. After every sync the other region is
 * compared, by content, with what the job engine recorded at the end of the run that the recovery point names. Now and then
 * `explain` is asked before, and has to tell what the sync then does.
 */
import { randomUUID } from 'node:crypto';
import type { Explanation } from '../../src/client/explain/explanation.js';
import { isCutHold } from '../../src/domain/failure.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { warehouses } from '../../src/local/stack/layout.js';
import type { TrueRun } from '../../src/local/truth/truth-log.js';
import { signals } from '../../src/workflows/messages.js';
import { differencesFrom } from './compare.js';
import { iterationTask, jobNamed, nestedTasks } from './nested-job.js';
import type { World } from './world.js';

/** The lightest of the sample jobs: one task of three statements. */
export const scheduledJob = 'standalone_load';
const task = 'load';
const tables = [
  'dr_test_catalog.raw.raw_data',
  'dr_test_catalog.stage.silver_data',
  'dr_test_catalog.main.gold_data',
] as const;

/** Without attribution a sync waits for the clocks' margin: rare enough not to spend the day with it. */
const unattributedEvery = 8;
const limitMs = 120_000;

/** How often `explain` is asked before a sync: each time is a program that starts. */
const explainedEvery = 4;

export interface Tally {
  /** Recovery points published. */
  published: number;
  /** Nothing new, rightly. */
  unchanged: number;
  /** Syncs that did what `explain` had told. */
  explained: number;
  /** Refused cuts by code; the next good run clears them. */
  readonly holds: Map<string, number>;
  readonly actions: Map<string, number>;
  /** Sentences; empty when every promise was kept. */
  readonly problems: string[];
}

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Plays `count` schedules, each with a sync at its end, on a group that protects `scheduledJob`. */
export async function playSchedules(world: World, group: string, count: number, seed: number): Promise<Tally> {
  const random = randomOf(seed);
  const tally: Tally = { published: 0, unchanged: 0, explained: 0, holds: new Map(), actions: new Map(), problems: [] };
  const { primary } = world.stack.regions;
  const job = letRunsOverlap(world);
  for (let schedule = 0; schedule < count; schedule++) {
    const mode =
      schedule % unattributedEvery === unattributedEvery - 1
        ? 'none'
        : pick(random, ['history', 'query-history'] as const);
    primary.setAttribution(mode);
    const stillRunning: Promise<unknown>[] = [];
    const steps = 1 + Math.floor(random() * 3);
    for (let step = 0; step < steps; step++) {
      const [name, act] = pick(random, Object.entries(actions));
      increase(tally.actions, name);
      await act(world, random, stillRunning, job);
    }
    // While a run goes on, a later look may tell something else.
    const asked = schedule % explainedEvery === 0 && stillRunning.length === 0;
    const told = asked ? await explained(world, group) : null;
    const outcome = await syncAndJudge(world, group, `${seed}/${schedule}`, tally);
    if (told !== null && told !== undecided) {
      tally.explained += 1;
      const did = await didText(world, group, outcome);
      if (told !== did) tally.problems.push(`${seed}/${schedule}: explain told "${told}", the sync did "${did}"`);
    }
    await Promise.all(stillRunning);
  }
  return tally;
}

type Action = (
  world: World,
  random: () => number,
  stillRunning: Promise<unknown>[],
  job: ScheduledJob,
) => Promise<unknown>;

/** The job with its own tasks, and with those that it has for a run of iterations and called runs. */
interface ScheduledJob {
  readonly jobId: string;
  readonly plain: unknown;
  readonly nested: unknown;
}

const actions: Readonly<Record<string, Action>> = {
  run: (world) => world.stack.runJob({ job: scheduledJob }).ended,
  'run again': (world) => world.stack.runJob({ job: scheduledJob }).ended,
  'failing run': (world) => world.stack.runJob({ job: scheduledJob, failAt: task }).ended,
  async 'failing run, repaired'(world, random) {
    const { runId, ended } = world.stack.runJob({ job: scheduledJob, failAt: task });
    await ended;
    if (random() < 0.5) await world.stack.runJob({ job: scheduledJob }).ended;
    const { jobs } = world.stack.regions.primary;
    jobs.repairRun({ runId, rerunAllFailedTasks: true });
    await jobs.whenEnded(runId);
  },
  async 'cancelled run'(world, random) {
    const { runId, ended } = world.stack.runJob({ job: scheduledJob, stepDelayMs: Math.floor(random() * 300) });
    world.stack.regions.primary.jobs.cancelRun(runId);
    await ended;
  },
  'overlapping runs': (world, random) =>
    Promise.all(
      [0, 1].map(() => world.stack.runJob({ job: scheduledJob, stepDelayMs: Math.floor(random() * 300) }).ended),
    ),
  async 'run that the sync meets'(world, random, stillRunning) {
    stillRunning.push(world.stack.runJob({ job: scheduledJob, stepDelayMs: 100 + Math.floor(random() * 900) }).ended);
  },
  async 'run of iterations and a called run'(world, random, _stillRunning, { jobId, plain, nested }) {
    const { jobs } = world.stack.regions.primary;
    jobs.updateJob(jobId, { tasks: nested }, []);
    const fails = random() < 0.25 ? { failAt: iterationTask } : {};
    const { ended } = world.stack.runJob({ job: scheduledJob, stepDelayMs: Math.floor(random() * 200), ...fails });
    jobs.updateJob(jobId, { tasks: plain }, []);
    await ended;
  },
  // At rest, or far from a run's end: which of two that come together is the earlier one is not for this test to say.
  async 'commit of a person'(world, random, stillRunning) {
    await Promise.all(stillRunning);
    await byHand(world, deleteSome(random));
  },
  async 'commit of a person within a run'(world, random, stillRunning) {
    await Promise.all(stillRunning);
    const { ended } = world.stack.runJob({ job: scheduledJob, stepDelayMs: 1500 });
    await byHand(world, deleteSome(random));
    await ended;
  },
  optimize: (world, random) => byHand(world, `OPTIMIZE ${pick(random, tables)}`),
  vacuum: (world, random) => byHand(world, `VACUUM ${pick(random, tables)}`),
};

/** As a person does it, in the SQL editor: the query history tells. Else nobody could. */
async function byHand({ stack }: World, sql: string): Promise<void> {
  const { statements, warehouses: known } = stack.regions.primary;
  const warehouse = known.get(warehouses.primary.jobs);
  if (!warehouse) throw new Error('the local pair lacks its warehouse for people');
  const submitted = statements.submit({ sql, warehouse, principal: 'admin', editorQueryId: randomUUID() });
  await submitted.done;
  if (submitted.state !== 'SUCCEEDED') throw new Error(`${sql} ended ${submitted.state}: ${String(submitted.error)}`);
}

const deleteSome = (random: () => number): string =>
  `DELETE FROM ${tables[1]} WHERE id % 17 = ${Math.floor(random() * 17)}`;

function letRunsOverlap(world: World): ScheduledJob {
  const job = jobNamed(world, scheduledJob);
  world.stack.regions.primary.jobs.updateJob(job.jobId, { max_concurrent_runs: 3 }, []);
  return { jobId: job.jobId, plain: job.settings.tasks, nested: nestedTasks(world, job) };
}

/** `explain` may have to wait for the clocks, where a sync does wait. */
const undecided = 'undecided';

/** What a sync would do now, in the words of `didText`. */
async function explained(world: World, group: string): Promise<string> {
  const { code, stdout, stderr } = await world.dr('explain', group, '--json');
  if (code !== 0) throw new Error(stderr);
  const { cuts, noCut } = JSON.parse(stdout) as Explanation;
  if (noCut !== null) return `refused ${noCut.code}`;
  const [newest] = cuts;
  if (newest === undefined || newest.published) return 'nothing';
  const chosen = cuts.find(({ outcome }) => outcome !== 'refused');
  if (chosen?.outcome === 'wait') return undecided;
  if (chosen === undefined) return `refused ${newest.failure?.code}`;
  return `published ${chosen.run?.runId} ${chosen.run?.repairId}: ${versionsText(
    chosen.tables.map(({ table, version }) => [table, version]),
  )}`;
}

/** What became of a sync. */
type Outcome =
  | { readonly kind: 'published'; readonly point: NonNullable<GroupStatus['recoveryPoint']> }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly code: string };

/** In the words of `explained`, with the versions that the published point has of each table. */
async function didText(world: World, group: string, outcome: Outcome): Promise<string> {
  if (outcome.kind === 'nothing') return outcome.kind;
  if (outcome.kind === 'refused') return `refused ${outcome.code}`;
  const { stdout } = await world.dr('status', group, '--json');
  const [told] = (JSON.parse(stdout) as { groups: GroupStatus[] }).groups;
  const tables = Object.entries(told?.recoveryPoint?.tables ?? {});
  return `published ${outcome.point.runId} ${outcome.point.repairId}: ${versionsText(
    tables.map(([table, { sourceVersion }]) => [table, sourceVersion]),
  )}`;
}

const versionsText = (versions: (readonly [string, number | null])[]): string =>
  versions
    .map(([table, version]) => `${table}@${version}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(', ');

async function syncAndJudge(world: World, group: string, id: string, tally: Tally): Promise<Outcome> {
  const before = (await world.status(group)).recoveryPoint;
  await world.entity(group).signal(signals.syncNow, { requestId: id });
  const status = await world.untilStatus(
    group,
    `the answer to sync ${id}`,
    ({ requests }) => requests.some((candidate) => candidate.id === id && candidate.outcome !== 'accepted'),
    limitMs,
  );
  tally.problems.push(...(await wrongs(world, status)).map((problem) => `${id}: ${problem}`));
  const { recoveryPoint, held, lastError } = status;
  const outcome = status.requests.find((candidate) => candidate.id === id)?.outcome;
  if (outcome === 'failed') {
    const code = held?.code ?? lastError?.code ?? 'UNEXPECTED_ERROR';
    increase(tally.holds, code);
    if (!isCutHold(code)) tally.problems.push(`${id}: ${code}: ${held?.message ?? lastError?.message}`);
    return { kind: 'refused', code };
  }
  if (recoveryPoint === null || recoveryPoint.syncId === before?.syncId) {
    tally.unchanged += 1;
    return { kind: 'nothing' };
  }
  tally.published += 1;
  return { kind: 'published', point: recoveryPoint };
}

/** What contradicts the promise that the other region is at the end of exactly one good run, the job being quiet. */
async function wrongs(world: World, { recoveryPoint }: GroupStatus): Promise<string[]> {
  if (recoveryPoint === null) return [];
  const truth = world.stack.truth().filter(({ job }) => job === scheduledJob);
  const run = truth.find(({ runId, repairId }) => runId === recoveryPoint.runId && repairId === recoveryPoint.repairId);
  if (!run) return [`run ${recoveryPoint.runId} (repair ${recoveryPoint.repairId}) never ended`];
  const problems = await differencesFrom(world.stack, 'secondary', run);
  if (run.result !== 'SUCCESS') problems.push(`run ${run.runId} ended as ${run.result}`);
  const active = truth.filter((other) => isActiveAt(other, run.endTime) && other !== run);
  return [...problems, ...active.map((other) => `run ${other.runId} was active at the end of run ${run.runId}`)];
}

/** Repairs are recorded with the start of the run; what was active before them is not known here. */
const isActiveAt = ({ startTime, endTime, repairId }: TrueRun, instant: string): boolean =>
  repairId === null && startTime < instant && endTime > instant;

function pick<T>(random: () => number, from: readonly T[]): T {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

const increase = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

export function tallyText({ published, unchanged, explained: foretold, holds, actions: played }: Tally): string {
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([what, times]) => `${what} ${times}`).join(', ') || 'none';
  return `${published} recovery points published, ${unchanged} syncs without news, ${foretold} foretold by explain, refused: ${list(holds)}\nplayed: ${list(played)}\n`;
}

/** The world that schedules are played in: a group that protects the light job, whatever the ready config does with it. */
export const protectScheduledJob = (groups: Record<string, unknown>[]): void => {
  for (const group of groups) if (group.group_name === 'scheduled_sync') group.workflow = scheduledJob;
};
export const scheduledGroup = 'scheduled_sync';
