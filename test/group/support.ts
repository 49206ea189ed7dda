import type { GroupState } from '../../src/domain/group/state.js';
import { initialState } from '../../src/domain/group/state.js';
import type { LedgerRow } from '../../src/domain/ledger.js';
import type { LedgerAuthor } from '../../src/domain/ledger-events.js';
import { ledgerRow } from '../../src/domain/ledger-events.js';
import type { PointSummary } from '../../src/domain/point.js';

export const now = Date.UTC(2026, 0, 1);
export const ref = { workspace: 'w', group: 'g' };

export const fresh = initialState(ref, 'me');

/** Protected, at rest, both ledgers read and the same. */
export const settled: GroupState = {
  ...fresh,
  protection: 'protected',
  ledgersRead: ['secondary', 'primary'],
  ledgerGap: null,
};

export const point = (runId: string, minutes: number): PointSummary => ({
  syncId: `sync-of-${runId}`,
  source: { kind: 'run', runId, repairId: null },
  runEndTime: now + minutes * 60_000,
  publishedAt: now + minutes * 60_000 + 5000,
  tableCount: 3,
  specHash: 'spec',
});

/** A group row of the ledger, as another controller or an earlier life of this one wrote it. */
export const event = (
  name: LedgerRow['event'],
  minutes: number,
  fields: Partial<LedgerRow> = {},
  author: Partial<LedgerAuthor> = {},
): LedgerRow =>
  ledgerRow(
    { ...ref, epoch: 1, controller: 'other', direction: 'forward', ...author },
    name,
    `${name}-${minutes}-${author.controller ?? 'other'}`,
    now + minutes * 60_000,
    fields,
  );

export const publishedRow = (runId: string, minutes: number): LedgerRow => {
  const { syncId, runEndTime, specHash } = point(runId, minutes);
  return event('published', minutes, { syncId, runId, runEndTime, specHash });
};
