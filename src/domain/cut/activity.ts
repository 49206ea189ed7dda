import type { JobRun, RunKey, RunResult, RunSegment } from '../runs.js';

/** One stretch of activity of a run as a cut sees it: the original attempt or a repair, with all that it started. */
export interface Episode {
  /** The run as it was during this stretch: its id with the id of the repair. */
  readonly run: RunKey;
  /** Epoch ms. */
  readonly startTime: number;
  /** Epoch ms; null while anything of it is active. */
  readonly endTime: number | null;
  /** The worst of the run's own result and those of children that ended after it; null while active. */
  readonly result: RunResult | null;
}

/** What commits are attributed to: one segment of a run or of one of its children, and the episode it is part of. */
export interface Stretch {
  readonly runId: string;
  readonly startTime: number;
  readonly endTime: number | null;
  /** Known only where the Jobs API told the task runs of each repair. */
  readonly taskRunIds: readonly string[] | null;
  readonly episode: Episode;
}

/** A run unfolded into its activity. */
export interface RunActivity {
  readonly run: JobRun;
  readonly episodes: readonly Episode[];
  readonly stretches: readonly Stretch[];
}

/** Runs that are somebody's children are activity of their parent, even where the Jobs API lists them by themselves. */
export function activityOf(runs: readonly JobRun[]): RunActivity[] {
  const distinct = new Map(runs.map((run) => [run.runId, run]));
  const childIds = new Set([...distinct.values()].flatMap((run) => descendants(run)).map((child) => child.runId));
  return [...distinct.values()].filter((run) => !childIds.has(run.runId)).map(unfold);
}

/** Queued and skipped runs have a segment of no length: they did nothing, so they neither disturb a cut nor make one. */
export const hasStarted = (segment: RunSegment): boolean =>
  segment.endTime === null || segment.endTime > segment.startTime || resultRank(segment.result) < 2;

export function descendants(run: JobRun): JobRun[] {
  return run.childRuns.flatMap((child) => [child, ...descendants(child)]);
}

/**
 * Children extend the stretch that they were started in. A child that is repaired by itself later makes its parent
 * active once more: a new episode, keyed by the child's repair, although the parent's own record does not change.
 */
function unfold(run: JobRun): RunActivity {
  const open: OpenEpisode[] = [];
  const pieces: { piece: Piece; episode: OpenEpisode }[] = [];
  for (const piece of piecesOf(run)) {
    const last = open.at(-1);
    const partOfLast = last !== undefined && !piece.own && piece.segment.startTime <= (last.endTime ?? Infinity);
    const episode = partOfLast ? last : openEpisode(run, piece, last);
    if (partOfLast) extend(last, piece.segment);
    else open.push(episode);
    pieces.push({ piece, episode });
  }
  const closed = new Map<OpenEpisode, Episode>(
    open.map((episode) => [episode, { ...episode, result: episode.endTime === null ? null : episode.result }]),
  );
  return {
    run,
    episodes: [...closed.values()],
    stretches: pieces.flatMap(({ piece, episode }) => {
      const found = closed.get(episode);
      return found === undefined ? [] : [stretchOf(piece, found)];
    }),
  };
}

interface Piece {
  readonly own: boolean;
  readonly runId: string;
  readonly segment: RunSegment;
}

interface OpenEpisode {
  readonly run: RunKey;
  readonly startTime: number;
  endTime: number | null;
  result: RunResult | null;
}

/** All segments of the run and its children in order of start; of equal starts the run's own comes first. */
function piecesOf(run: JobRun): Piece[] {
  const own = run.segments.map((segment): Piece => ({ own: true, runId: run.runId, segment }));
  const children = descendants(run).flatMap((child) =>
    child.segments.map((segment): Piece => ({ own: false, runId: child.runId, segment })),
  );
  return [...own, ...children]
    .filter(({ segment }) => hasStarted(segment))
    .sort((a, b) => a.segment.startTime - b.segment.startTime || Number(b.own) - Number(a.own));
}

function openEpisode(run: JobRun, { own, segment }: Piece, last: OpenEpisode | undefined): OpenEpisode {
  return {
    run: { runId: run.runId, repairId: segment.repairId ?? (own ? null : (last?.run.repairId ?? null)) },
    startTime: segment.startTime,
    endTime: segment.endTime,
    result: own || last === undefined ? segment.result : worse(last.result, segment.result),
  };
}

function extend(episode: OpenEpisode, child: RunSegment): void {
  if (episode.endTime === null) return;
  if (child.endTime !== null && child.endTime <= episode.endTime) return;
  // The parent did not wait for this child, so its own result knows nothing of it.
  episode.endTime = child.endTime;
  episode.result = worse(episode.result, child.result);
}

const stretchOf = ({ runId, segment }: Piece, episode: Episode): Stretch => ({
  runId,
  startTime: segment.startTime,
  endTime: segment.endTime,
  taskRunIds: segment.taskRunIds ?? null,
  episode,
});

function resultRank(result: RunResult | null): number {
  if (result === 'SUCCESS') return 0;
  return result === 'SUCCESS_WITH_FAILURES' ? 1 : 2;
}

const worse = (a: RunResult | null, b: RunResult | null): RunResult | null => (resultRank(b) > resultRank(a) ? b : a);
