import type { TableCommit } from '../commits.js';
import type { JobRun } from '../runs.js';
import { descendants } from './activity.js';

/** More than a job leaves unlisted between two syncs; where so many are, the newest matter. */
const mostLookedUp = 100;

/**
 * Runs of the job that commits name and no list told of. The Jobs API lists by start: a run that is repaired long after it
 * began lies deep in the list, yet what its repair wrote, and whether it was active at a cut, has to be known. So each is
 * asked for by its id.
 *
 * @param listedSince since when the list is complete, epoch ms: what older commits tell of is settled. null: nothing is
 *                    published, and the list tells all runs since the first of it began
 */
export function unlistedRunIds(
  jobId: string,
  runs: readonly JobRun[],
  commits: readonly TableCommit[],
  listedSince: number | null,
): readonly string[] {
  const known = new Set(runs.flatMap((run) => [run, ...descendants(run)]).map(({ runId }) => runId));
  const from = listedSince ?? Math.min(...runs.flatMap(({ segments }) => segments.map(({ startTime }) => startTime)));
  const newestFirst = commits.filter(({ timestamp }) => timestamp >= from).sort((a, b) => b.timestamp - a.timestamp);
  const named = newestFirst.flatMap(({ job }) => (job?.jobId === jobId && job.jobRunId !== null ? [job.jobRunId] : []));
  return [...new Set(named)].filter((runId) => !known.has(runId)).slice(0, mostLookedUp);
}
