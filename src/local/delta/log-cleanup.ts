import { join } from 'node:path';
import { commitTimes } from './commit-times.js';
import type { DeltaEnv } from './env.js';
import { listLog, newestVersion } from './log-files.js';
import { logFolder } from './paths.js';
import { logRetentionMs } from './properties.js';
import { openSnapshot } from './snapshot.js';
import { sorted } from './sorted.js';

const dayMs = 86_400_000;

/**
 * Deletes what the log no longer has to keep (PROTOCOL.md, "Metadata Cleanup"): everything before the newest checkpoint
 * that is itself older than `delta.logRetentionDuration`, in whole days. Those versions then leave the history.
 *
 * @returns names of the deleted files
 */
export async function cleanUpLog(env: DeltaEnv, folder: string): Promise<readonly string[]> {
  const log = await listLog(env, folder);
  if (log === null) return [];
  const { metadata } = await openSnapshot(env, folder, { version: newestVersion(log) });
  const cutoffMs = Math.floor((env.clock.now() - logRetentionMs(metadata)) / dayMs) * dayMs;

  const times = await commitTimes(env, folder, log.commits);
  const lastExpired = log.commits.findLast(({ version }) => (times.get(version) ?? cutoffMs) < cutoffMs)?.version;
  if (lastExpired === undefined) return [];
  const keepFrom = log.checkpoints.findLast(({ version }) => version <= lastExpired)?.version;
  if (keepFrom === undefined) return [];

  const expired = [
    ...log.commits.filter(({ version }) => version < keepFrom).map(({ name }) => name),
    ...log.checkpoints.filter(({ version }) => version < keepFrom).flatMap(({ names }) => names),
  ];
  // Oldest first, so that a kill half-way leaves a log that starts later, not one with a gap.
  for (const name of sorted(expired)) await env.storage.delete(join(logFolder(folder), name));
  return expired;
}
