import type { TableCommit } from '../commits.js';
import type { Stamp } from '../point.js';
import { stampOf } from '../stamp.js';
import { isMaintenance } from './operations.js';

/**
 * `current`: nothing to do. `changed-after`: somebody wrote after the clone. `other-version`: it holds something else,
 * or nothing of ours. `unknown`: the clone has left the history, so nobody can say what followed it: clone again.
 */
export type Currency =
  | { readonly kind: 'current' }
  | { readonly kind: 'changed-after'; readonly commits: readonly TableCommit[] }
  | { readonly kind: 'other-version' }
  | { readonly kind: 'unknown' };

/**
 * Whether a staging or target table already holds the wanted rows. Sync id and epoch do not matter for that, and version
 * numbers are never compared across tables.
 *
 * @param history  of the table that is looked at, in any order, down to its newest CLONE commit or as far as it is known
 */
export function currencyOf(
  properties: Readonly<Record<string, string>>,
  history: readonly TableCommit[],
  wanted: Pick<Stamp, 'sourceTableId' | 'sourceVersion'>,
): Currency {
  const stamp = stampOf(properties);
  if (stamp?.sourceTableId !== wanted.sourceTableId || stamp.sourceVersion !== wanted.sourceVersion) {
    return { kind: 'other-version' };
  }
  const clone = newestClone(history);
  if (clone === null) return { kind: 'unknown' };
  const commits = changesAfter(history, clone);
  return commits.length > 0 ? { kind: 'changed-after', commits } : { kind: 'current' };
}

/** Version of the newest CLONE commit; null where the history shows none. */
export function newestClone(history: readonly TableCommit[]): number | null {
  const versions = history.filter(({ operation }) => operation.trim().toUpperCase() === 'CLONE').map((c) => c.version);
  return versions.length === 0 ? null : Math.max(...versions);
}

/** Commits above `version` that are no maintenance, ascending. */
export const changesAfter = (history: readonly TableCommit[], version: number): TableCommit[] =>
  history.filter((c) => c.version > version && !isMaintenance(c)).sort((a, b) => a.version - b.version);
