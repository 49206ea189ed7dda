import { CancellationScope, defineSignal, getExternalWorkflowHandle, isCancellation, log } from '@temporalio/workflow';
import type { GroupRef } from '../domain/spec.js';
import { entityId } from './messages.js';

/** From a sync to its entity: tables that readers see are being replaced, or no longer are. */
export const receivingSignal = defineSignal<[boolean]>('receiving');

/**
 * Tells the entity while readers' tables are being replaced, so that a switch which cancels this sync knows whether it
 * has to look for late statements, and when the last one is closed.
 */
export async function whileReceiving<Result>(group: GroupRef, work: () => Promise<Result>): Promise<Result> {
  await tell(group, true);
  try {
    return await work();
  } finally {
    await CancellationScope.nonCancellable(() => tell(group, false));
  }
}

async function tell(group: GroupRef, receiving: boolean): Promise<void> {
  try {
    await getExternalWorkflowHandle(entityId(group)).signal(receivingSignal, receiving);
  } catch (thrown) {
    if (isCancellation(thrown)) throw thrown;
    // The entity was terminated by hand. The next one awaits this sync, and takes nothing about it for granted.
    log.warn('the entity is gone', { error: String(thrown) });
  }
}
