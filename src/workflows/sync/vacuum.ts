import { log } from '@temporalio/workflow';
import type { KeptInStaging } from '../../domain/cut/staging-retention.js';
import { failureOf } from '../failure.js';
import type { Sync } from './sync.js';

/**
 * Old files cost money and nothing else, and staging is kept readable for longer well before it has to be: what keeps
 * either from being done today is tried again tomorrow.
 *
 * @returns a warning when it could not be done
 */
export async function vacuumStaging({ target, spec, input }: Sync, kept: KeptInStaging): Promise<readonly string[]> {
  try {
    await target.wide.vacuumStaging({ spec, direction: input.direction, kept });
    return [];
  } catch (thrown) {
    const { code, message } = failureOf(thrown);
    log.warn('staging could not be vacuumed', { code, message });
    return [`Staging could neither be vacuumed nor kept readable for longer; the next day tries again. ${message}`];
  }
}
