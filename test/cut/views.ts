import type { TableCommit } from '../../src/domain/commits.js';
import type { JobRun, RunSegment } from '../../src/domain/runs.js';
import type { Moment } from './oracle.js';
import type { TrueCommit, TruePart, TrueRun, World } from './world.js';
import { jobId } from './world.js';

/** What a look shows of a world: runs as the Jobs API tells them, commits as the history tells them. */

/** The list of runs that matter after a published end is asked for from this much before it on. */
export const listMarginMs = 60_000;

/**
 * Runs that the Jobs API lists at a moment, and those that are asked for by id.
 *
 * @param endedSince null: all
 */
export const listedRuns = (
  { runs }: World,
  { now, over }: Moment,
  endedSince: number | null,
  runIds: readonly string[] = [],
): TrueRun[] =>
  runs.filter((run) => {
    if (run.at > now || (over && run.deleted)) return false;
    if (runIds.includes(run.id)) return true;
    const begun = run.parts.filter(({ start }) => start <= now);
    if (begun.some(({ end }) => end > now)) return true;
    const last = Math.max(run.at, ...begun.map(({ end }) => end));
    // The list is by start, so that only a run that began before the others can lie deep in it.
    return endedSince === null || (last >= endedSince && !(run.deep && run.at < endedSince));
  });

/** What the Jobs API shows of a run at an instant. */
export function shownRun(run: TrueRun, { now }: Pick<Moment, 'now'>): JobRun {
  if (run.kind !== 'ran') {
    const result = run.kind === 'skipped' ? 'MAXIMUM_CONCURRENT_RUNS_REACHED' : null;
    return {
      runId: run.id,
      jobId,
      segments: [{ repairId: null, startTime: run.at, endTime: run.at, result }],
      taskRunIds: [],
      childRuns: [],
    };
  }
  const own = run.parts.filter((part) => !part.child && part.start <= now);
  const childIds = [...new Set(run.parts.filter((part) => part.child && part.start <= now).map((p) => p.ownerId))];
  return {
    runId: run.id,
    jobId,
    segments: own.map((part) => shownSegment(part, now, run.taskRunsPerRepair)),
    taskRunIds: own.map(({ taskRunId }) => taskRunId),
    childRuns: childIds.slice(0, 1).map((id) => shownChild(run, id, now, childIds.slice(1))),
  };
}

/** Children of children are shown below the first child. */
function shownChild(run: TrueRun, id: string, now: number, nested: string[]): JobRun {
  const parts = run.parts.filter((part) => part.ownerId === id && part.start <= now);
  return {
    runId: id,
    jobId: parts[0]?.ownerJobId ?? '88',
    segments: parts.map((part) => shownSegment(part, now, run.taskRunsPerRepair)),
    taskRunIds: parts.map(({ taskRunId }) => taskRunId),
    childRuns: nested.map((other) => shownChild(run, other, now, [])),
  };
}

const shownSegment = (part: TruePart, now: number, withTaskRuns: boolean): RunSegment => ({
  repairId: part.repairId,
  startTime: part.start,
  endTime: part.end <= now ? part.end : null,
  result: part.end <= now ? part.result : null,
  ...(withTaskRuns ? { taskRunIds: [part.taskRunId] } : {}),
});

/** What DESCRIBE HISTORY shows of a commit. */
export const shownCommit = ({ version, stampedAt, operation, shown }: TrueCommit): TableCommit => ({
  version,
  timestamp: stampedAt,
  operation,
  operationParameters: {},
  operationMetrics: {},
  statementId: null,
  ...shown,
});
