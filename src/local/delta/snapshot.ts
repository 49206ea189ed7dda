import type { Action, AddFile, DomainMetadata, Metadata, Protocol, RemoveFile, Transaction } from './actions.js';
import { readCheckpoint } from './checkpoint-read.js';
import { commitInfoOf, inCommitTimestamp, readActions } from './commit-file.js';
import { commitTimes } from './commit-times.js';
import type { DeltaEnv } from './env.js';
import {
  beyondRetention,
  pathDoesNotExist,
  stateNotRecoverable,
  timestampTooEarly,
  timestampTooLate,
  truncatedLog,
  versionNotFound,
  versionsNotContiguous,
} from './errors.js';
import type { LogListing } from './log-files.js';
import { commitFileName, earliestVersion, listLog, monotonicTimes, newestVersion } from './log-files.js';
import { deletedFileRetentionMs } from './properties.js';
import { assertReadable } from './protocol.js';
import { replay } from './replay.js';
import type { StructType } from './schema.js';
import { parseSchema } from './schema.js';

/** A table at one version. */
export interface Snapshot {
  readonly folder: string;
  readonly version: number;
  /** Commit time of this version, epoch milliseconds: made monotonic, or the in-commit timestamp where enabled. */
  readonly timestamp: number;
  readonly metadata: Metadata;
  /** `metadata.schemaString`, parsed. */
  readonly schema: StructType;
  readonly protocol: Protocol;
  /** Live files in path order. */
  readonly files: readonly AddFile[];
  readonly tombstones: readonly RemoveFile[];
  readonly transactions: readonly Transaction[];
  readonly domains: readonly DomainMetadata[];
}

export interface OpenOptions {
  readonly version?: number;
  /** Epoch milliseconds: the last version committed at or before it. */
  readonly timestampMs?: number;
  /**
   * False leaves out the rule that a version which is not the newest and whose own commit is older than
   * `delta.deletedFileRetentionDuration` can't be read (SnapshotManagement.scala), for looks at the log alone.
   */
  readonly checkRetention?: boolean;
}

/** Newest version, or null where the folder holds no Delta table. */
export async function findLatestVersion(env: DeltaEnv, folder: string): Promise<number | null> {
  const log = await listLog(env, folder);
  return log === null ? null : newestVersion(log);
}

/**
 * Reads the table, at its newest version unless asked otherwise.
 *
 * `_last_checkpoint` is not read: it is only a hint and may be wrong or stale; the listing knows better.
 *
 * @throws SqlError with Delta's own classes: no table, version or time out of range, gaps in the log, too new a protocol
 */
export async function openSnapshot(env: DeltaEnv, folder: string, options: OpenOptions = {}): Promise<Snapshot> {
  const log = await listLog(env, folder);
  if (log === null) throw pathDoesNotExist(folder);
  const latest = newestVersion(log);
  const version =
    options.version ??
    (options.timestampMs === undefined ? latest : await versionAt(env, folder, log, options.timestampMs));
  if (version < earliestVersion(log) || version > latest) throw versionNotFound(version, earliestVersion(log), latest);

  const snapshot = await snapshotAt(env, folder, log, version);
  if (version !== latest && (options.checkRetention ?? true)) {
    // The table's present properties decide, not those of the old version.
    const retentionMs = deletedFileRetentionMs((await snapshotAt(env, folder, log, latest)).metadata);
    if (snapshot.timestamp < env.clock.now() - retentionMs) throw beyondRetention(retentionMs);
  }
  return snapshot;
}

async function versionAt(env: DeltaEnv, folder: string, log: LogListing, timestampMs: number): Promise<number> {
  const times = [...(await commitTimes(env, folder, log.commits)).entries()];
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined) throw truncatedLog(folder, newestVersion(log));
  if (timestampMs < first[1]) throw timestampTooEarly(timestampMs, first[1]);
  if (timestampMs > last[1]) throw timestampTooLate(timestampMs, last[1]);
  return times.reduce((found, [version, time]) => (time <= timestampMs ? version : found), first[0]);
}

async function snapshotAt(env: DeltaEnv, folder: string, log: LogListing, version: number): Promise<Snapshot> {
  const checkpoint = log.checkpoints.findLast((one) => one.version <= version) ?? null;
  const commits = commitsAfter(folder, log, checkpoint?.version ?? -1, version);

  const actions: Action[] = checkpoint === null ? [] : await readCheckpoint(env, folder, checkpoint);
  let newest: readonly Action[] = [];
  for (const needed of commits) {
    newest = await readActions(env, folder, commitFileName(needed));
    actions.push(...newest);
  }

  const { metadata, protocol, ...state } = replay(actions);
  if (protocol === null) throw stateNotRecoverable('protocol', folder, version);
  assertReadable(protocol, folder);
  if (metadata === null) throw stateNotRecoverable('metadata', folder, version);
  const schema = parseSchema(metadata.schemaString);
  const timestamp = await timeOf(env, folder, log, version, newest);
  return { folder, version, timestamp, metadata, schema, protocol, ...state };
}

/** The versions whose commits are needed on top of a checkpoint, all of them present. */
function commitsAfter(folder: string, log: LogListing, checkpoint: number, version: number): readonly number[] {
  const present = log.commits.map((one) => one.version).filter((one) => one > checkpoint && one <= version);
  if (present.length === version - checkpoint) return present;
  if (present[0] !== checkpoint + 1 && checkpoint === -1) throw truncatedLog(folder, version);
  throw versionsNotContiguous(present, checkpoint + 1, version);
}

async function timeOf(
  env: DeltaEnv,
  folder: string,
  log: LogListing,
  version: number,
  newest: readonly Action[],
): Promise<number> {
  const present = log.commits.some((one) => one.version === version);
  // The version may be read from its checkpoint alone; its commit, where kept, still tells the time.
  const actions = newest.length > 0 || !present ? newest : await readActions(env, folder, commitFileName(version));
  return (
    inCommitTimestamp(commitInfoOf(actions)) ??
    monotonicTimes(log.commits).get(version) ??
    log.checkpoints.find((one) => one.version === version)?.modifiedAtMs ??
    0
  );
}
