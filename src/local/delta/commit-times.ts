import { commitInfoOf, inCommitTimestamp, readActions } from './commit-file.js';
import type { DeltaEnv } from './env.js';
import type { CommitFile } from './log-files.js';
import { monotonicTimes } from './log-files.js';

/**
 * Commit times by version, ascending, epoch milliseconds: the in-commit timestamp where the commit has one, else the
 * monotonic modification time of its file.
 */
export async function commitTimes(
  env: Pick<DeltaEnv, 'storage'>,
  folder: string,
  commits: readonly CommitFile[],
): Promise<ReadonlyMap<number, number>> {
  const times = new Map(monotonicTimes(commits));
  for (const { version, name } of commits) {
    const own = inCommitTimestamp(commitInfoOf(await readActions(env, folder, name)));
    if (own !== null) times.set(version, own);
  }
  return times;
}
