import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { Failure } from '../domain/failure.js';
import { isFailureCode } from '../domain/failure.js';

/**
 * What a failed step means, in the product's terms. A cancellation is no failure: it is thrown on. So is anything that
 * no step threw: a bug fails the Workflow Task, which waits for a better worker, instead of being recorded as an outage.
 */
export function failureOf(thrown: unknown): Failure {
  // First of all, for a child that somebody cancelled by hand would pass for a cancellation of the caller.
  if (thrown instanceof ChildWorkflowFailure) return failureOfChild(thrown);
  if (isCancellation(thrown)) throw thrown;
  // Any Temporal failure that left a workflow would end it for good; only a bug may fail the Workflow Task.
  if (!(thrown instanceof TemporalFailure)) throw thrown;
  const failure = rootOf(thrown);
  if (failure instanceof ApplicationFailure) {
    const [details] = failure.details ?? [];
    if (isFailure(details)) return details;
    return { code: 'UNEXPECTED_ERROR', message: failure.message };
  }
  if (failure instanceof TimeoutFailure) {
    return { code: 'REGION_UNREACHABLE', message: `No answer in time (${stepName(thrown)}).`, remedy: noAnswerRemedy };
  }
  return { code: 'UNEXPECTED_ERROR', message: thrown.message };
}

/** A failure that the workflow itself found out, in the shape of one that a step threw. */
export const failed = (failure: Failure): ApplicationFailure =>
  ApplicationFailure.create({ type: failure.code, message: failure.message, nonRetryable: true, details: [failure] });

const noAnswerRemedy =
  'Check that the region answers and that a worker polls its queue (`temporal task-queue describe`); the next tick tries again.';

/** A child ends with an outcome, whatever happens to it: one that fails was terminated, cancelled, or has a bug. */
function failureOfChild({ cause, workflowType }: ChildWorkflowFailure): Failure {
  if (cause instanceof ActivityFailure || cause instanceof ApplicationFailure) return failureOf(cause);
  return {
    code: 'UNEXPECTED_ERROR',
    message: `${workflowType ?? 'A child workflow'} ended before its time (${cause?.name ?? 'unknown'}).`,
    remedy: 'Look at that workflow in the Web UI; the next tick tries again.',
  };
}

/** The innermost failure of the product's own: a time-out hides the last attempt's failure behind itself. */
function rootOf(thrown: TemporalFailure): unknown {
  let failure: unknown = thrown instanceof ActivityFailure ? thrown.cause : thrown;
  while (failure instanceof TimeoutFailure && failure.cause) failure = failure.cause;
  return failure;
}

const stepName = (thrown: TemporalFailure): string =>
  thrown instanceof ActivityFailure ? thrown.activityType : 'step';

function isFailure(value: unknown): value is Failure {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Record<string, unknown>;
  return typeof code === 'string' && isFailureCode(code) && typeof message === 'string';
}
