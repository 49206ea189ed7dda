import { listedSince, listRuns } from '../databricks/cut-facts.js';
import { assertNever } from '../domain/assert-never.js';
import type { RunChoice } from '../domain/cut/index.js';
import { chooseRun, unsupportedJob } from '../domain/cut/index.js';
import { errorOf } from '../domain/failure.js';
import { runQuestion } from '../domain/group/published-run.js';
import type { LastLook } from '../domain/group/state.js';
import type { HostActivities, LookOrder, RunLook } from './contract.js';
import type { ActivityDeps } from './deps.js';
import type { JobLook, LookQuestion } from './run-looks.js';
import { createRunLooks } from './run-looks.js';
import type { WatchQuestion } from './run-watch.js';
import { activeRunIds, createRunWatch } from './run-watch.js';
import { adaptiveDelayMs, lookPatiently, notYet } from './waiting.js';

/** The longest pause between two looks at a run that is waited for. */
const rarestLookMs = 30_000;

/** While groups wait, the runs of a job are listed at most once in this time, and when the awaited ones have ended. */
const listEveryMs = 10_000;

/** A look that took longer than its poll is followed by the next one after this. */
const soonestLookMs = 200;

/** State shows no more than this: the loss report of a job that ran a thousand times unpublished stays readable. */
const listedRuns = 10;

/** Looks at a group's runs: calls of the Jobs API only. */
export function createRunActivities(deps: ActivityDeps): Pick<HostActivities, 'lookAtRuns' | 'awaitRun'> {
  const looks = createRunLooks(deps.now);
  const watch = createRunWatch(deps.now);
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
      const answer = await lookPatiently(order.silenceLimitMs, deps.now, () => lookOrWatch(question, order, pollMs));
      // Counted from the look: an older one that others made is not prolonged by a whole poll.
      if ('againAt' in answer) throw notYet(answer.why, Math.max(soonestLookMs, answer.againAt - deps.now()));
      return answer;
    },
  };

  /** What there is to sync, or when to come back (epoch ms). */
  async function lookOrWatch(question: JobQuestion, order: LookOrder, pollMs: number): Promise<RunLook | Later> {
    const listMs = Math.max(pollMs, listEveryMs);
    const look = await looks.shared(question, deps.now() - listMs);
    const found = decide(order, look);
    if (!isToBeAwaited(found, order)) return found;
    const runIds = activeRunIds(look.runs);
    if (runIds.length === 0) return { why: noneEnded, againAt: look.at + listMs };

    const watched = await watch.look({ ...question, runIds }, deps.now() - pollMs);
    if (watched.allEndedAt === null) return { why: 'a run is active', againAt: watched.at + pollMs };
    const after = decide(order, await looks.shared(question, watched.allEndedAt));
    return isToBeAwaited(after, order) ? { why: noneEnded, againAt: deps.now() + pollMs } : after;
  }
}

interface Later {
  readonly why: string;
  readonly againAt: number;
}

const noneEnded = 'no new run has ended';

type JobQuestion = LookQuestion & Pick<WatchQuestion, 'isActive'>;

const isToBeAwaited = ({ kind }: RunLook, { untilNextRun }: LookOrder): boolean =>
  kind === 'wait' || (kind === 'nothing' && untilNextRun);

/** null: standalone tables have no runs to look at. */
function questionOf(deps: ActivityDeps, { settings, region, published }: LookOrder): JobQuestion | null {
  if (!settings.job) return null;
  const name = settings.job[region];
  const { jobs } = deps.workspace(settings.workspace, region);
  return {
    job: `${settings.workspace}/${region}/${name}`,
    since: listedSince(published),
    async ask(endedSince) {
      const { jobId, settings: job } = await jobs.findJob(name);
      return {
        jobId,
        isContinuous: job.continuous !== null,
        runs: await listRuns(jobs, { jobId, endedSince, runIds: [] }),
      };
    },
    isActive: (runId) => jobs.isActive(runId),
  };
}

const snapshotNow = (now: number): RunLook => ({
  kind: 'cut',
  target: { kind: 'snapshot', endTime: now },
  look: noRuns(now),
});

/** @throws UNSUPPORTED_CHANGE for a continuous job */
function decide({ settings, region, published }: LookOrder, { runs, at, isContinuous }: JobLook): RunLook {
  const name = settings.job?.[region] ?? '';
  const failure = unsupportedJob(name, region, { isContinuous }, settings.acknowledgeStreaming);
  if (failure !== null) throw errorOf(failure);
  return runLook(chooseRun({ ...runQuestion(settings, published), runs }), at);
}

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

const lastLook = (choice: RunChoice, now: number): LastLook => ({
  at: now,
  unpublishedRuns: choice.completeRuns
    .map(({ run: { runId, repairId }, endTime }) => ({ runId, repairId, endTime }))
    .slice(0, listedRuns),
  runsBehind: choice.runsBehind,
  activeRunIds: choice.activeRuns.map(({ run }) => run.runId).slice(0, listedRuns),
});

const noRuns = (now: number): LastLook => ({ at: now, unpublishedRuns: [], runsBehind: 0, activeRunIds: [] });
