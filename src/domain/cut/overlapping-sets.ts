import type { RunKey, RunResult } from '../runs.js';
import type { Episode } from './activity.js';
import { compareIds } from './words.js';

/** One instant at which the job was quiet and every run that led to it counts. */
export interface CutCandidate {
  readonly run: RunKey;
  /** The instant of the cut: the end of the run, epoch ms. */
  readonly endTime: number;
  /** Runs that overlapped with `run` and are complete in the same cut. */
  readonly overlappedWith: readonly RunKey[];
}

/** Runs that were active without a pause of the job between them, and the cut that they leave, if they leave one. */
export interface OverlappingSet {
  readonly episodes: readonly Episode[];
  /** The only instant of the set at which the job is quiet; null while a run is active. */
  readonly endTime: number | null;
  /** null while a run is active, and when a run of the set does not count. */
  readonly cut: CutCandidate | null;
}

/** SUCCESS counts; SUCCESS_WITH_FAILURES (leaf tasks succeeded, others did not) only on demand; nothing else ever does. */
export const counts = (result: RunResult | null, acceptPartialSuccess: boolean): boolean =>
  result === 'SUCCESS' || (acceptPartialSuccess && result === 'SUCCESS_WITH_FAILURES');

/** What may be part of a cut in the region that is active. */
export interface Counting {
  /** It ended as wanted, and is not early. */
  isGood(episode: Episode): boolean;
  /** It is of a run that began before the region became the active one. */
  isEarly(episode: Episode): boolean;
}

/** A total order, so that no result depends on the order in which the Jobs API lists runs. */
export const compareEpisodes = (a: Episode, b: Episode): number =>
  a.startTime - b.startTime ||
  compareNumbers(a.endTime ?? Infinity, b.endTime ?? Infinity) ||
  compareIds(a.run.runId, b.run.runId) ||
  compareIds(a.run.repairId ?? '', b.run.repairId ?? '');

/**
 * Splits activity (sorted) at every instant at which the job was quiet. A run that starts in the very millisecond in
 * which another one ends does not overlap with it: it has written nothing yet.
 */
export function overlappingSets(episodes: readonly Episode[], counting: Counting): OverlappingSet[] {
  const sets: Episode[][] = [];
  let lastEnd = -Infinity;
  for (const episode of episodes) {
    const current = sets.at(-1);
    if (current === undefined || episode.startTime >= lastEnd) sets.push([episode]);
    else current.push(episode);
    lastEnd = Math.max(lastEnd, episode.endTime ?? Infinity);
  }
  return sets.map((members) => toSet(members, counting));
}

function toSet(episodes: readonly Episode[], counting: Counting): OverlappingSet {
  const endTime = Math.max(...episodes.map((episode) => episode.endTime ?? Infinity));
  if (endTime === Infinity) return { episodes, endTime: null, cut: null };
  // A run that failed and was repaired within the set is judged by the repair.
  const lastOfRun = new Map(byEnd(episodes).map((episode) => [episode.run.runId, episode]));
  const last = byEnd([...lastOfRun.values()]).at(-1);
  const allCount = [...lastOfRun.values()].every(counting.isGood);
  if (!allCount || last === undefined) return { episodes, endTime, cut: null };
  const overlappedWith = [...lastOfRun.values()].filter((episode) => episode !== last).map(({ run }) => run);
  return { episodes, endTime, cut: { run: last.run, endTime, overlappedWith } };
}

const byEnd = (episodes: readonly Episode[]): Episode[] =>
  [...episodes].sort((a, b) => compareNumbers(a.endTime ?? Infinity, b.endTime ?? Infinity) || compareEpisodes(a, b));

/** Subtraction would make NaN of two infinities. */
const compareNumbers = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
