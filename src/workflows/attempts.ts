import { sleep } from '@temporalio/workflow';
import { isCutHold, isOperatorHold } from '../domain/failure.js';
import type { GroupSettings } from '../domain/spec.js';
import { failureOf } from './failure.js';

/** What made a statement fail is often over a moment later: attempts in one breath would all meet it. */
const pauseBetweenAttempts = '5 seconds';

/** What was tried in vain so far, by a sync or a switch. */
export interface Attempts {
  readonly spec: Pick<GroupSettings, 'maxRetries'>;
  /** Failed attempts of steps that gave up; there are `sync_max_retries` of them. */
  failedAttempts: number;
  /** Tables are cloned once more when verification fails, and no oftener: what is wrong twice lies in staging. */
  failedVerifications: number;
}

/**
 * Repeats a phase whose steps gave up, as often as attempts are left. What is already done is found done. A
 * hold is not repeated: it waits for a newer run or for an operator.
 */
export async function inAttempts<Result>(attempts: Attempts, phase: () => Promise<Result>): Promise<Result> {
  while (true) {
    try {
      return await phase();
    } catch (thrown) {
      const { code } = failureOf(thrown);
      attempts.failedAttempts += 1;
      if (code === 'VERIFY_FAILED') attempts.failedVerifications += 1;
      if (attempts.failedVerifications > 1) throw thrown;
      if (isCutHold(code) || isOperatorHold(code) || attempts.failedAttempts >= attempts.spec.maxRetries) throw thrown;
      await sleep(pauseBetweenAttempts);
    }
  }
}
