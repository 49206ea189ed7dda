import { SqlError } from '../sql/statement.js';
import type { FileCopy } from './clone-plan.js';
import type { DeltaEnv } from './env.js';
import { dataFilePath } from './paths.js';

/** Enough to keep a disk busy, few enough that an abort takes effect soon. */
const parallelCopies = 4;

interface CopyJob {
  readonly sourceFolder: string;
  readonly targetFolder: string;
  readonly copies: readonly FileCopy[];
  readonly signal: AbortSignal | undefined;
  /** Called after each copied file with the bytes written. */
  readonly onBytes: ((bytes: number) => void) | undefined;
}

/**
 * Copies files from one table's folder to another's, some at a time. A file that is complete in the target already, left
 * by a clone that was interrupted before its commit, is not written again: data files never change once written.
 * Aborts between files; an abort or error leaves copied files behind, which no commit refers to.
 */
export async function copyFiles(env: DeltaEnv, job: CopyJob): Promise<void> {
  const queue = job.copies.values();
  const work = async () => {
    for (const copy of queue) {
      job.signal?.throwIfAborted();
      await copyOne(env, job, copy);
    }
  };
  // All workers are awaited even if one fails, so that nothing is still being written when the caller goes on.
  const outcomes = await Promise.allSettled(Array.from({ length: parallelCopies }, work));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function copyOne(env: DeltaEnv, job: CopyJob, copy: FileCopy): Promise<void> {
  const from = dataFilePath(env, job.sourceFolder, copy.from);
  const to = dataFilePath(env, job.targetFolder, copy.to);
  const source = await env.storage.stat(from);
  if (source === null) throw fileDoesNotExist(copy.from);
  const present = await env.storage.stat(to);
  // One that is older than the source's is no copy of it: some writers use a file name twice.
  if (present?.size === source.size && present.modifiedAtMs >= source.modifiedAtMs) return;
  const bytes = await env.storage.copy(from, to, env.clock.now());
  job.onBytes?.(bytes);
}

const fileDoesNotExist = (path: string) =>
  new SqlError(
    'FAILED_READ_FILE.FILE_NOT_EXIST',
    'KD001',
    `Encountered error while reading file ${path}. File does not exist. It is possible the underlying files have been updated.`,
  );
