import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { adaptiveDelayMs, GaveUp, lookPatiently, notYet } from '../../src/activities/waiting.js';
import { DrError } from '../../src/domain/failure.js';

const scheduledAt = Date.UTC(2026, 0, 5, 10);

/** An attempt of an activity that was scheduled at that time. */
const attempt = <Result>(work: () => Promise<Result> | Result, lastAnswer?: number): Promise<Result> =>
  new MockActivityEnvironment({
    scheduledTimestampMs: scheduledAt,
    ...(lastAnswer !== undefined && { heartbeatDetails: { answeredAt: lastAnswer } }),
  }).run(async () => work());

describe('economical: what has taken long is looked at more rarely', () => {
  it.each([
    ['at first once a second', 0, 1_000],
    ['up to twenty seconds on', 20_000, 1_000],
    ['from then on after a twentieth of the time waited', 200_000, 10_000],
    ['and never more rarely than is asked for', 3_600_000, 30_000],
    ['whatever the clocks of server and worker say', -5_000, 1_000],
  ])('%s', async (_, waitedMs, delayMs) => {
    expect(await attempt(() => adaptiveDelayMs(scheduledAt + waitedMs, 30_000))).toBe(delayMs);
  });

  it('waiting is no failure: it says when to come again, and alarms nobody', () => {
    const failure = notYet('a run is active', 7_000);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ nextRetryDelay: 7_000, category: ApplicationFailureCategory.BENIGN });
  });
});

describe('nothing is lost in silence: a region that stays silent', () => {
  const silent = (): Promise<never> => Promise.reject(new DrError('REGION_UNREACHABLE', 'no answer'));
  const limitMs = 60_000;
  const look = (afterMs: number, lastAnswerMs?: number): Promise<unknown> =>
    attempt(
      () => lookPatiently(limitMs, () => scheduledAt + afterMs, silent),
      lastAnswerMs === undefined ? undefined : scheduledAt + lastAnswerMs,
    ).catch((thrown: unknown) => thrown);

  it.each([
    ['is asked again within the limit', 59_000, undefined, DrError],
    ['is given up after it', 61_000, undefined, GaveUp],
    ['counts from its last answer, whichever attempt got it', 119_000, 60_000, DrError],
    ['and is given up when it was silent since for so long', 121_000, 60_000, GaveUp],
  ])('%s', async (_, afterMs, lastAnswerMs, expected) => {
    expect(await look(afterMs, lastAnswerMs)).toBeInstanceOf(expected);
  });
});
