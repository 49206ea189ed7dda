import type { TableCommit } from '../commits.js';
import type { CommitAuthor } from './attribution.js';
import { isMaintenance } from './operations.js';

/** The instant of a cut and what decides on which side of it a commit lies. */
export interface Instant {
  /** Epoch ms. */
  readonly endTime: number;
  readonly marginMs: number;
  /** Epoch ms. */
  readonly now: number;
  /** First start of a run of the job after the cut; null when none is known. */
  readonly nextStart: number | null;
  readonly acknowledgeStreaming: boolean;
  readonly authorOf: (commit: TableCommit) => CommitAuthor;
}

/** A commit with its author and whether it changes anything. */
export interface AuthoredCommit {
  readonly commit: TableCommit;
  readonly version: number;
  readonly author: CommitAuthor;
  readonly maintenance: boolean;
}

/** On which side of the instant every change of one table lies. */
export interface Sides {
  /** The newest change that is part of the cut; null without one. */
  readonly taken: AuthoredCommit | null;
  /** Changes below `taken` by runs that had not ended: with them, the cut would hold data of an unfinished run. */
  readonly impure: readonly AuthoredCommit[];
  /** Changes of which neither ids nor clocks nor order tell the side. */
  readonly ambiguous: readonly AuthoredCommit[];
}

/** @param commits ascending by version */
export const authored = (commits: readonly TableCommit[], instant: Instant): AuthoredCommit[] =>
  commits.map((commit) => ({
    commit,
    version: commit.version,
    author: instant.authorOf(commit),
    maintenance: isMaintenance(commit),
  }));

/** @param commits ascending by version */
export function sidesOf(commits: readonly AuthoredCommit[], instant: Instant): Sides {
  const proof = orderProof(commits);
  // Maintenance changes no row, so nobody's maintenance makes a cut impure or ambiguous.
  const changes = commits.filter(({ maintenance }) => !maintenance);
  const taken = changes.filter((change) => isTaken(change, proof, instant)).at(-1) ?? null;
  return {
    taken,
    impure: changes.filter((change) => taken !== null && change.version < taken.version && isLater(change, instant)),
    ambiguous: changes.filter((change) => isAmbiguous(change, proof, instant)),
  };
}

/** When the sides can be told, epoch ms; -Infinity where ids alone decide. Clocks decide only after the margin has passed. */
export function decidableAt(commits: readonly AuthoredCommit[], { endTime, marginMs }: Instant): number {
  const byClock = commits.some(({ author, maintenance }) => !maintenance && isDecidedByClock(author));
  return byClock ? endTime + marginMs : Number.NEGATIVE_INFINITY;
}

/** What the order of versions says, whatever the clocks do. */
interface OrderProof {
  /** Newest change of a run that had ended: all below it is contained in the cut. -1 without one. */
  readonly lastEnded: number;
  /** Oldest commit of a later run, maintenance included: all above it was written after the cut. */
  readonly firstLater: number;
}

function orderProof(commits: readonly AuthoredCommit[]): OrderProof {
  const ended = commits.filter(({ author, maintenance }) => author.kind === 'ended-run' && !maintenance);
  return {
    lastEnded: ended.at(-1)?.version ?? -1,
    firstLater: commits.find(({ author }) => author.kind === 'later-run')?.version ?? Infinity,
  };
}

function isTaken({ author, commit, version }: AuthoredCommit, proof: OrderProof, instant: Instant): boolean {
  if (author.kind === 'ended-run') return true;
  if (version > proof.firstLater) return false;
  if (author.kind === 'foreign') return commit.timestamp <= instant.endTime;
  return isDecidedByClock(author) && commit.timestamp <= instant.endTime + instant.marginMs;
}

const isLater = ({ author, commit }: AuthoredCommit, { endTime, marginMs }: Instant): boolean =>
  author.kind === 'later-run' || (author.kind === 'unlisted-run' && commit.timestamp > endTime + marginMs);

/**
 * Where the oldest part of a history is gone, a later run may have written what is missing, unless some commit that is
 * left is certainly older than any later run.
 */
export const isOlderThanLaterRuns = ({ commit }: AuthoredCommit, { nextStart, marginMs }: Instant): boolean =>
  nextStart === null || commit.timestamp + marginMs < nextStart;

/**
 * A run's own later commits do not prove which side a nameless one below them is on: a statement may outlive its run and
 * commit when the next run has begun.
 */
function isAmbiguous({ author, commit, version }: AuthoredCommit, proof: OrderProof, instant: Instant): boolean {
  // Written after the cut, yet below a late commit of a run that had ended: a later run's, unless somebody else's.
  if (version > proof.firstLater) return version < proof.lastEnded && !isKnown(author);
  const { timestamp } = commit;
  const { endTime, marginMs, nextStart } = instant;
  if (author.kind === 'either-part') return true;
  if (author.kind === 'unlisted-run') return timestamp > endTime && timestamp <= endTime + marginMs;
  if (author.kind !== 'unattributed' || nextStart === null) return false;
  const maybeOfNextRun = timestamp >= nextStart - marginMs;
  if (version < proof.lastEnded && maybeOfNextRun) return true;
  if (nextStart > endTime + 2 * marginMs) return false;
  return (timestamp > endTime || maybeOfNextRun) && timestamp <= nextStart + marginMs;
}

const isKnown = ({ kind }: CommitAuthor): boolean => kind === 'ended-run' || kind === 'later-run' || kind === 'foreign';

const isDecidedByClock = ({ kind }: CommitAuthor): boolean => kind === 'unattributed' || kind === 'unlisted-run';
