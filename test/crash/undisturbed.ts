import type { CallWatch } from './calls.js';
import type { CrashWorld } from './crash-world.js';
import { knownCalls, knownSteps, occasionalSteps } from './known-points.js';

/** Steps and calls of an undisturbed sync that the list lacks, and those of the list that it does not have. */
export interface Unlisted {
  readonly steps: readonly string[];
  readonly calls: readonly string[];
  /** Listed steps that no sync takes any more: a point that can't be struck proves nothing. */
  readonly gone: readonly string[];
}

/** Records one undisturbed sync and compares it with the list of known points. */
export async function unlistedPoints(crash: CrashWorld, calls: CallWatch): Promise<Unlisted> {
  const runId = await crash.runJob();
  const from = await crash.newestEvent();
  calls.reset();
  await crash.askForSync();
  await crash.untilPublished(runId);
  const steps = await crash.stepsSince(from);
  return {
    steps: steps.filter((step) => !knownSteps.includes(step) && !occasionalSteps.includes(step)),
    calls: calls.names().filter((call) => !knownCalls.includes(call)),
    gone: knownSteps.filter((step) => !steps.includes(step)),
  };
}
