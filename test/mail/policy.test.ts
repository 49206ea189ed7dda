import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FailureMailState } from '../../src/domain/group/state.js';
import type { MailEvent } from '../../src/domain/mail-event.js';
import { reminderSpacingMs, shouldMail } from '../../src/domain/mail-policy.js';
import { events, noon } from './events.js';

const minute = 60_000;

/** Plays events at minutes and tells which were mailed. */
function mailed(...played: readonly (readonly [minute: number, event: MailEvent])[]): boolean[] {
  let state: FailureMailState | null = null;
  return played.map(([at, event]) => {
    const decision = shouldMail(state, event, noon + at * minute);
    state = decision.state;
    return decision.mail;
  });
}

describe('nothing is lost in silence, and nobody is drowned in mail', () => {
  const { sync_failed: failed, sync_rolled_back: rolledBack, recovered, sync_published: published } = events;

  it('mails the first failure, then at most hourly, then the recovery, then the next first failure', () => {
    expect(
      mailed(
        [0, failed],
        [15, rolledBack],
        [45, failed],
        [60, failed],
        [90, failed],
        [120, failed],
        [121, recovered],
        [122, failed],
      ),
    ).toEqual([true, false, false, true, false, true, true, true]);
  });

  it('does not tell of a recovery from nothing', () => {
    expect(mailed([0, recovered], [1, published])).toEqual([false, true]);
  });

  it('mails a hold that needs a person at once, though a failure was mailed a minute ago', () => {
    const held = (at: number): MailEvent => ({ ...events.held, since: noon + at * minute });
    expect(mailed([0, failed], [1, held(1)], [2, held(1)], [30, held(1)], [61, held(1)])).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  it('spaces holds that clear by themselves like failures', () => {
    const cutHold: MailEvent = {
      ...events.held,
      failure: { code: 'NO_QUIET_POINT', message: 'Runs overlap.' },
      since: noon + 10 * minute,
    };
    expect(mailed([0, failed], [10, cutHold])).toEqual([true, false]);
  });

  it('mails a fence that is refused once, then at most hourly', () => {
    const refused = events.fence_refused;
    expect(mailed([0, refused], [15, refused], [59, refused], [60, refused], [61, refused])).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  it('always mails switches', () => {
    expect(mailed([0, failed], [1, events.failed_over], [2, events.failed_over], [3, events.fenced])).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('never mails failures closer than the spacing, never stays silent longer than it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 * minute }), { minLength: 1, maxLength: 60 }), (gaps) => {
        let state: FailureMailState | null = null;
        let nowMs = noon;
        let lastMail: number | null = null;
        for (const gap of gaps) {
          nowMs += gap;
          const decision = shouldMail(state, failed, nowMs);
          state = decision.state;
          const due = lastMail === null || nowMs - lastMail >= reminderSpacingMs;
          expect(decision.mail).toBe(due);
          if (decision.mail) lastMail = nowMs;
        }
      }),
    );
  });
});
