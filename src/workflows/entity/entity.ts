import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { GroupState } from '../../domain/group/state.js';
import type { GroupRef, GroupSettings } from '../../domain/spec.js';
import type { Phase } from '../../domain/status.js';

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
}

/** What a piece of work returns that something more urgent has interrupted. */
export const interrupted = Symbol('interrupted');

/** Time to hand over to a next life: the server says that this one's history is long enough. */
export const mustLeave = (): boolean => workflowInfo().continueAsNewSuggested;

/**
 * Works until done, or until something more urgent comes up: then the work is cancelled and its end is not waited for
 * any longer than its own clean-up takes.
 */
export async function untilUrgent<Result>(
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

  await condition(() => settled || urgent());
  if (settled) return running;
  scope.cancel();
  try {
    return await running;
  } catch (thrown) {
    if (isCancellation(thrown)) return interrupted;
    throw thrown;
  }
}
