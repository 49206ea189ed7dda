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
  const newest = new Map<string, JobRun>();
  for (const run of runs) {
    const known = newest.get(run.runId);
    if (known === undefined || progressOf(run) > progressOf(known)) newest.set(run.runId, run);
  }
  const childIds = new Set([...newest.values()].flatMap((run) => descendants(run)).map((child) => child.runId));
  return [...newest.values()].filter((run) => !childIds.has(run.runId)).map(unfold);
}

/** Pages of a moving list may show a run twice, in two states: the further one is true. */
const progressOf = ({ segments }: JobRun): number =>
  segments.length + segments.filter(({ endTime }) => endTime !== null).length;

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
  const drafts: Draft[] = [];
  for (const piece of piecesOf(run)) {
    const last = drafts.at(-1);
    if (last !== undefined && isPartOf(last, piece)) last.pieces.push(piece);
    else drafts.push({ pieces: [piece], earlier: drafts.flatMap(({ pieces }) => pieces) });
  }
  const closed = drafts.map((draft) => ({ draft, episode: close(run, draft) }));
  return {
    run,
    episodes: closed.map(({ episode }) => episode),
    stretches: closed.flatMap(({ draft, episode }) => draft.pieces.map((piece) => stretchOf(piece, episode))),
  };
}

/** A segment of the run itself or of one of its children. */
interface Piece {
  readonly own: boolean;
  readonly runId: string;
  readonly segment: RunSegment;
}

/** An episode in the making; `earlier` pieces belong to episodes before it. */
interface Draft {
  readonly pieces: [Piece, ...Piece[]];
  readonly earlier: readonly Piece[];
}

const endOf = (pieces: readonly Piece[]): number =>
  Math.max(...pieces.map(({ segment }) => segment.endTime ?? Number.POSITIVE_INFINITY));

/** A child that starts in the millisecond of the end still belongs; a repair does only where a child outlived what it repairs. */
const isPartOf = ({ pieces }: Draft, { own, segment }: Piece): boolean =>
  own ? segment.startTime < endOf(pieces) : segment.startTime <= endOf(pieces);

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

function close(run: JobRun, { pieces, earlier }: Draft): Episode {
  const endTime = endOf(pieces);
  const isActive = endTime === Number.POSITIVE_INFINITY;
  return {
    run: { runId: run.runId, repairId: repairOf(pieces) ?? repairOf(earlier) },
    startTime: pieces[0].segment.startTime,
    endTime: isActive ? null : endTime,
    result: isActive ? null : resultOf([...earlier, ...pieces]),
  };
}

/** The last repair of the run itself; of a child where that is what made the episode. */
function repairOf(pieces: readonly Piece[]): string | null {
  const own = pieces.filter((piece) => piece.own);
  return (own.at(-1) ?? pieces[0])?.segment.repairId ?? null;
}

/** The run's own last result, and the last one of every child that ended after it: of those the run's own knows nothing. */
function resultOf(pieces: readonly Piece[]): RunResult | null {
  const own = pieces.filter((piece) => piece.own).at(-1);
  const ownEnd = own?.segment.endTime ?? Number.NEGATIVE_INFINITY;
  const lastOfChild = new Map(pieces.filter((piece) => !piece.own).map((piece) => [piece.runId, piece.segment]));
  const unknownToOwn = [...lastOfChild.values()].filter((child) => (child.endTime ?? 0) > ownEnd);
  const ownResult: RunResult | null = own === undefined ? 'SUCCESS' : own.segment.result;
  return unknownToOwn.map(({ result }) => result).reduce(worse, ownResult);
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
