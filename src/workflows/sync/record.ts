import { log } from '@temporalio/workflow';
import type { Failure } from '../../domain/failure.js';
import { isCutHold, isOperatorHold } from '../../domain/failure.js';
import type { SyncNotPublished } from '../../domain/group/outcomes.js';
import type { LedgerRow } from '../../domain/ledger.js';
import { failureRow, pointFields } from '../../domain/ledger-events.js';
import { endsOf, headOf } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import type { Sync } from './sync.js';
import { facts } from './sync.js';

/** The copy in the source region's ledger is nothing that a sync waits for: what is missing there is copied later. */
const copyPatience = '20 seconds';

/** Writes to the ledger of the region being protected into. */
export async function record(sync: Sync, rows: readonly LedgerRow[]): Promise<void> {
  await sync.target.short.recordEvents.executeWithOptions({ summary: `ledger ${rows.at(-1)?.event ?? ''}` }, [
    { head: headOf(sync.spec), region: endsOf(sync.input.direction).target, rows },
  ]);
  sync.recorded.push(...rows);
}

/**
 * The source region's ledger gets the events of this sync while its warehouse is up anyway. Where more than these may be
 * missing, its entity has both ledgers compared instead.
 */
export async function copyToSource(sync: Sync): Promise<void> {
  if (!sync.input.ledgersAlike) return;
  try {
    await sync.source.short.recordEvents.executeWithOptions(
      { summary: 'the same in the ledger of the source', scheduleToCloseTimeout: copyPatience },
      [{ head: headOf(sync.spec), region: endsOf(sync.input.direction).source, rows: sync.recorded }],
    );
    sync.recordedInBoth = true;
  } catch (thrown) {
    const { code, message } = failureOf(thrown);
    log.warn('the ledger of the source region is told later', { code, message });
  }
}

/** With the entity's events that wait for a statement in this ledger. */
export async function recordWithQueued(sync: Sync, rows: readonly LedgerRow[]): Promise<void> {
  const { queuedEvents } = sync.input;
  await record(sync, [...queuedEvents, ...rows]);
  sync.writtenEventIds = queuedEvents.map((row) => row.eventId);
}

/** The account of a sync that published nothing, or has left a mix. */
export async function notPublished(sync: Sync, failure: Failure): Promise<SyncNotPublished> {
  const result = resultOf(failure);
  const row = failureRow(sync.author, result, `${sync.input.syncId}/${result}`, failure, Date.now(), attempted(sync));
  try {
    await record(sync, [row]);
  } catch (thrown) {
    // The ledger may be what failed. The entity still says it: in its state, its mail and the Web UI.
    failureOf(thrown);
  }
  return { ...facts(sync), result, failure };
}

/** What was to be published. */
function attempted({ input, completing }: Sync): Partial<LedgerRow> {
  const { target, syncId } = input;
  if (completing) return pointFields(completing);
  const run = target?.kind === 'run' ? target.run : { runId: null, repairId: null };
  return { syncId, runId: run.runId, repairId: run.repairId, runEndTime: target?.endTime ?? null };
}

export const resultOf = ({ code }: Failure): 'held' | 'failed' =>
  isCutHold(code) || isOperatorHold(code) ? 'held' : 'failed';
