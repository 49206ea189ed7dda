import type { Failure } from '../failure.js';
import type { JobRun, RunKey, RunResult } from '../runs.js';
import { sameRun } from '../runs.js';
import type { Episode, RunActivity } from './activity.js';
import { activityOf } from './activity.js';
import type { Counting, CutCandidate, OverlappingSet } from './overlapping-sets.js';
import { compareEpisodes, counts, overlappingSets } from './overlapping-sets.js';
import type { RunVerdict } from './run-verdicts.js';
import { runVerdicts } from './run-verdicts.js';
import { describeRun, iso } from './words.js';

export interface ChooseRunInput {
  /** All known runs of the job, in any order; finished, active, queued and skipped ones alike. */
  readonly runs: readonly JobRun[];
  /** What the target holds now; null when nothing was published yet. `run` is null for a snapshot. */
  readonly published: { readonly run: RunKey | null; readonly endTime: number } | null;
  /** SUCCESS_WITH_FAILURES counts too (`accept_partial_success`). */
  readonly acceptPartialSuccess: boolean;
  /**
   * The switch that made this region the active one, epoch ms: from then on its tables held the recovery point. Only runs
   * that began since make a cut, for what an earlier one read or wrote was replaced under it. Null, the default: it always was.
   */
  readonly switchedAt?: number | null;
  /** The published point lacks a configured table, or lies elsewhere: without a newer run, cut once more at its end. */
  readonly recut?: boolean;
}

export interface ListedRun {
  readonly run: RunKey;
  readonly startTime: number;
  readonly endTime: number | null;
  readonly result: RunResult | null;
}

interface Looked {
  /** Complete runs that count and are newer than the published point. */
  readonly runsBehind: number;
  /** The same, whether they make a cut or not, newest end first. */
  readonly completeRuns: readonly ListedRun[];
  readonly activeRuns: readonly ListedRun[];
  /** Every run with the reason why it makes a cut or none, newest first: what `explain` prints. */
  readonly verdicts: readonly RunVerdict[];
}

export type RunChoice = Looked &
  (
    | {
        readonly kind: 'cut';
        readonly run: RunKey;
        readonly endTime: number;
        /** All valid cuts newer than the published one, newest first; the first is the choice, the rest fall-backs. */
        readonly candidates: readonly CutCandidate[];
        /** Complete runs between the published point and this cut, contained in it and never published by themselves. */
        readonly superseded: readonly ListedRun[];
        /** Runs since the published point that did not count; what they wrote is part of this cut. */
        readonly failedRunsIncluded: readonly ListedRun[];
        /** Runs that started before the look and are not in this cut: lost if the region were lost now. */
        readonly notIncluded: readonly ListedRun[];
      }
    | {
        readonly kind: 'wait';
        /** Start of the longest active run, epoch ms. */
        readonly since: number;
      }
    | { readonly kind: 'nothing'; readonly failedRuns: readonly ListedRun[] }
    | { readonly kind: 'never-ran' }
    | { readonly kind: 'hold'; readonly failure: Failure }
  );

/**
 * Which run end is to be copied next: the newest instant at which no run of the job was active and every run of the
 * overlapping set counts. Never older than what is published; the order of `runs` does not matter.
 */
export function chooseRun(input: ChooseRunInput): RunChoice {
  const switchedAt = input.switchedAt ?? -Infinity;
  const floor = Math.max(input.published?.endTime ?? -Infinity, switchedAt);
  const activities = activityOf(input.runs);
  const counting = countingSince(switchedAt, activities, input.acceptPartialSuccess);
  const episodes = activities.flatMap((activity) => activity.episodes).sort(compareEpisodes);
  const sets = overlappingSets(episodes, counting);
  const candidates = sets.flatMap((set) => (set.cut !== null && set.cut.endTime > floor ? [set.cut] : [])).reverse();
  const recut = recutCandidate(input, floor);
  const chosen = candidates[0] ?? recut;

  const active = episodes.filter((episode) => episode.endTime === null);
  const newlyEnded = episodes.filter(({ endTime }) => endTime !== null && endTime > floor);
  const complete = newlyEnded.filter(counting.isGood);
  const looked: Looked = {
    runsBehind: new Set(complete.map(({ run }) => run.runId)).size,
    completeRuns: complete.toSorted((a, b) => (b.endTime ?? 0) - (a.endTime ?? 0)).map(listed),
    activeRuns: active.map(listed),
    verdicts: runVerdicts({ activities, sets, floor, chosen: chosen ?? null, counting }),
  };

  if (chosen !== null) {
    const within = newlyEnded.filter(({ endTime }) => (endTime ?? Infinity) <= chosen.endTime);
    return {
      ...looked,
      kind: 'cut',
      run: chosen.run,
      endTime: chosen.endTime,
      candidates: candidates.length > 0 ? candidates : [chosen],
      superseded: within.filter((episode) => counting.isGood(episode) && !sameRun(episode.run, chosen.run)).map(listed),
      failedRunsIncluded: within.filter((episode) => !counting.isGood(episode)).map(listed),
      notIncluded: episodes.filter(({ endTime }) => (endTime ?? Infinity) > chosen.endTime).map(listed),
    };
  }
  if (complete.length > 0) {
    return { ...looked, kind: 'hold', failure: noQuietPoint(sets, complete, counting) };
  }
  const longest = active[0];
  if (longest !== undefined) return { ...looked, kind: 'wait', since: longest.startTime };
  if (input.published === null) return { ...looked, kind: 'never-ran' };
  return { ...looked, kind: 'nothing', failedRuns: newlyEnded.map(listed) };
}

/** A repair of a run from before the switch runs again only a part of it, so it does not count either. */
function countingSince(
  switchedAt: number,
  activities: readonly RunActivity[],
  acceptPartialSuccess: boolean,
): Counting {
  const early = new Set(
    activities
      .filter(({ episodes: [first] }) => (first?.startTime ?? Infinity) < switchedAt)
      .map(({ run }) => run.runId),
  );
  const isEarly = ({ run }: Episode): boolean => early.has(run.runId);
  return { isEarly, isGood: (episode) => !isEarly(episode) && counts(episode.result, acceptPartialSuccess) };
}

/** The published end was quiet when it was published, and the past does not change: the run may even be deleted since. */
function recutCandidate(input: ChooseRunInput, floor: number): CutCandidate | null {
  const { published } = input;
  if (input.recut !== true || !published?.run || published.endTime < floor) return null;
  return { run: published.run, endTime: published.endTime, overlappedWith: [] };
}

function noQuietPoint(sets: readonly OverlappingSet[], complete: readonly Episode[], counting: Counting): Failure {
  const newest = complete.reduce((a, b) => ((b.endTime ?? 0) >= (a.endTime ?? 0) ? b : a));
  const companions = (sets.find((set) => set.episodes.includes(newest))?.episodes ?? []).filter((e) => e !== newest);
  const active = companions.filter(({ endTime }) => endTime === null);
  const others = active.length > 0 ? active : companions.filter((episode) => !counting.isGood(episode));
  const names = others.map((e) => `${describeRun(e.run)} (${why(e, counting)})`).join(', ');
  return {
    code: 'NO_QUIET_POINT',
    message:
      `The job's ${describeRun(newest.run)} ended well, but it overlaps with ${names}, ` +
      `so what it left${newest.endTime === null ? '' : ` at ${iso(newest.endTime)}`} is not the state of finished runs alone.`,
    remedy:
      active.length > 0
        ? 'Nothing to do if the job comes to rest by itself. Otherwise let its runs follow one another (max_concurrent_runs 1).'
        : 'Repair the failed run, or let the next run of the job succeed by itself; the sync goes on from there.',
  };
}

function why(episode: Episode, { isEarly }: Counting): string {
  if (episode.result === null) return `active since ${iso(episode.startTime)}`;
  return isEarly(episode) ? 'begun before this region became the active one' : episode.result;
}

/** Names at most so many runs in a sentence. */
const namedRuns = 10;

/**
 * What a reader of a cut at this end should know of runs that failed before it: nothing undoes what they wrote.
 *
 * @returns a sentence; null where none failed
 */
export function failedRunsNote(
  { failedRunsIncluded }: Extract<RunChoice, { kind: 'cut' }>,
  endTime: number,
): string | null {
  const failed = failedRunsIncluded.filter((run) => (run.endTime ?? Infinity) <= endTime);
  if (failed.length === 0) return null;
  const named = failed.slice(-namedRuns).map(({ run, result }) => `${describeRun(run)} (${result ?? 'unknown'})`);
  const more = failed.length > namedRuns ? ` and of ${failed.length - namedRuns} earlier ones` : '';
  return `It holds what was written by runs that did not succeed: ${named.join(', ')}${more}.`;
}

const listed = ({ run, startTime, endTime, result }: Episode): ListedRun => ({ run, startTime, endTime, result });
