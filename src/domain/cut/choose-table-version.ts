import type { Failure, FailureCode } from '../failure.js';
import { describeAuthor } from './attribution.js';
import type { AuthoredCommit, Instant } from './instant.js';
import { authored, decidableAt, isOlderThanLaterRuns, sidesOf } from './instant.js';
import { isStreamingWrite } from './operations.js';
import { readableVersion } from './readable-version.js';
import { unsupportedTable } from './supported-table.js';
import type { ConsideredCommit, TableCut } from './table-cut.js';
import { listCommits, withFates } from './table-cut.js';
import type { MissingTable, OrderedHistory, SourceTable } from './table-history.js';
import { orderHistory } from './table-history.js';
import { iso } from './words.js';

export type TableChoice =
  | { readonly kind: 'chosen'; readonly cut: TableCut }
  | { readonly kind: 'wait'; readonly table: string; readonly until: number }
  | {
      readonly kind: 'failed';
      readonly table: string;
      readonly failure: Failure;
      readonly commits: readonly ConsideredCommit[];
    };

/** Which version of a table shows its content at an instant; see docs/cut.md for the rules by example. */
export function chooseTableVersion(table: SourceTable, instant: Instant): TableChoice {
  const unsupported = unsupportedTable(table.name, table.catalog, table.detail);
  if (unsupported !== null) return { kind: 'failed', table: table.name, failure: unsupported, commits: [] };

  const history = orderHistory(table, instant.marginMs);
  const commits = authored(history.commits, instant);
  const until = decidableAt(commits, instant);
  if (until > instant.now) return { kind: 'wait', table: table.name, until };

  const { taken, impure, ambiguous } = sidesOf(commits, instant);
  const wanted = isReachable(history, commits, instant)
    ? (taken?.version ?? settledVersion(history, commits, instant))
    : null;
  const contained = commits.filter(({ version, maintenance }) => !maintenance && version <= (wanted ?? -1));
  const streaming = contained.filter(({ commit }) => isStreamingWrite(commit));
  const failed = (failure: Failure): TableChoice => ({
    kind: 'failed',
    table: table.name,
    failure: { ...failure, message: `${table.name}: ${failure.message}` },
    commits: withFates(commits, null),
  });
  if (impure.length > 0) return failed(notPure(impure, wanted, instant));
  if (ambiguous.length > 0) return failed(ambiguousCommit(ambiguous, instant));
  if (wanted === null) return failed(expired(noVersion(history, instant)));
  if (streaming.length > 0 && !instant.acknowledgeStreaming) return failed(streamingWrite(streaming));

  const changed = taken !== null || history.base?.staged !== true || !history.complete;
  const readable = changed
    ? readableVersion(wanted, history, table.detail.properties, instant.now)
    : { version: wanted, warnings: [] };
  if (readable.version === null) return failed(expired(outOfRetention(wanted, instant)));
  return {
    kind: 'chosen',
    cut: {
      table: table.name,
      // A carried entry keeps the id it was sent with, also where the table was replaced after the cut.
      sourceTableId: !changed && history.base !== null ? history.base.tableId : table.detail.id,
      version: readable.version,
      changed,
      recreated: history.recreated,
      reason: reasonOf(taken, wanted, readable.version, history, instant),
      commits: withFates(commits, readable.version),
      foreignVersions: contained.filter(({ author }) => author.kind === 'foreign').map(({ version }) => version),
      warnings: readable.warnings,
    },
  };
}

/**
 * A job may drop its tables and create them anew, so while a later run has begun the table may come back, with other rows.
 * At rest nobody but a person brings it back.
 */
export function missingTable({ name, failure }: MissingTable, { endTime, nextStart }: Instant): TableChoice {
  if (nextStart === null) return { kind: 'failed', table: name, failure, commits: [] };
  const message = `${name}: ${failure.message} What it held at ${iso(endTime)} can't be read; a later run of the job may have dropped it.`;
  return { kind: 'failed', table: name, failure: expired(message), commits: [] };
}

/** What log clean-up took from a history must not hide a later run's commit. */
const isReachable = (history: OrderedHistory, commits: readonly AuthoredCommit[], instant: Instant): boolean =>
  history.complete || commits.some((commit) => isOlderThanLaterRuns(commit, instant));

/** The version when no change was taken: the base, or where that is unknown, maintenance that precedes every known change. */
function settledVersion(
  history: OrderedHistory,
  commits: readonly AuthoredCommit[],
  { endTime }: Instant,
): number | null {
  if (history.complete) return history.base?.version ?? null;
  const firstChange = commits.find(({ maintenance }) => !maintenance)?.version ?? Number.POSITIVE_INFINITY;
  const sameRows = commits.filter(({ version }) => version < firstChange);
  // Maintenance that came after the cut says nothing of the cut: changes before it may be gone from the history.
  const covered = sameRows.some(({ commit }) => commit.timestamp <= endTime);
  return covered ? (sameRows.at(-1)?.version ?? null) : null;
}

function reasonOf(
  taken: AuthoredCommit | null,
  wanted: number,
  version: number,
  history: OrderedHistory,
  { endTime }: Instant,
): string {
  const instead = version === wanted ? '' : ` Version ${version} has the same rows and can still be read.`;
  if (taken !== null) {
    const what = `${taken.commit.operation} by ${describeAuthor(taken.author)} at ${iso(taken.commit.timestamp)}`;
    return `Version ${wanted} is the last change up to ${iso(endTime)}: ${what}.${instead}`;
  }
  if (history.complete) return `No change since version ${wanted}.${instead}`;
  return `Only maintenance is known up to ${iso(endTime)}; version ${wanted} is the last before any known change.${instead}`;
}

const clears = 'The end of the next good run makes a cut again.';

const failure = (code: FailureCode, message: string, remedy: string): Failure => ({ code, message, remedy });

const notPure = (impure: readonly AuthoredCommit[], wanted: number | null, { endTime }: Instant): Failure =>
  failure(
    'CUT_NOT_PURE',
    `version ${wanted} belongs to the state at ${iso(endTime)}, but it contains ${listCommits(impure)}, and that run had not ended.`,
    `A statement outlived its run and committed late. ${clears}`,
  );

const ambiguousCommit = (ambiguous: readonly AuthoredCommit[], { endTime }: Instant): Failure =>
  failure(
    'AMBIGUOUS_COMMIT',
    `it can't be told whether ${listCommits(ambiguous)} belongs to the state at ${iso(endTime)}: ids do not tell, and the job went on too soon for clocks to decide.`,
    `A good run with a pause after it makes a cut again. Commits carry their run where the query history is readable to the Sender.`,
  );

const expired = (message: string): Failure => failure('VERSION_EXPIRED', message, clears);

const outOfRetention = (wanted: number, { endTime }: Instant): string =>
  `version ${wanted} is the one at ${iso(endTime)}, but its commit is older than delta.deletedFileRetentionDuration and newer data followed, so it can't be read. Raise that property on the table, or sync more often.`;

function noVersion({ commits }: OrderedHistory, { endTime }: Instant): string {
  const oldest = commits[0];
  if (oldest === undefined) return 'its history is empty, so its version can not be told.';
  const begin = `${oldest.operation} at ${iso(oldest.timestamp)}`;
  return oldest.version === 0
    ? `it has no version of ${iso(endTime)} that can be read, for its history begins later, with ${begin}.`
    : `its version of ${iso(endTime)} has left the history, which now begins with version ${oldest.version} (${begin}).`;
}

const streamingWrite = (streaming: readonly AuthoredCommit[]): Failure =>
  failure(
    'UNSUPPORTED_TABLE',
    `${listCommits(streaming)} is a streaming write, and the checkpoint of a stream does not travel with the table.`,
    'Set acknowledge_streaming on the group if the stream can start anew in the other region.',
  );
