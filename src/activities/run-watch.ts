import type { JobRun } from '../domain/runs.js';

export interface WatchQuestion {
  /** Workspace, region and name of the job. */
  readonly job: string;
  readonly runIds: readonly string[];
  /** Asks the Jobs API about one run. */
  isActive(runId: string): Promise<boolean>;
}

/** Times are epoch ms. */
export interface Watched {
  /** When it was asked. */
  readonly at: number;
  /** When it was known that none of the runs is active any more; null: one is. */
  readonly allEndedAt: number | null;
}

export interface RunWatch {
  /** Asked at this instant or later, at most once, whoever waits. */
  look(question: WatchQuestion, notBefore: number): Promise<Watched>;
}

interface Kept {
  readonly runIds: string;
  readonly at: number;
  readonly answer: Promise<Watched>;
}

/**
 * Whether runs that were active still are: mostly one light call (`runs/get`), shared by the groups of one worker. While
 * one of them is active the job has no quiet instant, so nothing is missed by not listing its runs.
 */
export function createRunWatch(clock: () => number): RunWatch {
  const kept = new Map<string, Kept>();
  return {
    look({ job, runIds, isActive }, notBefore) {
      const known = kept.get(job);
      const ids = runIds.join();
      if (known?.runIds === ids && known.at >= notBefore) return known.answer;
      const at = clock();
      const answer = anyActive(runIds, isActive).then((active) => ({ at, allEndedAt: active ? null : clock() }));
      const mine: Kept = { runIds: ids, at, answer };
      kept.set(job, mine);
      // A failure is not kept: the next one who asks tries again.
      answer.catch(() => {
        if (kept.get(job) === mine) kept.delete(job);
      });
      return answer;
    },
  };
}

/** One that is active is answer enough. */
async function anyActive(runIds: readonly string[], isActive: WatchQuestion['isActive']): Promise<boolean> {
  for (const runId of runIds) if (await isActive(runId)) return true;
  return false;
}

/** Runs that something of is active, children included, in a steady order. */
export const activeRunIds = (runs: readonly JobRun[]): readonly string[] =>
  runs
    .flatMap((run) => [
      ...(run.segments.some(({ endTime }) => endTime === null) ? [run.runId] : []),
      ...activeRunIds(run.childRuns),
    ])
    .sort();
