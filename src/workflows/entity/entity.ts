import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import { rpoAlertAt, watchRpo } from '../../domain/group/rpo.js';
import type { GroupState } from '../../domain/group/state.js';
import type { GroupRef, GroupSettings } from '../../domain/spec.js';
import type { Phase } from '../../domain/status.js';
import { waitingHomeSteps } from '../steps.js';
import { mailStep } from './mail-step.js';

/** A group's entity in one life: the state that it carries on, and what it is doing right now. */
export interface Entity {
  readonly ref: GroupRef;
  state: GroupState;
  /** As last read from the config; null before the first look of this life. */
  settings: GroupSettings | null;
  phase: Phase;
  /** The running sync is replacing tables that readers see (it says so itself), or this is not known yet. */
  receiving: boolean;
  /** Number of signals taken in this life: whoever rests wakes when it moves. */
  signalsTaken: number;
  /** The mail that is being sent; null: none is. */
  mailing: Promise<void> | null;
}

/** Instead of a child: one of an earlier life of the entity still ran under its id, and has ended by now. */
export const earlierEnded = Symbol('earlier-ended');

/** Starts a child under a group's fixed id. One that still runs from an earlier life of the entity is awaited instead. */
export async function startUnlessEarlier<Child>(
  workflowId: string,
  start: () => Promise<Child>,
): Promise<Child | typeof earlierEnded> {
  try {
    return await start();
  } catch (thrown) {
    if (!(thrown instanceof WorkflowExecutionAlreadyStartedError)) throw thrown;
    await waitingHomeSteps.awaitClosed(workflowId);
    return earlierEnded;
  }
}

/** What a piece of work returns that something more urgent has interrupted. */
export const interrupted = Symbol('interrupted');

/** Time to hand over to a next life: the server says that this one's history is long enough. */
export const mustLeave = (): boolean => workflowInfo().continueAsNewSuggested;

/**
 * Works until done, or until something more urgent comes up: then the work is cancelled and its end is not waited for
 * any longer than its own clean-up takes. However long it takes, a recovery point that becomes too old is told in time.
 */
export async function untilUrgent<Result>(
  entity: Entity,
  urgent: () => boolean,
  work: () => Promise<Result>,
): Promise<Result | typeof interrupted> {
  const scope = new CancellationScope({ cancellable: true });
  const running = scope.run(work);
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  running.then(settle, settle);

  await watchingRpo(entity, () => settled || urgent());
  if (settled) return running;
  scope.cancel();
  try {
    return await running;
  } catch (thrown) {
    if (isCancellation(thrown)) return interrupted;
    throw thrown;
  }
}

/** Waits for the condition; where the recovery point becomes too old meanwhile, the mail goes out beside the work. */
async function watchingRpo(entity: Entity, over: () => boolean): Promise<void> {
  for (;;) {
    const watched = watchRpo(entity.state, Date.now());
    if (watched !== entity.state) {
      entity.state = watched;
      // Not awaited: neither the work nor a switch waits for a mail server. What is left in the queue the loop sends.
      void mailStep(entity);
    }
    const alertAt = rpoAlertAt(entity.state);
    // The work may read the config anew, and with it another target.
    const stirred = (): boolean => over() || rpoAlertAt(entity.state) !== alertAt;
    if (alertAt === null) await condition(stirred);
    else await condition(stirred, Math.max(1, alertAt - Date.now()));
    if (over()) return;
  }
}
