import { join, relative, sep } from 'node:path';
import type { DeletionVector } from './actions.js';
import type { CommitRequest } from './commit.js';
import { commit } from './commit.js';
import { deletionVectorPath } from './deletion-vector-path.js';
import type { Author, DeltaEnv } from './env.js';
import { retentionTooShort } from './errors.js';
import { dataFilePath } from './paths.js';
import { deletedFileRetentionMs } from './properties.js';
import type { Snapshot } from './snapshot.js';
import { openSnapshot } from './snapshot.js';
import type { StoredFile } from './storage.js';
import { isTemporaryFile } from './storage.js';

export interface VacuumRequest {
  readonly folder: string;
  /** RETAIN n HOURS, in milliseconds; the table's `delta.deletedFileRetentionDuration` where left out. */
  readonly retainMs?: number | undefined;
  /** Only says what would be deleted. */
  readonly dryRun?: boolean | undefined;
  /** False allows a retention below the table's own, as `retentionDurationCheck.enabled = false` does. Default true. */
  readonly checkRetention?: boolean | undefined;
  readonly author: Author;
  readonly signal?: AbortSignal | undefined;
}

export interface VacuumResult {
  /** Deleted (or, in a dry run, deletable) files, relative to the table's folder. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/**
 * VACUUM FULL: deletes files in the table's folder that are neither live nor were removed within the retention, and are
 * themselves older than it. Log files are not touched. Leaves VACUUM START and VACUUM END in the history.
 */
export async function vacuum(env: DeltaEnv, request: VacuumRequest): Promise<VacuumResult> {
  const { folder } = request;
  const snapshot = await openSnapshot(env, folder);
  const defaultMs = deletedFileRetentionMs(snapshot.metadata);
  const checked = request.checkRetention ?? true;
  const retainMs = request.retainMs ?? defaultMs;
  if (checked && retainMs < defaultMs) throw retentionTooShort(defaultMs);

  const deletable = await findDeletable(env, snapshot, env.clock.now() - retainMs);
  const result: VacuumResult = {
    files: deletable.map(({ path }) => path),
    bytes: deletable.reduce((sum, { size }) => sum + size, 0),
  };
  if (request.dryRun ?? false) return result;

  await record(env, request, 'VACUUM START', {
    operationParameters: {
      retentionCheckEnabled: checked,
      defaultRetentionMillis: defaultMs,
      ...(request.retainMs === undefined ? {} : { specifiedRetentionMillis: request.retainMs }),
    },
    operationMetrics: { numFilesToDelete: result.files.length, sizeOfDataToDelete: result.bytes },
  });
  let deleted = 0;
  const end = async (status: 'COMPLETED' | 'FAILED') =>
    await record(env, request, 'VACUUM END', {
      operationParameters: { status },
      operationMetrics: { numDeletedFiles: deleted, numVacuumedDirectories: foldersOf(result.files).size + 1 },
    });
  try {
    for (const path of result.files) {
      request.signal?.throwIfAborted();
      await env.storage.delete(join(folder, path));
      deleted += 1;
    }
  } catch (error) {
    // A cancelled statement commits nothing any more, so its START stays alone.
    if (request.signal?.aborted ?? false) throw error;
    await end('FAILED').catch((second: unknown) => {
      throw new AggregateError(
        [error, second],
        `VACUUM of ${folder} failed, and so did recording that in its history.`,
      );
    });
    throw error;
  }
  await end('COMPLETED');
  return result;
}

async function findDeletable(env: DeltaEnv, snapshot: Snapshot, cutoffMs: number): Promise<readonly StoredFile[]> {
  const kept = keptPaths(env, snapshot, cutoffMs);
  const present = (await env.storage.list(snapshot.folder, { recursive: true })) ?? [];
  return present
    .filter(({ path, modifiedAtMs }) => modifiedAtMs < cutoffMs && !kept.has(path) && !isHidden(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Live files, files whose removal is younger than the cutoff, and the vectors of both; relative to the folder. */
function keptPaths(env: DeltaEnv, { folder, files, tombstones }: Snapshot, cutoffMs: number): ReadonlySet<string> {
  const kept = new Set<string>();
  const keep = ({
    path,
    deletionVector,
  }: {
    readonly path: string;
    readonly deletionVector: DeletionVector | null;
  }) => {
    const vector = deletionVector === null ? null : deletionVectorPath(deletionVector);
    for (const one of vector === null ? [path] : [path, vector]) {
      kept.add(relative(folder, dataFilePath(env, folder, one)).replaceAll(sep, '/'));
    }
  };
  files.forEach(keep);
  tombstones.filter(({ deletionTimestamp }) => deletionTimestamp >= cutoffMs).forEach(keep);
  return kept;
}

/**
 * Delta leaves alone whatever is below a name that starts with `_` or `.`, since logs and indexes live there; but a
 * partition column may start with `_`, and files that our own killed writers left behind are ours to collect.
 */
function isHidden(path: string): boolean {
  const names = path.split('/');
  const file = names.at(-1) ?? '';
  const inHiddenFolder = names
    .slice(0, -1)
    .some((name) => name.startsWith('.') || (name.startsWith('_') && !name.includes('=')));
  return inHiddenFolder || ((file.startsWith('.') || file.startsWith('_')) && !isTemporaryFile(file));
}

const foldersOf = (files: readonly string[]) =>
  new Set(files.filter((path) => path.includes('/')).map((path) => path.slice(0, path.lastIndexOf('/'))));

type Recorded = Pick<CommitRequest, 'operationParameters' | 'operationMetrics'>;

/** A commit without file actions; it conflicts with nothing. */
async function record(
  env: DeltaEnv,
  { folder, author }: VacuumRequest,
  operation: string,
  entry: Recorded,
): Promise<void> {
  const base = await openSnapshot(env, folder);
  await commit(env, { folder, base, actions: [], operation, ...entry, author, reads: 'nothing' });
}
