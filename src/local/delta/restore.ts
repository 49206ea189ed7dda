import { SqlError } from '../sql/statement.js';
import type { Action, AddFile } from './actions.js';
import { fileKey, removeOf } from './actions.js';
import type { CommitResult } from './commit.js';
import { commit } from './commit.js';
import { clusteringActions } from './domains.js';
import type { Author, DeltaEnv } from './env.js';
import { cannotRestoreVersion, pathDoesNotExist, restoreTooEarly, restoreTooLate, sqlTime } from './errors.js';
import { earliestVersion, listLog, newestVersion } from './log-files.js';
import { dataFilePath } from './paths.js';
import { mergeProtocols, sameProtocol } from './protocol.js';
import type { Snapshot } from './snapshot.js';
import { openSnapshot } from './snapshot.js';
import { totalSize } from './stats.js';

/** The output row of RESTORE (sizes in bytes). */
export interface RestoreMetrics {
  readonly tableSizeAfterRestore: number;
  readonly numOfFilesAfterRestore: number;
  readonly numRemovedFiles: number;
  readonly numRestoredFiles: number;
  readonly removedFilesSize: number;
  readonly restoredFilesSize: number;
}

export interface RestoreRequest {
  readonly folder: string;
  /** `timestampMs`: epoch milliseconds. */
  readonly to: { readonly version: number } | { readonly timestampMs: number };
  readonly author: Author;
  readonly signal?: AbortSignal | undefined;
}

/**
 * RESTORE: a new commit whose content, schema and properties are those of an earlier version. The protocol is never
 * lowered.
 *
 * @throws SqlError when the version is out of reach, or files of it have been vacuumed
 */
export async function restoreTable(
  env: DeltaEnv,
  request: RestoreRequest,
): Promise<CommitResult & { readonly metrics: RestoreMetrics }> {
  const { folder, to } = request;
  const wanted = await openWanted(env, request);
  const present = await openSnapshot(env, folder);
  const added = missingFrom(present, wanted);
  const removed = missingFrom(wanted, present);
  await assertFilesExist(env, wanted, added);

  const protocol = mergeProtocols(present.protocol, wanted.protocol);
  const metrics: RestoreMetrics = {
    tableSizeAfterRestore: totalSize(wanted.files),
    numOfFilesAfterRestore: wanted.files.length,
    numRemovedFiles: removed.length,
    numRestoredFiles: added.length,
    removedFilesSize: totalSize(removed),
    restoredFilesSize: totalSize(added),
  };
  const result = await commit(env, {
    folder,
    base: present,
    actions: [
      ...(sameProtocol(present.protocol, protocol) ? [] : [{ kind: 'protocol', protocol } as const]),
      { kind: 'metaData', metaData: wanted.metadata },
      ...clusteringActions(wanted.domains, present.domains),
      ...removed.map((file): Action => ({ kind: 'remove', remove: removeOf(file, env.clock.now()) })),
      ...added.map((file): Action => ({ kind: 'add', add: { ...file, dataChange: true } })),
    ],
    operation: 'RESTORE',
    operationParameters:
      'version' in to
        ? { version: to.version, timestamp: null }
        : { version: null, timestamp: sqlTime(to.timestampMs) },
    operationMetrics: { ...metrics },
    author: request.author,
    reads: 'table',
    signal: request.signal,
  });
  return { ...result, metrics };
}

async function openWanted(env: DeltaEnv, { folder, to }: RestoreRequest): Promise<Snapshot> {
  const log = await listLog(env, folder);
  if (log === null) throw pathDoesNotExist(folder);
  if ('version' in to) {
    const [earliest, latest] = [earliestVersion(log), newestVersion(log)];
    if (to.version < earliest || to.version > latest) throw cannotRestoreVersion(to.version, earliest, latest);
    return await openSnapshot(env, folder, { version: to.version });
  }
  try {
    return await openSnapshot(env, folder, { timestampMs: to.timestampMs });
  } catch (error) {
    // RESTORE has classes of its own for the two ends of the history.
    if (!(error instanceof SqlError)) throw error;
    if (error.errorClass === 'DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION')
      throw restoreTooEarly(to.timestampMs, error);
    if (error.errorClass === 'DELTA_TIMESTAMP_GREATER_THAN_COMMIT') throw restoreTooLate(to.timestampMs, error);
    throw error;
  }
}

/** Files of `wanted` that `present` does not have. */
function missingFrom(present: Snapshot, wanted: Snapshot): readonly AddFile[] {
  const keys = new Set(present.files.map(fileKey));
  return wanted.files.filter((file) => !keys.has(fileKey(file)));
}

async function assertFilesExist(
  env: DeltaEnv,
  { folder, version }: Snapshot,
  files: readonly AddFile[],
): Promise<void> {
  const missing: string[] = [];
  for (const { path } of files) {
    if ((await env.storage.stat(dataFilePath(env, folder, path))) === null) missing.push(path);
  }
  if (missing.length === 0) return;
  throw new SqlError(
    'DELTA_FILE_NOT_FOUND_DETAILED',
    '42K03',
    `Not all files from version ${version} are available in file system.\n Missed files (top 100 files): ${missing.slice(0, 100).join(',')}.\n Please use more recent version or timestamp for restoring.`,
  );
}
