import { log } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { DrError, isTransient } from '../domain/failure.js';
import { GaveUp } from './waiting.js';

/**
 * The one place where errors become Temporal failures: the product's code is the failure's type, transient ones are
 * retried (after the delay that the server named), all others are not. Of an error that is not the product's own only
 * the message travels: its fields may hold what must not enter a history.
 */
export class CastFailures implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (thrown) {
      throw asApplicationFailure(thrown);
    }
  }
}

function asApplicationFailure(thrown: unknown): unknown {
  if (thrown instanceof ApplicationFailure || thrown instanceof CancelledFailure) return thrown;
  if (thrown instanceof GaveUp) return failureOf(thrown.failure, true);
  // A named delay says that another attempt may help, whatever the code: a mail server that greylists.
  if (thrown instanceof DrError)
    return failureOf(thrown, !isTransient(thrown.code) && thrown.retryAfterMs === undefined);
  log.error('a step failed in a way that it should not', { error: thrown });
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return failureOf(
    new DrError('UNEXPECTED_ERROR', message, {
      remedy: 'This is a defect: please report it with the log of the worker.',
    }),
    true,
  );
}

const failureOf = (error: DrError, nonRetryable: boolean): ApplicationFailure =>
  ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable,
    details: [error.toFailure()],
    ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
  });
