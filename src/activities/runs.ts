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
import { adaptiveDelayMs, lookPatiently, notYet } from './waiting.js';

/** The longest pause between two looks at a run that is waited for. */
const rarestLookMs = 30_000;

/** State shows no more than this: the loss report of a job that ran a thousand times unpublished stays readable. */
const listedRuns = 10;

/** Looks at a group's runs: calls of the Jobs API only. */
export function createRunActivities(deps: ActivityDeps): Pick<HostActivities, 'lookAtRuns' | 'awaitRun'> {
  const look = async (order: LookOrder): Promise<RunLook> => {
    const { settings, region } = order;
    const now = deps.now();
    if (!settings.job) {
      return { kind: 'cut', target: { kind: 'snapshot', endTime: now }, look: noRuns(now) };
    }
    const { jobs } = deps.workspace(settings.workspace, region);
    const { jobId } = await jobs.findJob(settings.job[region]);
    const choice = chooseRun({
      runs: await listRuns(jobs, jobId, order.published),
      published: order.published,
      acceptPartialSuccess: settings.acceptPartialSuccess,
      recut: specChanged(settings, order.published),
    });
    return runLook(choice, now);
  };
  return {
    lookAtRuns: look,
    async awaitRun(order) {
      const found = await lookPatiently(order.silenceLimitMs, deps.now, () => look(order));
      const waiting = found.kind === 'wait' || (found.kind === 'nothing' && order.untilNextRun);
      if (waiting) throw notYet('a run is active', adaptiveDelayMs(deps.now(), rarestLookMs));
      return found;
    },
  };
}

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
