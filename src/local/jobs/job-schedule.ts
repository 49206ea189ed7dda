import { Cron } from 'croner';
import { BackendError } from '../server/backends.js';
import type { ParsedSettings } from './job-settings.js';

type Schedule = NonNullable<ParsedSettings['schedule']>;

/**
 * The next time that a schedule fires after `now`, epoch milliseconds; null when it never does.
 * @throws BackendError INVALID_PARAMETER_VALUE for an expression or time zone that can't be read.
 */
export function nextFire(schedule: Schedule, now: number): number | null {
  try {
    const cron = new Cron(schedule.quartz_cron_expression, {
      timezone: schedule.timezone_id,
      // Quartz counts the days of the week from Sunday = 1.
      alternativeWeekdays: true,
      paused: true,
    });
    return cron.nextRun(new Date(now))?.getTime() ?? null;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BackendError(
      'INVALID_PARAMETER_VALUE',
      `Schedule '${schedule.quartz_cron_expression}' (${schedule.timezone_id}) is invalid: ${reason}`,
    );
  }
}
