import type { Action, AddFile, PartitionValues } from './actions.js';
import { removeOf } from './actions.js';
import type { CommitResult } from './commit.js';
import { commit } from './commit.js';
import type { Author, DeltaEnv } from './env.js';
import type { Snapshot } from './snapshot.js';
import { sorted } from './sorted.js';
import { totalSize } from './stats.js';

/** Files of one partition that OPTIMIZE rewrites into one. */
export interface OptimizeGroup {
  readonly partitionValues: PartitionValues;
  readonly files: readonly AddFile[];
}

export interface OptimizePlanOptions {
  readonly zOrderBy?: readonly string[];
  /** Files of at least this size are left alone. Default 1 GiB, as Delta's. */
  readonly maxFileBytes?: number;
  /** Which partitions a WHERE clause asks for; all by default. */
  readonly partitionFilter?: (values: PartitionValues) => boolean;
}

/**
 * What OPTIMIZE has to rewrite: per partition its small files if there are two or more, and files with deleted rows.
 * With ZORDER BY every file of the chosen partitions.
 */
export function planOptimize(
  snapshot: Pick<Snapshot, 'files'>,
  options: OptimizePlanOptions = {},
): readonly OptimizeGroup[] {
  const { zOrderBy = [], maxFileBytes = 1024 ** 3, partitionFilter = () => true } = options;
  const partitions = new Map<string, AddFile[]>();
  for (const file of snapshot.files) {
    if (!partitionFilter(file.partitionValues)) continue;
    if (zOrderBy.length === 0 && file.size >= maxFileBytes && file.deletionVector === null) continue;
    const key = JSON.stringify(
      sorted(Object.keys(file.partitionValues)).map((name) => [name, file.partitionValues[name]]),
    );
    partitions.set(key, [...(partitions.get(key) ?? []), file]);
  }
  return [...partitions.values()]
    .filter((files) => files.length > 1 || zOrderBy.length > 0 || files.some((file) => file.deletionVector !== null))
    .map((files) => ({ partitionValues: files[0]?.partitionValues ?? {}, files }));
}

/** Sizes in bytes. */
interface SizeSummary {
  readonly min: number | null;
  readonly max: number | null;
  readonly avg: number;
  readonly totalFiles: number;
  readonly totalSize: number;
}

/** What OPTIMIZE answers; the many further members of its `metrics` struct are null or zero here. */
export interface OptimizeMetrics {
  readonly numFilesAdded: number;
  readonly numFilesRemoved: number;
  readonly filesAdded: SizeSummary;
  readonly filesRemoved: SizeSummary;
  readonly partitionsOptimized: number;
  readonly totalConsideredFiles: number;
  readonly totalFilesSkipped: number;
}

export interface OptimizeCommitRequest {
  readonly snapshot: Snapshot;
  /** Each planned group with the files that now hold its rows, already in the folder. */
  readonly rewritten: readonly { readonly group: OptimizeGroup; readonly added: readonly AddFile[] }[];
  readonly zOrderBy?: readonly string[];
  readonly author: Author;
  readonly signal?: AbortSignal | undefined;
}

/** Commits a rewrite that changes no data. Nothing to rewrite: no commit, `result` is null. */
export async function commitOptimize(
  env: DeltaEnv,
  request: OptimizeCommitRequest,
): Promise<{ readonly metrics: OptimizeMetrics; readonly result: CommitResult | null }> {
  const { snapshot, rewritten } = request;
  const removed = rewritten.flatMap(({ group }) => group.files);
  const added = rewritten.flatMap((one) => one.added);
  const metrics: OptimizeMetrics = {
    numFilesAdded: added.length,
    numFilesRemoved: removed.length,
    filesAdded: summary(added),
    filesRemoved: summary(removed),
    partitionsOptimized: rewritten.length,
    totalConsideredFiles: snapshot.files.length,
    totalFilesSkipped: snapshot.files.length - removed.length,
  };
  if (removed.length === 0) return { metrics, result: null };

  const result = await commit(env, {
    folder: snapshot.folder,
    base: snapshot,
    actions: [
      ...removed.map((file): Action => ({ kind: 'remove', remove: removeOf(file, env.clock.now(), false) })),
      ...added.map((file): Action => ({ kind: 'add', add: { ...file, dataChange: false } })),
    ],
    operation: 'OPTIMIZE',
    operationParameters: {
      predicate: '[]',
      auto: 'false',
      zOrderBy: JSON.stringify(request.zOrderBy ?? []),
      clusterBy: '[]',
    },
    operationMetrics: {
      numRemovedFiles: removed.length,
      numRemovedBytes: totalSize(removed),
      numAddedFiles: added.length,
      numAddedBytes: totalSize(added),
      minFileSize: metrics.filesAdded.min ?? 0,
      maxFileSize: metrics.filesAdded.max ?? 0,
      numDeletionVectorsRemoved: removed.filter((file) => file.deletionVector !== null).length,
    },
    author: request.author,
    // The files it read are the ones it removes; rows that others append meanwhile do not matter to it.
    reads: 'nothing',
    signal: request.signal,
  });
  return { metrics, result };
}

function summary(files: readonly AddFile[]): SizeSummary {
  const sizes = files.map((file) => file.size);
  const total = totalSize(files);
  return {
    min: sizes.length === 0 ? null : Math.min(...sizes),
    max: sizes.length === 0 ? null : Math.max(...sizes),
    avg: sizes.length === 0 ? 0 : total / sizes.length,
    totalFiles: files.length,
    totalSize: total,
  };
}
