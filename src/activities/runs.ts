import type { Jobs } from '../databricks/api.js';
import { runsAfter } from '../databricks/cut-facts.js';
import { assertNever } from '../domain/assert-never.js';
import type { RunChoice } from '../domain/cut/index.js';
import { chooseRun } from '../domain/cut/index.js';
import type { LastLook } from '../domain/group/state.js';
import type { JobRun } from '../domain/runs.js';
import type { GroupSettings } from '../domain/spec.js';
import type { HostActivities, LookOrder, RunLook } from './contract.js';
import type { ActivityDeps } from './deps.js';
import type { JobLook, LookQuestion } from './run-looks.js';
import { createRunLooks } from './run-looks.js';
import { adaptiveDelayMs, lookPatiently, notYet } from './waiting.js';

/** The longest pause between two looks at a run that is waited for. */
const rarestLookMs = 30_000;

/** A look that took longer than its poll is followed by the next one after this. */
const soonestLookMs = 200;

/** State shows no more than this: the loss report of a job that ran a thousand times unpublished stays readable. */
const listedRuns = 10;

/** Looks at a group's runs: calls of the Jobs API only. */
export function createRunActivities(deps: ActivityDeps): Pick<HostActivities, 'lookAtRuns' | 'awaitRun'> {
  const looks = createRunLooks(deps.now);
  return {
    async lookAtRuns(order) {
      const question = questionOf(deps, order);
      if (question === null) return snapshotNow(deps.now());
      return decide(order, await looks.now(question));
    },
    async awaitRun(order) {
      const question = questionOf(deps, order);
      if (question === null) return snapshotNow(deps.now());
      const pollMs = adaptiveDelayMs(deps.now(), rarestLookMs);
      const look = await lookPatiently(order.silenceLimitMs, deps.now, () => looks.shared(question, pollMs));
      const found = decide(order, look);
      const waiting = found.kind === 'wait' || (found.kind === 'nothing' && order.untilNextRun);
      // Counted from the look: an older one that others made is not prolonged by a whole poll.
      if (waiting) throw notYet('a run is active', Math.max(soonestLookMs, look.at + pollMs - deps.now()));
      return found;
    },
  };
}

/** null: standalone tables have no runs to look at. */
function questionOf(deps: ActivityDeps, { settings, region, published }: LookOrder): LookQuestion | null {
  if (!settings.job) return null;
  const name = settings.job[region];
  const { jobs } = deps.workspace(settings.workspace, region);
  return {
    job: `${settings.workspace}/${region}/${name}`,
    since: published?.endTime ?? null,
    async ask(since) {
      const { jobId } = await jobs.findJob(name);
      return { jobId, runs: await runsAfter(jobs, jobId, since) };
    },
  };
}

const snapshotNow = (now: number): RunLook => ({
  kind: 'cut',
  target: { kind: 'snapshot', endTime: now },
  look: noRuns(now),
});

const decide = ({ settings, published }: LookOrder, { runs, at }: JobLook): RunLook =>
  runLook(
    chooseRun({
      runs,
      published,
      acceptPartialSuccess: settings.acceptPartialSuccess,
      recut: specChanged(settings, published),
    }),
    at,
  );

/** A table that was configured since the published point is missing in it: the same run is cut once more. */
export const specChanged = (settings: GroupSettings, published: LookOrder['published']): boolean =>
  published !== null && published.specHash !== settings.specHash;

/** Every run that may matter for a cut after the published one. */
export const listRuns = (jobs: Jobs, jobId: string, published: LookOrder['published']): Promise<readonly JobRun[]> =>
  runsAfter(jobs, jobId, published?.endTime ?? null);

function runLook(choice: RunChoice, now: number): RunLook {
  const look = lastLook(choice, now);
  switch (choice.kind) {
    case 'cut':
      return { kind: 'cut', target: { kind: 'run', run: choice.run, endTime: choice.endTime }, look };
    case 'wait':
      return { kind: 'wait', look };
    case 'nothing':
    case 'never-ran':
      return { kind: 'nothing', look };
    case 'hold':
      return { kind: 'hold', failure: choice.failure, run: null, look };
    default:
      return assertNever(choice);
  }
}

function lastLook(choice: RunChoice, now: number): LastLook {
  const ended =
    choice.kind === 'cut' ? [{ run: choice.run }, ...choice.superseded, ...completeIn(choice.notIncluded)] : [];
  return {
    at: now,
    unpublishedRuns: ended.map(({ run }) => ({ runId: run.runId, repairId: run.repairId })).slice(0, listedRuns),
    runsBehind: choice.runsBehind,
    activeRunIds: choice.activeRuns.map(({ run }) => run.runId).slice(0, listedRuns),
  };
}

const completeIn = (runs: Extract<RunChoice, { kind: 'cut' }>['notIncluded']) =>
  runs.filter(({ endTime }) => endTime !== null);

const noRuns = (now: number): LastLook => ({ at: now, unpublishedRuns: [], runsBehind: 0, activeRunIds: [] });
