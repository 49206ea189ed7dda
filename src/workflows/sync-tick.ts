import { getExternalWorkflowHandle, isCancellation, log } from '@temporalio/workflow';
import type { SyncTickInput } from './messages.js';
import { entityId, signals } from './messages.js';
import { homeSteps } from './steps.js';

/**
 * What a group's Schedule starts: tells the entity that a sync is due. An entity that was terminated by hand comes back
 * with the next tick and rebuilds its state from the ledgers.
 */
export async function syncTick({ workspace, group }: SyncTickInput): Promise<void> {
  try {
    await getExternalWorkflowHandle(entityId({ workspace, group })).signal(signals.syncDue);
  } catch (thrown) {
    if (isCancellation(thrown)) throw thrown;
    // The server gives one reason only, that it is not found; signal-with-start is right for any other one as well.
    log.info('the entity did not take the tick, starting it', { error: String(thrown) });
    await homeSteps.startEntity({ workspace, group });
  }
}
