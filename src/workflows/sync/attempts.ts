import { sleep } from '@temporalio/workflow';
import { isCutHold, isOperatorHold } from '../../domain/failure.js';
import { failureOf } from '../failure.js';
import type { Sync } from './sync.js';

/** What made a statement fail is often over a moment later: attempts in one breath would all meet it. */
const pauseBetweenAttempts = '5 seconds';

/**
 * Repeats a phase whose steps gave up, as often as the sync has attempts left. What is already done is found done. A
 * hold is not repeated: it waits for a newer run or for an operator.
 */
export async function inAttempts<Result>(sync: Sync, phase: () => Promise<Result>): Promise<Result> {
  while (true) {
    try {
      return await phase();
    } catch (thrown) {
      const { code } = failureOf(thrown);
      sync.failedAttempts += 1;
      if (code === 'VERIFY_FAILED') sync.failedVerifications += 1;
      if (sync.failedVerifications > 1) throw thrown;
      if (isCutHold(code) || isOperatorHold(code) || sync.failedAttempts >= sync.spec.maxRetries) throw thrown;
      await sleep(pauseBetweenAttempts);
    }
  }
}
