import { log } from '@temporalio/workflow';
import { failureOf } from '../failure.js';
import type { Sync } from './sync.js';

/** Old files cost money and nothing else: what keeps them from being removed today is tried again tomorrow. */
export async function vacuumStaging({ target, spec, input }: Sync): Promise<void> {
  try {
    await target.wide.vacuumStaging({ spec, direction: input.direction });
  } catch (thrown) {
    const { code, message } = failureOf(thrown);
    log.warn('staging could not be vacuumed', { code, message });
  }
}
