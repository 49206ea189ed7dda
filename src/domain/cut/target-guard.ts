import type { TableCommit, TableDetail } from '../commits.js';
import type { Failure } from '../failure.js';
import type { Stamp } from '../point.js';
import { stampOf } from '../stamp.js';
import { changesAfter, newestClone } from './currency.js';
import { iso } from './words.js';

export interface TargetGuardInput {
  /** Full name, for the message. */
  readonly table: string;
  readonly detail: Pick<TableDetail, 'id' | 'properties' | 'numFiles'>;
  /** Of the target, in any order, down to its newest CLONE commit or as far as it is known. */
  readonly history: readonly TableCommit[];
  /** Who is about to write. */
  readonly holder: Pick<Stamp, 'epoch' | 'controller'>;
  /** Newest version whose content is known and may be replaced, by a `baseline` event of the ledger; null: none. */
  readonly baseline: { readonly tableId: string; readonly version: number } | null;
}

/**
 * May this table be overwritten? null: yes. `SUPERSEDED` where a controller with a better claim has written it,
 * `TARGET_CHANGED` where it holds commits that no sync put there and no baseline covers.
 */
export function targetGuard(input: TargetGuardInput): Failure | null {
  const stamp = stampOf(input.detail.properties);
  if (stamp !== null && outranks(stamp, input.holder)) return superseded(input, stamp);
  const settled = settledVersion(input, stamp);
  if (settled === null) return input.detail.numFiles > 0 ? neverStamped(input) : null;
  const changes = changesAfter(input.history, settled);
  return changes.length > 0 ? changed(input, changes) : null;
}

/** Of two controllers the one with the higher epoch holds the group; at the same epoch the one with the smaller id. */
export const outranks = (a: Pick<Stamp, 'epoch' | 'controller'>, b: Pick<Stamp, 'epoch' | 'controller'>): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.controller < b.controller);

/**
 * Stamp or baseline, whichever is newest. A stamp whose CLONE commit has left the history settles what is older than the
 * known history. A baseline of a table that was dropped since says nothing.
 */
function settledVersion({ detail, history, baseline }: TargetGuardInput, stamp: Stamp | null): number | null {
  const byBaseline = baseline !== null && baseline.tableId === detail.id ? baseline.version : null;
  const byStamp = stamp === null ? null : (newestClone(history) ?? -1);
  if (byBaseline === null) return byStamp;
  return Math.max(byBaseline, byStamp ?? -1);
}

const superseded = ({ table, holder }: TargetGuardInput, stamp: Stamp): Failure => ({
  code: 'SUPERSEDED',
  message:
    `${table} was written by controller ${stamp.controller} at epoch ${stamp.epoch}, which outranks this one ` +
    `(${holder.controller} at epoch ${holder.epoch}). Nothing was overwritten.`,
  remedy:
    'Another controller holds this group. Stop one of the two, then resume the group here if it is to be this one.',
});

const neverStamped = ({ table }: TargetGuardInput): Failure => ({
  code: 'TARGET_CHANGED',
  message: `${table} holds rows that no sync put there. Nothing was overwritten.`,
  remedy: 'Empty the table, or accept that its rows are replaced with `lakehouse-dr apply --accept-baseline`.',
});

function changed({ table }: TargetGuardInput, changes: readonly TableCommit[]): Failure {
  const list = changes.map(
    (c) => `version ${c.version} (${c.operation} by ${c.userName ?? 'unknown'}, ${iso(c.timestamp)})`,
  );
  return {
    code: 'TARGET_CHANGED',
    message: `${table} was changed since the last sync: ${list.join(', ')}. Nothing was overwritten.`,
    remedy:
      'Find out who writes to the passive region. To go on and replace these rows, run `lakehouse-dr apply --accept-baseline`, then resume the group.',
  };
}
