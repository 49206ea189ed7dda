import type { TableCommit } from '../commits.js';
import type { RunKey } from '../runs.js';
import type { RunActivity, Stretch } from './activity.js';
import { descendants } from './activity.js';
import { describeRun } from './words.js';

/** Whose a commit is, seen from the end of a cut. */
export type CommitAuthor =
  /** A run of the job (its tasks, repairs and children included) that had ended at the cut. */
  | { readonly kind: 'ended-run'; readonly run: RunKey }
  /** A run of the job that ended after the cut or is active. */
  | { readonly kind: 'later-run'; readonly run: RunKey }
  /** A run of the job that was repaired after the cut, and neither ids nor clocks tell which part wrote the commit. */
  | { readonly kind: 'either-part'; readonly run: RunKey }
  /** The job itself, by a run that the Jobs API does not list (any more): clocks have to decide. */
  | { readonly kind: 'unlisted-run'; readonly runId: string | null }
  /** Another job, or a person. */
  | { readonly kind: 'foreign'; readonly who: string }
  /** Nobody knows: clocks have to decide. */
  | { readonly kind: 'unattributed' };

/** Runs of a job by the ids that a commit may carry. */
export interface Attribution {
  readonly jobId: string;
  readonly byTaskRun: ReadonlyMap<string, readonly Stretch[]>;
  readonly byRun: ReadonlyMap<string, readonly Stretch[]>;
}

export function indexRuns(jobId: string, activities: readonly RunActivity[]): Attribution {
  const byTaskRun = new Map<string, Stretch[]>();
  const byRun = new Map<string, Stretch[]>();
  for (const { run, stretches } of activities) {
    for (const member of [run, ...descendants(run)]) {
      const own = stretches.filter((stretch) => stretch.runId === member.runId);
      for (const stretch of own) add(byRun, member.runId, stretch);
      for (const stretch of own) for (const id of stretch.taskRunIds ?? []) add(byTaskRun, id, stretch);
      for (const id of member.taskRunIds) if (!byTaskRun.has(id)) byTaskRun.set(id, own);
    }
  }
  return { jobId, byTaskRun, byRun };
}

function add(map: Map<string, Stretch[]>, key: string, stretch: Stretch): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [stretch]);
  else if (!known.includes(stretch)) known.push(stretch);
}

/**
 * @param endTime       the cut, epoch ms
 * @param marginMs      how far the clocks of storage and control plane may differ
 */
export function authorOf(commit: TableCommit, runs: Attribution, endTime: number, marginMs: number): CommitAuthor {
  const { job } = commit;
  if (job === null) {
    return commit.byHand === true ? { kind: 'foreign', who: commit.userName ?? 'a person' } : { kind: 'unattributed' };
  }
  // Runtimes before multi-task jobs write the run's own id where newer ones write the task run's.
  const stretches =
    lookUp(runs.byTaskRun, job.taskRunId) ?? lookUp(runs.byRun, job.jobRunId) ?? lookUp(runs.byRun, job.taskRunId);
  if (stretches !== undefined) return sideOf(commit, stretches, endTime, marginMs);
  if (job.jobId === runs.jobId) return { kind: 'unlisted-run', runId: job.jobRunId ?? job.taskRunId };
  return { kind: 'foreign', who: `job ${job.jobId}` };
}

function lookUp(
  map: ReadonlyMap<string, readonly Stretch[]>,
  id: string | null,
): readonly [Stretch, ...Stretch[]] | undefined {
  const [first, ...rest] = id === null ? [] : (map.get(id) ?? []);
  return first === undefined ? undefined : [first, ...rest];
}

function sideOf(
  { timestamp }: TableCommit,
  stretches: readonly [Stretch, ...Stretch[]],
  endTime: number,
  marginMs: number,
): CommitAuthor {
  const possible = stretches.filter(
    (stretch) => timestamp >= stretch.startTime - marginMs && timestamp <= (stretch.endTime ?? Infinity) + marginMs,
  );
  // Outside of every stretch: a statement that outlived its run, so the stretch before the commit.
  const before = stretches.filter((stretch) => stretch.startTime <= timestamp).at(-1) ?? stretches[0];
  const authors = (stretches.length === 1 ? stretches : possible.length > 0 ? possible : [before]).map(
    ({ episode }) => ({ run: episode.run, ended: (episode.endTime ?? Infinity) <= endTime }),
  );
  const last = authors.at(-1) ?? { run: before.episode.run, ended: (before.episode.endTime ?? Infinity) <= endTime };
  if (authors.every(({ ended }) => ended)) return { kind: 'ended-run', run: last.run };
  if (authors.every(({ ended }) => !ended)) return { kind: 'later-run', run: last.run };
  return { kind: 'either-part', run: last.run };
}

export function describeAuthor(author: CommitAuthor): string {
  switch (author.kind) {
    case 'ended-run':
    case 'later-run':
    case 'either-part':
      return describeRun(author.run);
    case 'unlisted-run':
      return author.runId === null
        ? 'an unlisted run of the job'
        : `run ${author.runId}, which the Jobs API does not list`;
    case 'foreign':
      return author.who;
    case 'unattributed':
      return 'an unknown writer';
  }
}
