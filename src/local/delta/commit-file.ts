import { join } from 'node:path';
import { z } from 'zod';
import { parseAction } from './action-json.js';
import type { Action, CommitInfo } from './actions.js';
import type { DeltaEnv } from './env.js';
import { unreadableLog } from './errors.js';
import { logFolder } from './paths.js';

/** Reads the actions of one JSON file of the log (a commit, or a V2 checkpoint). */
export async function readActions(env: Pick<DeltaEnv, 'storage'>, folder: string, name: string): Promise<Action[]> {
  return toActions(name, await readLines(env, folder, name));
}

/** Casts raw lines or rows into actions, leaving out those that are of no use here. */
export function toActions(name: string, rows: readonly unknown[]): Action[] {
  try {
    return rows.map(parseAction).filter((action) => action !== null);
  } catch (cause) {
    if (cause instanceof z.ZodError) throw unreadableLog(name, z.prettifyError(cause), cause);
    throw cause;
  }
}

/** The JSON values of a log file, one per line. */
export async function readLines(env: Pick<DeltaEnv, 'storage'>, folder: string, name: string): Promise<unknown[]> {
  const text = (await env.storage.read(join(logFolder(folder), name))).toString('utf8');
  try {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): unknown => JSON.parse(line));
  } catch (cause) {
    throw unreadableLog(name, 'a line is no JSON', cause);
  }
}

export const commitInfoOf = (actions: readonly Action[]): CommitInfo | null =>
  actions.find((action) => action.kind === 'commitInfo')?.commitInfo ?? null;

/** The commit's own time where in-commit timestamps are enabled (PROTOCOL.md, "In-Commit Timestamps"); else null. */
export function inCommitTimestamp(info: CommitInfo | null): number | null {
  const value = info?.inCommitTimestamp;
  return typeof value === 'number' ? value : null;
}
