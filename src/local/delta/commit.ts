import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SqlError } from '../sql/statement.js';
import { formatAction } from './action-json.js';
import type { Action, CommitInfo, Metadata } from './actions.js';
import { writeCheckpoint } from './checkpoint-write.js';
import { commitInfoOf, inCommitTimestamp, readActions } from './commit-file.js';
import type { Reads } from './conflicts.js';
import { conflictWith } from './conflicts.js';
import type { Author, DeltaEnv } from './env.js';
import { pathDoesNotExist } from './errors.js';
import { cleanUpLog } from './log-cleanup.js';
import { commitFileName } from './log-files.js';
import { logFolder } from './paths.js';
import { checkpointInterval, cleansUpLog, hasInCommitTimestamps, isAppendOnly, isSerializable } from './properties.js';
import { assertWritable, featuresOf } from './protocol.js';
import { rowIdHighWaterMark, withRowIds } from './row-tracking.js';
import type { Snapshot } from './snapshot.js';
import { findLatestVersion, openSnapshot } from './snapshot.js';

export interface CommitRequest {
  readonly folder: string;
  /** The snapshot that the change was computed from; null creates the table (version 0). */
  readonly base: Snapshot | null;
  /** Everything but commitInfo. */
  readonly actions: readonly Action[];
  readonly operation: string;
  /** Written as they are; history shows anything but strings as JSON. */
  readonly operationParameters: Readonly<Record<string, unknown>>;
  readonly operationMetrics: Readonly<Record<string, string | number>>;
  readonly author: Author;
  readonly reads: Reads;
  readonly userMetadata?: string;
  /** For the rare operation whose history shows another number than the base's (a first CLONE: -1). */
  readonly readVersion?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface CommitResult {
  readonly version: number;
  /** Commit time, epoch milliseconds: what the history will show, unless the storage clock makes it later. */
  readonly timestamp: number;
  /** Why the checkpoint due at this version could not be written; the commit stands without it. */
  readonly checkpointError: Error | null;
}

/** Named in every commit, as Spark and Databricks name theirs. */
const engineInfo = 'lakehouse-dr-local/0.1';

/**
 * Writes the next version of a table, put-if-absent. Where others committed since `base`, the commit is rebased on top
 * of theirs if nothing conflicts.
 *
 * Once the abort signal was raised nothing is committed any more; a commit that was under way may still succeed.
 *
 * @throws SqlError DELTA_CONCURRENT_…, DELTA_METADATA_CHANGED or DELTA_PROTOCOL_CHANGED (SQLSTATE 2D521) on a conflict
 */
export async function commit(env: DeltaEnv, request: CommitRequest): Promise<CommitResult> {
  const { folder, base } = request;
  const protocol = request.actions.find((action) => action.kind === 'protocol')?.protocol ?? base?.protocol;
  if (protocol !== undefined) assertWritable(protocol, folder);
  const metadata = request.actions.find((action) => action.kind === 'metaData')?.metaData ?? base?.metadata;
  assertRemovable(request);
  const tracksRows = protocol !== undefined && featuresOf(protocol).includes('rowTracking');
  const attempt = { ...request, serializable: isolationOf(request, metadata) === 'Serializable' };

  let version = base === null ? 0 : base.version + 1;
  let previousMs = base?.timestamp ?? Number.NEGATIVE_INFINITY;
  let highWaterMark = rowIdHighWaterMark(base?.domains ?? []);
  for (;;) {
    request.signal?.throwIfAborted();
    await assertStillThere(env, folder, version);
    const now = env.clock.now();
    const timestamp = hasInCommitTimestamps(metadata ?? { configuration: {} }) ? Math.max(now, previousMs + 1) : now;
    const actions = tracksRows ? withRowIds(request.actions, version, highWaterMark) : request.actions;
    const content = formatCommit(request, metadata, actions, version, timestamp);
    const path = join(logFolder(folder), commitFileName(version));
    if (await env.storage.putIfAbsent(path, content, (env.storageClock ?? env.clock).now())) {
      return { version, timestamp, checkpointError: await checkpointIfDue(env, folder, version, metadata) };
    }

    const winner = await readActions(env, folder, commitFileName(version));
    const error = conflictWith(attempt, version, winner);
    if (error !== null) throw error;
    previousMs = inCommitTimestamp(commitInfoOf(winner)) ?? previousMs;
    const domains = winner.flatMap((action) => (action.kind === 'domainMetadata' ? [action.domainMetadata] : []));
    highWaterMark = Math.max(highWaterMark, rowIdHighWaterMark(domains));
    version += 1;
  }
}

/** Operations that put the table as a whole into another state, which `delta.appendOnly` does not forbid. */
const replacesTable = ['CLONE', 'RESTORE'];

function assertRemovable({ base, actions, operation }: CommitRequest): void {
  if (base === null || !isAppendOnly(base.metadata) || replacesTable.includes(operation)) return;
  if (!actions.some((action) => action.kind === 'remove' && action.remove.dataChange)) return;
  throw new SqlError(
    'DELTA_CANNOT_MODIFY_APPEND_ONLY',
    '42809',
    "This table is configured to only allow appends. If you would like to permit updates or deletes, use ALTER TABLE … SET TBLPROPERTIES ('delta.appendOnly'='false').",
  );
}

/** Where the table was dropped since it was read, its next version would be a log without a beginning. */
async function assertStillThere(env: DeltaEnv, folder: string, version: number): Promise<void> {
  if (version === 0) return;
  const previous = join(logFolder(folder), commitFileName(version - 1));
  if ((await env.storage.stat(previous)) !== null) return;
  if ((await findLatestVersion(env, folder)) === version - 1) return;
  throw pathDoesNotExist(folder);
}

function formatCommit(
  request: CommitRequest,
  metadata: Metadata | undefined,
  actions: readonly Action[],
  version: number,
  timestamp: number,
): Buffer {
  const stamped = metadata !== undefined && hasInCommitTimestamps(metadata);
  const info = commitInfo(request, metadata, timestamp);
  const lines: Action[] = [
    { kind: 'commitInfo', commitInfo: stamped ? { inCommitTimestamp: timestamp, ...info } : info },
    ...actions.map(
      (action): Action =>
        action.kind === 'metaData'
          ? { kind: 'metaData', metaData: markEnablement(request, action.metaData, version, timestamp) }
          : action,
    ),
  ];
  return Buffer.from(lines.map((line) => `${JSON.stringify(formatAction(line))}\n`).join(''));
}

/** A table that turns in-commit timestamps on after its first version records since when they count. */
function markEnablement({ base }: CommitRequest, metadata: Metadata, version: number, timestamp: number): Metadata {
  if (base === null || !hasInCommitTimestamps(metadata) || hasInCommitTimestamps(base.metadata)) return metadata;
  return {
    ...metadata,
    configuration: {
      ...metadata.configuration,
      'delta.inCommitTimestampEnablementVersion': String(version),
      'delta.inCommitTimestampEnablementTimestamp': String(timestamp),
    },
  };
}

function commitInfo(request: CommitRequest, metadata: Metadata | undefined, timestamp: number): CommitInfo {
  const { author, base } = request;
  const readVersion = request.readVersion ?? base?.version;
  const removes = request.actions.some((action) => action.kind === 'remove');
  return {
    timestamp,
    ...(author.userName === null ? {} : { userId: author.userName, userName: author.userName }),
    operation: request.operation,
    operationParameters: request.operationParameters,
    ...(author.attribution === null ? {} : { job: author.attribution }),
    ...(readVersion === undefined ? {} : { readVersion }),
    isolationLevel: isolationOf(request, metadata),
    isBlindAppend: request.reads === 'nothing' && !removes,
    operationMetrics: Object.fromEntries(
      Object.entries(request.operationMetrics).map(([name, value]) => [name, String(value)]),
    ),
    ...(request.userMetadata === undefined ? {} : { userMetadata: request.userMetadata }),
    engineInfo,
    ...(author.statementId === null ? {} : { queryHistoryStatementId: author.statementId }),
    txnId: randomUUID(),
  };
}

/** Metadata changes are serializable, rewrites without data change need only their snapshot, the rest is the table's choice. */
function isolationOf(request: CommitRequest, metadata: Metadata | undefined): string {
  if (request.actions.some((action) => action.kind === 'metaData')) return 'Serializable';
  const changesData = request.actions.some(
    (action) =>
      (action.kind === 'add' && action.add.dataChange) || (action.kind === 'remove' && action.remove.dataChange),
  );
  if (!changesData && request.reads === 'nothing') return 'SnapshotIsolation';
  return metadata !== undefined && isSerializable(metadata) ? 'Serializable' : 'WriteSerializable';
}

async function checkpointIfDue(
  env: DeltaEnv,
  folder: string,
  version: number,
  metadata: Metadata | undefined,
): Promise<Error | null> {
  if (metadata === undefined || version === 0 || version % checkpointInterval(metadata) !== 0) return null;
  try {
    await writeCheckpoint(env, await openSnapshot(env, folder, { version, checkRetention: false }));
    if (cleansUpLog(metadata)) await cleanUpLog(env, folder);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
