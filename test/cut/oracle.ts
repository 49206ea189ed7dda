import type { TrueCommit, TruePart, TrueRun, TrueTable, World } from './world.js';
import { marginMs } from './world.js';

/**
 * What is right, found by brute force from what really happened. Shares no code with the product: it knows the true time
 * and the true writer of every commit, which the product does not.
 */
export interface Moment {
  /** When the runs were looked at. */
  readonly now: number;
  /** When the histories were read, somewhat later. */
  readonly readAt: number;
  /** Deleted runs are gone, old log entries are cleaned up. */
  readonly over: boolean;
}

interface Span {
  readonly run: TrueRun;
  readonly part: TruePart;
}

const listedRuns = (world: World, { now, over }: Moment): TrueRun[] =>
  world.runs.filter((run) => run.kind === 'ran' && run.at <= now && !(over && run.deleted));

const spansOf = (world: World, moment: Moment): Span[] =>
  listedRuns(world, moment).flatMap((run) =>
    run.parts.filter((part) => part.start <= moment.now).map((part) => ({ run, part })),
  );

export const isOver = (part: TruePart, moment: Moment): boolean => part.end <= moment.now;

/** Nobody was active at the instant: not after its start and before its end. */
const isQuiet = (spans: Span[], instant: number, moment: Moment): boolean =>
  spans.every(({ part }) => part.start >= instant || (isOver(part, moment) && part.end <= instant));

/** Nobody that is known was active at the instant. */
export const wasAtRest = (world: World, instant: number, moment: Moment): boolean =>
  isQuiet(spansOf(world, moment), instant, moment);

/** Which runs count. */
export interface Counting {
  readonly acceptPartial: boolean;
  /** Runs that began before this do not; null: all may. */
  readonly switchedAt: number | null;
}

/** Every instant at which a cut is right: the job was quiet, and every run of the overlapping set counts. */
export function validEnds(world: World, moment: Moment, counting: Counting): number[] {
  const spans = spansOf(world, moment);
  const ends = spans.filter(({ part }) => isOver(part, moment)).map(({ part }) => part.end);
  return [...new Set(ends)].filter((end) => {
    if (!isQuiet(spans, end, moment)) return false;
    const set = spans.filter(({ part }) => part.end === end);
    for (let grown = true; grown; ) {
      const more = spans.filter(
        (span) => !set.includes(span) && set.some((s) => s.part.start < span.part.end && span.part.start < s.part.end),
      );
      set.push(...more);
      grown = more.length > 0;
    }
    const runs = [...new Set(set.map(({ run }) => run))];
    return runs.every((run) => isGood(run, end, counting));
  });
}

/** The result a run had at an instant: its own last one, and those of children that ended after that. */
function isGood(run: TrueRun, instant: number, { acceptPartial, switchedAt }: Counting): boolean {
  if (switchedAt !== null && run.parts.some(({ start }) => start < switchedAt)) return false;
  const known = run.parts.filter((part) => part.start < instant);
  const own = known.filter((part) => !part.child).reduce((a, b) => (b.start > a.start ? b : a));
  const owners = [...new Set(known.filter((part) => part.child).map((part) => part.ownerId))];
  const children = owners
    .map((owner) => known.filter((part) => part.ownerId === owner).reduce((a, b) => (b.start > a.start ? b : a)))
    .filter((part) => part.end > own.end);
  return [own, ...children].every(
    ({ result }) => result === 'SUCCESS' || (acceptPartial && result === 'SUCCESS_WITH_FAILURES'),
  );
}

export const isAnyActive = (world: World, moment: Moment): boolean =>
  spansOf(world, moment).some(({ part }) => !isOver(part, moment));

/** Some run came to a good end after the instant, be the job quiet then or not. */
export function hasGoodEndAfter(world: World, moment: Moment, instant: number, counting: Counting): boolean {
  const spans = spansOf(world, moment);
  return spans.some(({ run, part }) => {
    const own = spans.filter((span) => span.run === run);
    const ended = isOver(part, moment) && isQuiet(own, part.end, moment);
    return ended && part.end > instant && isGood(run, part.end, counting);
  });
}

export const endsAt = (world: World, runId: string, end: number): boolean =>
  world.runs.some((run) => run.id === runId && run.parts.some((part) => part.end === end));

/** Whether the table does not exist at a moment: dropped, and not yet created anew. */
export const isGone = (table: TrueTable, { readAt }: Moment): boolean =>
  table.commits.some(({ droppedAt, at }) => droppedAt !== null && droppedAt <= readAt && readAt < at);

/** Whether a run of the job began or went on after the instant. */
export const wentOn = (world: World, moment: Moment, instant: number): boolean =>
  spansOf(world, moment).some(({ part }) => !isOver(part, moment) || part.end > instant);

/** Commits that a history shows at a moment: of the table's newest incarnation, without what log clean-up removed. */
export function visible(table: TrueTable, moment: Moment, cleanedBefore: number): TrueCommit[] {
  const written = table.commits.filter(({ at }) => at <= moment.readAt);
  const incarnation = Math.max(...written.map((commit) => commit.incarnation));
  const log = written.filter((commit) => commit.incarnation === incarnation);
  return moment.over ? log.slice(Math.min(cleanedBefore, log.length - 1)) : log;
}

/** The change that decides the content of a table after a commit: rows are those after `contentOf(commit)`. */
export function contentOf(table: TrueTable, commit: TrueCommit): TrueCommit {
  const upTo = table.commits.slice(0, table.commits.indexOf(commit) + 1);
  return upTo.filter(({ isChange }) => isChange).at(-1) ?? commit;
}

/**
 * Is the content after `content` the state that the runs which ended up to `end` left? Runs decide exactly. What others
 * wrote may lie on either side within the margin, for nothing but clocks tells. A late commit of an orphaned statement may be
 * in or out, but nothing of a later run may come with it.
 */
export function isExact(table: TrueTable, content: TrueCommit, end: number): boolean {
  const index = table.commits.indexOf(content);
  return table.commits.every((commit, position) => {
    if (!commit.isChange) return true;
    const included = position <= index;
    const { writer } = commit;
    if (writer.kind === 'run') {
      const ended = writer.part.end <= end;
      // What was dropped with the table is no part of its content, whoever wrote it.
      return ended ? included || writer.late : !included || commit.incarnation < content.incarnation;
    }
    if (commit.at <= end - marginMs) return included;
    const belowLate = table.commits
      .slice(position, index + 1)
      .some((later) => later.writer.kind === 'run' && later.writer.late);
    return commit.at <= end + 2 * marginMs || !included || belowLate;
  });
}

/** Delta reads the newest version, and others as long as their own commit is within the retention. */
export const isReadable = (table: TrueTable, commit: TrueCommit, seen: TrueCommit[], moment: Moment): boolean =>
  seen.includes(commit) && (commit === seen.at(-1) || commit.stampedAt >= moment.now - table.retentionMs);

/** An exact state of which no version at all can be read. */
export function hasExpired(table: TrueTable, seen: TrueCommit[], end: number, moment: Moment): boolean {
  const exact = table.commits.filter((commit) => commit.isChange && isExact(table, commit, end));
  return exact.some((content) =>
    seen.every((commit) => contentOf(table, commit) !== content || !isReadable(table, commit, seen, moment)),
  );
}

/** The log is cleaned up so far that what is missing below the oldest commit may be of after the cut, by later runs or others. */
export function isUnprovable(world: World, seen: TrueCommit[], end: number, moment: Moment): boolean {
  const starts = spansOf(world, moment)
    .filter(({ part }) => !isOver(part, moment) || part.end > end)
    .map(({ part }) => part.start);
  const cleaned = seen[0] !== undefined && seen[0].version > 0;
  return (
    cleaned &&
    (seen.every(({ stampedAt }) => stampedAt + marginMs >= Math.min(...starts)) ||
      seen.every(({ stampedAt }) => stampedAt > end))
  );
}

/** May nobody without the true clock tell on which side of `end` a change lies? */
export function isUndecidable(world: World, seen: TrueCommit[], end: number, moment: Moment): boolean {
  const spans = spansOf(world, moment);
  const starts = spans.filter(({ part }) => !isOver(part, moment) || part.end > end).map(({ part }) => part.start);
  const next = Math.min(...starts);
  return seen.some((commit, position) => {
    if (!commit.isChange) return false;
    const t = commit.stampedAt;
    const belowLate =
      t >= next - marginMs && seen.slice(position).some((c) => c.writer.kind === 'run' && c.writer.late);
    if (isNameless(commit)) {
      const closeBy = next <= end + 2 * marginMs && (t > end || t >= next - marginMs) && t <= next + marginMs;
      return closeBy || belowLate;
    }
    if (isUnlisted(world, commit, moment)) return (t > end && t <= end + marginMs) || belowLate;
    const { writer } = commit;
    if (writer.kind !== 'run') return false;
    const tellsPart = writer.run.taskRunsPerRepair && commit.shown.job?.taskRunId !== null;
    const near = writer.run.parts.filter(
      (part) =>
        part.ownerId === writer.part.ownerId &&
        part.start <= moment.now &&
        t >= part.start - marginMs &&
        (!isOver(part, moment) || t <= part.end + marginMs),
    );
    return !tellsPart && near.some((part) => part.end <= end) && near.some((part) => part.start >= end);
  });
}

/**
 * A statement that outlived its run brings a later run's data under an older one's; a run that nobody can look up may have
 * been active at the end.
 */
export const hasOrphan = (world: World, seen: TrueCommit[], end: number, moment: Moment): boolean =>
  seen.some(
    (commit, position) =>
      isUnlisted(world, commit, moment) ||
      (commit.isChange &&
        isLate(commit, end) &&
        seen.slice(0, position).some((below) => below.isChange && isOfLaterRun(below, end))),
  );

const isLate = ({ writer }: TrueCommit, end: number): boolean =>
  writer.kind === 'run' && writer.late && writer.part.end <= end;

const isOfLaterRun = ({ writer }: TrueCommit, end: number): boolean => writer.kind === 'run' && writer.part.end > end;

export const isNameless = (commit: TrueCommit): boolean => commit.shown.job === null && commit.shown.byHand !== true;

export function isUnlisted(world: World, { writer, shown }: TrueCommit, moment: Moment): boolean {
  if (writer.kind !== 'run' || shown.job === null) return false;
  return !spansOf(world, moment).some(
    ({ part }) => part.ownerId === writer.part.ownerId && part.taskRunId === writer.part.taskRunId,
  );
}
