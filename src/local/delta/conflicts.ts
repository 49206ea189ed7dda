import type { SqlError } from '../sql/statement.js';
import type { Action } from './actions.js';
import { fileKey } from './actions.js';
import { commitInfoOf } from './commit-file.js';
import type { ConflictClass } from './errors.js';
import { conflict } from './errors.js';

/**
 * `nothing`: the change was computed from no rows (INSERT VALUES, properties, OPTIMIZE of files it names itself).
 * `table`: it was computed from the table's rows; whatever someone else changed meanwhile may have mattered.
 */
export type Reads = 'nothing' | 'table';

/** A commit that is about to be retried on top of another one. */
export interface Attempt {
  readonly actions: readonly Action[];
  readonly reads: Reads;
  /** Under `Serializable` a concurrent blind append conflicts with a reader of the table, under `WriteSerializable` it does not. */
  readonly serializable: boolean;
}

/**
 * Whether a commit that came first makes this one impossible, by the rules of Delta's ConflictChecker.scala at table
 * level: partitions are not told apart, so this refuses some commits that Databricks would let through.
 *
 * @returns the error to throw, or null where the attempt may be rebased
 */
export function conflictWith(attempt: Attempt, winningVersion: number, winner: readonly Action[]): SqlError | null {
  const kind = conflictKind(attempt, winner);
  if (kind === null) return null;
  const operation = commitInfoOf(winner)?.operation;
  return conflict(kind, winningVersion, typeof operation === 'string' ? operation : 'of unknown operation');
}

function conflictKind({ actions, reads, serializable }: Attempt, winner: readonly Action[]): ConflictClass | null {
  const has = (list: readonly Action[], kind: Action['kind']) => list.some((action) => action.kind === kind);
  if (has(winner, 'protocol') && has(actions, 'protocol')) return 'DELTA_PROTOCOL_CHANGED';
  if (has(winner, 'metaData')) return 'DELTA_METADATA_CHANGED';

  const blindAppend = commitInfoOf(winner)?.isBlindAppend === true;
  if (reads === 'table' && has(winner, 'add') && (serializable || !blindAppend)) return 'DELTA_CONCURRENT_APPEND';
  if (reads === 'table' && has(winner, 'remove')) return 'DELTA_CONCURRENT_DELETE_READ';
  if (shares(actions, winner, (action) => (action.kind === 'remove' ? fileKey(action.remove) : null))) {
    return 'DELTA_CONCURRENT_DELETE_DELETE';
  }
  if (shares(actions, winner, (action) => (action.kind === 'txn' ? action.txn.appId : null))) {
    return 'DELTA_CONCURRENT_TRANSACTION';
  }
  if (shares(actions, winner, (action) => (action.kind === 'domainMetadata' ? action.domainMetadata.domain : null))) {
    return 'DELTA_CONCURRENT_WRITE';
  }
  return null;
}

/** Whether both lists have an action with the same key; actions without a key (null) do not count. */
function shares(one: readonly Action[], other: readonly Action[], key: (action: Action) => string | null): boolean {
  const keys = new Set(one.map(key));
  keys.delete(null);
  return other.some((action) => keys.has(key(action)));
}
