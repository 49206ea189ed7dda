import { z } from 'zod';
import { SqlError } from '../sql/statement.js';
import type { Action, AddFile, DomainMetadata } from './actions.js';
import { recordCount } from './stats.js';

const domain = 'delta.rowTracking';
const configuration = z.object({ rowIdHighWaterMark: z.number() });

/** Highest row id given out so far; -1 where none was. */
export function rowIdHighWaterMark(domains: readonly DomainMetadata[]): number {
  const found = domains.findLast((one) => one.domain === domain);
  return found === undefined ? -1 : configuration.parse(JSON.parse(found.configuration)).rowIdHighWaterMark;
}

/**
 * Gives new files their row ids, as tables with row tracking require of every writer (PROTOCOL.md, "Row Tracking").
 *
 * @param version        the version that the actions are about to become
 * @param highWaterMark  the highest row id given out before
 */
export function withRowIds(actions: readonly Action[], version: number, highWaterMark: number): readonly Action[] {
  let next = highWaterMark + 1;
  const numbered = actions.map((action): Action => {
    if (action.kind !== 'add' || action.add.baseRowId !== null) return action;
    const baseRowId = next;
    next += countedRows(action.add);
    return { kind: 'add', add: { ...action.add, baseRowId, defaultRowCommitVersion: version } };
  });
  if (next === highWaterMark + 1) return numbered;
  const mark: DomainMetadata = {
    domain,
    configuration: JSON.stringify({ rowIdHighWaterMark: next - 1 }),
    removed: false,
  };
  return [...numbered, { kind: 'domainMetadata', domainMetadata: mark }];
}

function countedRows(file: AddFile): number {
  const count = recordCount(file);
  if (count !== null) return count;
  throw new SqlError(
    'DELTA_ROW_ID_ASSIGNMENT_WITHOUT_STATS',
    '22000',
    `Cannot assign row IDs without row count statistics. Collect statistics for ${file.path} first.`,
  );
}
