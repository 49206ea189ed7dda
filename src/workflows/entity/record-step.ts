import type { Duration } from '@temporalio/common';
import { log } from '@temporalio/workflow';
import { eventsMayBeRecorded, eventsRecorded } from '../../domain/group/ledger-gap.js';
import { ledgerRegion, withoutWritten } from '../../domain/group/ledger-queue.js';
import { headOf } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import { homeSteps, switchSteps } from '../steps.js';
import type { Entity } from './entity.js';
import { interrupted, mustLeave, untilUrgent } from './entity.js';

/** A warehouse without serverless compute takes some minutes to start. */
const warehouseStarts = '5 minutes';

/** Writes what the ledger should know at once, though no sync is under way that could carry it along. */
export const recordStep = (entity: Entity): Promise<void> => writeQueuedEvents(entity, warehouseStarts);

/**
 * Writes the queued events to the ledger of the region being protected into; while exposed, to that of the active one.
 * Where that fails they wait for the next tick, or for the next statement there.
 */
export async function writeQueuedEvents(entity: Entity, patience: Duration): Promise<void> {
  const { ledgerQueue: rows } = entity.state;
  if (rows.length === 0) return;
  const region = ledgerRegion(entity.state);
  const oldest = Math.min(...rows.map(({ recordedAt }) => recordedAt));
  // Kept first: a write whose answer is lost may have been made.
  entity.state = eventsMayBeRecorded(entity.state, oldest);
  try {
    const written = await untilUrgent(
      entity,
      () => entity.state.switchRequest !== null || mustLeave(),
      async () => {
        const spec = await homeSteps.loadSpec(entity.ref);
        await switchSteps(spec, region).short.recordEvents.executeWithOptions(
          { summary: 'ledger, queued events', scheduleToCloseTimeout: patience },
          [{ head: headOf(spec), region, rows }],
        );
      },
    );
    if (written === interrupted) return;
    const ids = rows.map(({ eventId }) => eventId);
    entity.state = eventsRecorded(withoutWritten(entity.state, ids), oldest);
  } catch (thrown) {
    const { code, message } = failureOf(thrown);
    log.warn('queued events wait for the next tick', { code, message });
    entity.state = { ...entity.state, ledgerFailedAt: Date.now() };
  }
}
