import type { DeltaEnv } from './env.js';
import { logFolder } from './paths.js';

/** What lies in a table's `_delta_log` folder, by the names of its files. */

export interface CommitFile {
  readonly version: number;
  readonly name: string;
  /** Modification time, epoch milliseconds. */
  readonly modifiedAtMs: number;
}

/** A checkpoint all of whose files are there. */
export interface CheckpointFiles {
  readonly version: number;
  /** One name, or all parts of a multi-part checkpoint in order. */
  readonly names: readonly string[];
  readonly modifiedAtMs: number;
}

export interface LogListing {
  /** Ascending by version. */
  readonly commits: readonly CommitFile[];
  /** Ascending by version. */
  readonly checkpoints: readonly CheckpointFiles[];
}

const commitName = /^(\d{20})\.json$/;
const singleCheckpointName = /^(\d{20})\.checkpoint(?:\.[0-9a-f-]{36})?\.(?:parquet|json)$/i;
const checkpointPartName = /^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$/;

const digits = (version: number) => String(version).padStart(20, '0');
export const commitFileName = (version: number) => `${digits(version)}.json`;
export const checkpointFileName = (version: number) => `${digits(version)}.checkpoint.parquet`;

/** @returns null where there is no log folder, or neither commit nor checkpoint in it */
export async function listLog(env: Pick<DeltaEnv, 'storage'>, folder: string): Promise<LogListing | null> {
  const files = await env.storage.list(logFolder(folder));
  if (files === null) return null;

  const commits: CommitFile[] = [];
  const checkpoints: CheckpointFiles[] = [];
  const parts = new Map<string, { version: number; total: number; names: string[]; modifiedAtMs: number }>();
  for (const { path: name, modifiedAtMs } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const commit = commitName.exec(name);
    if (commit) commits.push({ version: Number(commit[1]), name, modifiedAtMs });
    const single = singleCheckpointName.exec(name);
    if (single) checkpoints.push({ version: Number(single[1]), names: [name], modifiedAtMs });
    const part = checkpointPartName.exec(name);
    if (part) {
      const key = `${part[1]}.${part[3]}`;
      const group = parts.get(key) ?? { version: Number(part[1]), total: Number(part[3]), names: [], modifiedAtMs };
      group.names.push(name);
      parts.set(key, group);
    }
  }
  for (const group of parts.values()) if (group.names.length === group.total) checkpoints.push(group);
  if (commits.length === 0 && checkpoints.length === 0) return null;
  return { commits, checkpoints: checkpoints.sort((a, b) => a.version - b.version) };
}

export const newestVersion = ({ commits, checkpoints }: LogListing): number =>
  Math.max(commits.at(-1)?.version ?? 0, checkpoints.at(-1)?.version ?? 0);

/** The oldest version that can still be put together: 0, or the oldest checkpoint. */
export const earliestVersion = ({ commits, checkpoints }: LogListing): number =>
  commits[0]?.version === 0 ? 0 : (checkpoints[0]?.version ?? commits[0]?.version ?? 0);

/**
 * Commit times by version (epoch milliseconds), made strictly increasing as Delta does (DeltaHistoryManager.scala):
 * storage clocks jump, versions do not.
 */
export function monotonicTimes(commits: readonly CommitFile[]): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  let last = Number.NEGATIVE_INFINITY;
  for (const { version, modifiedAtMs } of commits) {
    last = Math.max(modifiedAtMs, last + 1);
    times.set(version, last);
  }
  return times;
}
