import type { TableCommit } from '../commits.js';
import type { Failure } from '../failure.js';
import type { CommitAuthor } from './attribution.js';
import { describeAuthor } from './attribution.js';
import { isMaintenance, isStreamingWrite } from './operations.js';
import { readableVersion } from './readable-version.js';
import { unsupportedTable } from './supported-table.js';
import type { OrderedHistory, SourceTable } from './table-history.js';
import { orderHistory } from './table-history.js';
import { iso } from './words.js';

/** The instant of a cut and what decides on which side of it a commit lies. */
export interface Instant {
  /** Epoch ms. */
  readonly endTime: number;
  readonly marginMs: number;
  /** When the runs were read, epoch ms: a run that started later is not known. */
  readonly now: number;
  /** First start of a run of the job after the cut; null when none is known. */
  readonly nextStart: number | null;
  readonly acknowledgeStreaming: boolean;
  readonly authorOf: (commit: TableCommit) => CommitAuthor;
}

export type CommitFate = 'chosen' | 'contained' | 'maintenance' | 'later';

/** One commit that was considered, for `explain`. */
export interface ConsideredCommit {
  readonly version: number;
  readonly timestamp: number;
  readonly operation: string;
  readonly author: CommitAuthor;
  readonly fate: CommitFate;
}

/** The version of one table in a cut. */
export interface TableCut {
  readonly table: string;
  readonly sourceTableId: string;
  readonly version: number;
  /** false: the previous point holds these rows, its entry is carried. */
  readonly changed: boolean;
  /** The table was dropped and re-created since the previous point: it is sent in full. */
  readonly recreated: boolean;
  /** Why this version, a sentence for people. */
  readonly reason: string;
  readonly commits: readonly ConsideredCommit[];
  /** Versions in the cut, new since `base`, that other jobs or people wrote. */
  readonly foreignVersions: readonly number[];
  readonly warnings: readonly string[];
}

export type TableChoice =
  | { readonly kind: 'chosen'; readonly cut: TableCut }
  | { readonly kind: 'wait'; readonly table: string; readonly until: number }
  | {
      readonly kind: 'failed';
      readonly table: string;
      readonly failure: Failure;
      readonly commits: readonly ConsideredCommit[];
    };

interface Considered {
  readonly commit: TableCommit;
  readonly version: number;
  readonly author: CommitAuthor;
  readonly maintenance: boolean;
}

/** Which version of a table shows its content at an instant; see docs/cut.md for the rules by example. */
export function chooseTableVersion(table: SourceTable, instant: Instant): TableChoice {
  const unsupported = unsupportedTable(table.name, table.catalog, table.detail);
  if (unsupported !== null) return { kind: 'failed', table: table.name, failure: unsupported, commits: [] };

  const history = orderHistory(table, instant.marginMs);
  const considered = history.commits.map((commit) => ({
    commit,
    version: commit.version,
    author: instant.authorOf(commit),
    maintenance: isMaintenance(commit),
  }));
  const changes = considered.filter(({ maintenance }) => !maintenance);
  const until = decidableAt(changes, instant);
  if (until > instant.now) return { kind: 'wait', table: table.name, until };

  const fail = (code: Failure['code'], message: string, remedy: string): TableChoice => ({
    kind: 'failed',
    table: table.name,
    failure: { code, message: `${table.name}: ${message}`, remedy },
    commits: withFates(considered, null),
  });

  const proof = orderProof(considered);
  const impure = changes.filter(
    ({ author, version, commit }) => version < proof.lastEnded && isLaterRun(author, commit, instant),
  );
  if (impure.length > 0) {
    return fail(
      'CUT_NOT_PURE',
      `version ${proof.lastEnded} belongs to a run that had ended at ${iso(instant.endTime)}, but it contains ${list(impure)}, which had not.`,
      'A statement outlived its run and committed late. The end of the next good run makes a cut again.',
    );
  }
  const ambiguous = changes.filter((change) => isAmbiguous(change, proof, instant));
  if (ambiguous.length > 0) {
    return fail(
      'AMBIGUOUS_COMMIT',
      `it can't be told whether ${list(ambiguous)} was written before or after the end at ${iso(instant.endTime)}, for the history does not name the run and another part of the job began close by.`,
      'A later run with a pause after it makes a cut again. Commits from notebooks and from SQL tasks whose query history is readable carry their run.',
    );
  }

  const taken = changes.filter((change) => isTaken(change, proof, instant)).at(-1);
  const wanted = taken?.version ?? settledVersion(history, considered);
  if (wanted === null) {
    return fail('VERSION_EXPIRED', noVersion(history, instant), 'The end of the next good run makes a cut again.');
  }
  const changed = taken !== undefined || history.base === null || !history.base.staged || !history.complete;
  const contained = changes.filter(({ version }) => version <= wanted);
  const streaming = contained.filter(({ commit }) => isStreamingWrite(commit));
  if (streaming.length > 0 && !instant.acknowledgeStreaming) {
    return fail(
      'UNSUPPORTED_TABLE',
      `${list(streaming)} is a streaming write, and the checkpoint of a stream does not travel with the table.`,
      'Set acknowledge_streaming on the group if the stream can start anew in the other region.',
    );
  }
  const readable = changed
    ? readableVersion(wanted, history, table.detail.properties, instant.now)
    : { version: wanted, warnings: [] };
  if (readable.version === null) {
    return fail(
      'VERSION_EXPIRED',
      `version ${wanted} is the one at ${iso(instant.endTime)}, but its commit is older than delta.deletedFileRetentionDuration and newer data followed, so it can't be read.`,
      'Raise delta.deletedFileRetentionDuration on the table or sync more often. The end of the next good run makes a cut again.',
    );
  }
  return {
    kind: 'chosen',
    cut: {
      table: table.name,
      sourceTableId: !changed && history.base !== null ? history.base.tableId : table.detail.id,
      version: readable.version,
      changed,
      recreated: history.recreated,
      reason: reasonOf(taken, wanted, readable.version, history, instant),
      commits: withFates(considered, readable.version),
      foreignVersions: contained.filter(({ author }) => author.kind === 'foreign').map(({ version }) => version),
      warnings: readable.warnings,
    },
  };
}

/** Facts that the order of versions proves, whatever the clocks say. */
interface OrderProof {
  /** Newest change of a run that had ended: all below it was written before it. -1 without one. */
  readonly lastEnded: number;
  /** Oldest commit of a later run, maintenance included: all above it was written after the cut. */
  readonly firstLater: number;
}

function orderProof(considered: readonly Considered[]): OrderProof {
  const ended = considered.filter(({ author, maintenance }) => author.kind === 'ended-run' && !maintenance);
  return {
    lastEnded: ended.at(-1)?.version ?? -1,
    firstLater: considered.find(({ author }) => author.kind === 'later-run')?.version ?? Infinity,
  };
}

/** Where clocks decide, they do so only when the margin has passed. */
function decidableAt(changes: readonly Considered[], { endTime, marginMs }: Instant): number {
  const byClock = changes.filter(({ author }) => author.kind === 'unattributed' || author.kind === 'unlisted-run');
  if (byClock.length === 0) return -Infinity;
  // A run that starts within two margins may have written a commit within one: all such runs must be known.
  const close = byClock.some(({ commit }) => commit.timestamp > endTime && commit.timestamp <= endTime + marginMs);
  return endTime + (close ? 2 : 1) * marginMs;
}

/** Maintenance changes no row, so nobody's maintenance makes a cut impure; this is asked of changes alone. */
const isLaterRun = (author: CommitAuthor, commit: TableCommit, { endTime, marginMs }: Instant): boolean =>
  author.kind === 'later-run' || (author.kind === 'unlisted-run' && commit.timestamp > endTime + marginMs);

function isAmbiguous({ author, commit, version }: Considered, proof: OrderProof, instant: Instant): boolean {
  if (version > proof.firstLater) return false;
  const { timestamp } = commit;
  const { endTime, marginMs, nextStart } = instant;
  if (version < proof.lastEnded) {
    // Contained in any case, which is right unless a later run may have written it below a late commit.
    const late = timestamp > endTime + marginMs;
    return author.kind === 'unattributed' && late && nextStart !== null && timestamp >= nextStart - marginMs;
  }
  if (author.kind === 'either-part') return true;
  if (author.kind === 'unlisted-run') return timestamp > endTime && timestamp <= endTime + marginMs;
  if (author.kind !== 'unattributed' || nextStart === null || nextStart > endTime + 2 * marginMs) return false;
  const afterCut = timestamp > endTime;
  const maybeLaterRun = timestamp >= nextStart - marginMs;
  return (afterCut || maybeLaterRun) && timestamp <= nextStart + marginMs;
}

function isTaken({ author, commit, version }: Considered, proof: OrderProof, instant: Instant): boolean {
  if (author.kind === 'ended-run') return true;
  if (version > proof.firstLater) return false;
  if (author.kind === 'foreign') return commit.timestamp <= instant.endTime;
  return (
    (author.kind === 'unattributed' || author.kind === 'unlisted-run') &&
    commit.timestamp <= instant.endTime + instant.marginMs
  );
}

/** The version when no change was taken: the base, or where it is unknown, maintenance that precedes every known change. */
function settledVersion(history: OrderedHistory, considered: readonly Considered[]): number | null {
  if (history.complete) return history.base?.version ?? null;
  const firstChange = considered.find(({ maintenance }) => !maintenance)?.version ?? Infinity;
  return considered.filter(({ version }) => version < firstChange).at(-1)?.version ?? null;
}

function noVersion(history: OrderedHistory, { endTime }: Instant): string {
  const oldest = history.commits[0];
  if (oldest === undefined) return 'its history is empty, so its version can not be told.';
  const since = `${oldest.operation} of ${iso(oldest.timestamp)}`;
  return oldest.version === 0
    ? `no version of it from ${iso(endTime)} can be read, for its history begins after that with ${since}.`
    : `its version at ${iso(endTime)} has left the history, which now begins with version ${oldest.version} (${since}).`;
}

function reasonOf(
  taken: Considered | undefined,
  wanted: number,
  version: number,
  history: OrderedHistory,
  { endTime }: Instant,
): string {
  const instead = version === wanted ? '' : ` Version ${version} has the same rows and can still be read.`;
  if (taken !== undefined) {
    const when = `${taken.commit.operation} by ${describeAuthor(taken.author)} at ${iso(taken.commit.timestamp)}`;
    return `Version ${wanted} is the last change up to ${iso(endTime)}: ${when}.${instead}`;
  }
  if (history.base !== null && history.complete) {
    return `No change since version ${wanted}, which is settled.${instead}`;
  }
  return `Only maintenance is known up to ${iso(endTime)}; version ${wanted} is the last before any known change.${instead}`;
}

function withFates(considered: readonly Considered[], chosen: number | null): ConsideredCommit[] {
  return considered.map(({ commit, version, author, maintenance }) => ({
    version,
    timestamp: commit.timestamp,
    operation: commit.operation,
    author,
    fate: fateOf(version, maintenance, chosen),
  }));
}

function fateOf(version: number, maintenance: boolean, chosen: number | null): CommitFate {
  if (version === chosen) return 'chosen';
  if (maintenance) return 'maintenance';
  return chosen !== null && version < chosen ? 'contained' : 'later';
}

const list = (commits: readonly Considered[]): string =>
  commits
    .map(
      ({ commit, author }) =>
        `version ${commit.version} (${commit.operation} by ${describeAuthor(author)}, ${iso(commit.timestamp)})`,
    )
    .join(', ');
