import { describe, expect, it } from 'vitest';
import { nextStep } from '../../src/domain/group/next-step.js';
import { afterSync } from '../../src/domain/group/outcomes.js';
import { rpoAlertAt, watchRpo, withSettings } from '../../src/domain/group/rpo.js';
import type { GroupState } from '../../src/domain/group/state.js';
import { initialState, upgradeState } from '../../src/domain/group/state.js';
import type { GroupSettings } from '../../src/domain/spec.js';
import { fresh, now, point, settled } from './support.js';

const minute = 60_000;
const wanting = (rpoTargetMinutes: number | null, rest: Partial<GroupSettings> = {}): GroupSettings =>
  ({ job: null, trigger: 'interval', syncIntervalMinutes: 15, rpoTargetMinutes, ...rest }) as GroupSettings;

/** Protected by a run that ended at `now`, with an RPO of 30 min. */
const guarded = withSettings({ ...settled, points: [point('1', 0)] }, wanting(30), now);
const mails = (state: GroupState): string[] => state.mailQueue.map(({ kind }) => kind);

describe('nothing is lost in silence: a recovery point that is too old is told', () => {
  it.each<[string, GroupState, number, string[]]>([
    ['within the target', guarded, 29.9, []],
    ['at the target', guarded, 30, ['rpo_exceeded']],
    ['paused: nobody asks why', { ...guarded, paused: true }, 30, ['rpo_exceeded']],
    [
      'held',
      { ...guarded, held: { code: 'TARGET_CHANGED', message: '', since: now, run: null } },
      31,
      ['rpo_exceeded'],
    ],
    ['failed over and not yet protected again', { ...guarded, protection: 'exposed' }, 30, ['rpo_exceeded']],
    ['no target', withSettings(guarded, wanting(null), now), 10_000, []],
    ['the config was never read', { ...settled, points: [point('1', 0)] }, 10_000, []],
    ['nothing was ever published: counted from the first look', withSettings(fresh, wanting(5), now), 4.9, []],
    ['nothing was ever published for longer than that', withSettings(fresh, wanting(5), now), 5, ['rpo_exceeded']],
    ['a fraction of a minute', withSettings(guarded, wanting(0.1), now), 0.1, ['rpo_exceeded']],
  ])('%s', (_name, state, minutes, expected) => {
    expect(mails(watchRpo(state, now + minutes * minute))).toEqual(expected);
  });

  it('once, however often and long it is looked at', () => {
    let state = guarded;
    for (let hour = 1; hour < 100; hour++) state = watchRpo(state, now + hour * 60 * minute);
    expect(mails(state)).toEqual(['rpo_exceeded']);
    expect(state.mailQueue[0]).toMatchObject({ targetMinutes: 30, point: { syncId: 'sync-of-1' } });
  });

  it('again when a point within the target is published, and not for one that is too old itself', () => {
    const late = watchRpo(guarded, now + 60 * minute);
    const facts = { syncId: 's', copiedBytes: 0, durationMs: 0, writtenEventIds: [], mailFailure: null };
    const published = (runId: string, end: number, at: number): GroupState =>
      watchRpo(afterSync(late, { ...facts, result: 'published', point: point(runId, end) }, null, 3, null, at), at);
    expect(mails(published('2', 10, now + 61 * minute))).toEqual(['rpo_exceeded']);
    const recovered = published('3', 60, now + 61 * minute);
    expect(mails(recovered)).toEqual(['rpo_exceeded', 'rpo_recovered']);
    expect(mails(watchRpo(recovered, now + 90 * minute))).toEqual(['rpo_exceeded', 'rpo_recovered', 'rpo_exceeded']);
  });

  it('does not touch the mails about failures: both troubles are told', () => {
    const failing: GroupState = { ...guarded, failureMail: { firstFailedAt: now, lastMailedAt: now } };
    const late = watchRpo(failing, now + 30 * minute);
    expect(late.failureMail).toBe(failing.failureMail);
    expect(mails(late)).toEqual(['rpo_exceeded']);
  });

  it('a target that leaves the config ends the alarm without a mail', () => {
    const late = watchRpo(guarded, now + 30 * minute);
    const without = watchRpo(withSettings(late, wanting(null), now), now + 31 * minute);
    expect(mails(without)).toEqual(['rpo_exceeded']);
    expect(without.rpo).toEqual({ since: null, mail: null });
  });

  it('counts from the first look, not from the newest, while nothing is published', () => {
    let state = withSettings(fresh, wanting(5), now);
    for (let minutes = 1; minutes <= 5; minutes++) state = withSettings(state, wanting(5), now + minutes * minute);
    expect(mails(watchRpo(state, now + 5 * minute))).toEqual(['rpo_exceeded']);
  });

  it('a target that is raised while nothing is published is no recovery', () => {
    const late = watchRpo(withSettings(fresh, wanting(5), now), now + 5 * minute);
    const raised = watchRpo(withSettings(late, wanting(60), now), now + 6 * minute);
    expect(mails(raised)).toEqual(['rpo_exceeded']);
  });

  it('wakes a group at rest in time, and not again once it was told', () => {
    expect(nextStep(guarded, null, now)).toEqual({ do: 'rest', untilMs: now + 30 * minute });
    const late = { ...watchRpo(guarded, now + 30 * minute), mailQueue: [] };
    expect(rpoAlertAt(late)).toBeNull();
    expect(nextStep(late, null, now + 30 * minute)).toEqual({ do: 'rest', untilMs: null });
  });

  it('wakes before a later reason to wake, not after it', () => {
    const spaced = withSettings(
      { ...guarded, due: 'tick', lastSyncStartedAt: now },
      wanting(30, { trigger: 'completion', syncIntervalMinutes: 60, job: { primary: 'j', secondary: 'j' } }),
      now,
    );
    expect(nextStep(spaced, null, now)).toEqual({ do: 'rest', untilMs: now + 30 * minute });
  });

  it('reads the state of a release that knew no RPO', () => {
    const { rpo: _rpo, seen: _seen, ...earlier } = initialState({ workspace: 'w', group: 'g' }, 'c');
    expect(upgradeState(earlier)).toMatchObject({ rpo: { since: null, mail: null }, seen: null, group: 'g' });
  });
});

describe('sync_trigger "completion": the next run is waited for without a tick', () => {
  const job = { primary: 'j', secondary: 'j' };
  const completing = withSettings(
    { ...settled, points: [point('1', 0)], lastSyncStartedAt: now },
    wanting(null, { trigger: 'completion', syncIntervalMinutes: 15, job }),
    now,
  );
  const stepAt = (state: GroupState, minutes: number) => nextStep(state, null, now + minutes * minute);
  const cutHold = { code: 'AMBIGUOUS_COMMIT', message: '', since: now, run: null } as const;

  it.each<[string, GroupState, number, ReturnType<typeof nextStep>]>([
    ['not within the interval', completing, 14, { do: 'rest', untilMs: now + 15 * minute }],
    ['after the interval, though nothing is due', completing, 15, { do: 'sync' }],
    ['at once when nothing was synced yet', { ...completing, lastSyncStartedAt: null }, 0, { do: 'sync' }],
    ['paused: not at all', { ...completing, paused: true }, 15, { do: 'rest', untilMs: null }],
    [
      'a failed look is not repeated in a loop',
      { ...completing, lastError: { code: 'UNEXPECTED_ANSWER', message: '', at: now + 14 * minute } },
      15,
      { do: 'rest', untilMs: now + 29 * minute },
    ],
    [
      'a mail that could not be sent delays nothing',
      { ...completing, lastError: { code: 'MAIL_FAILED', message: '', at: now + 14 * minute } },
      15,
      { do: 'sync' },
    ],
    [
      'but by a tick',
      { ...completing, due: 'tick', lastError: { code: 'UNEXPECTED_ANSWER', message: '', at: now + 14 * minute } },
      15,
      { do: 'sync' },
    ],
    [
      'a cut that is refused is not looked at in a loop',
      {
        ...completing,
        held: cutHold,
        lastLook: { at: now + 10 * minute, unpublishedRuns: [], runsBehind: 0, activeRunIds: [] },
      },
      15,
      { do: 'rest', untilMs: now + 25 * minute },
    ],
    [
      'standalone tables have no runs: their Schedule alone syncs them',
      withSettings(completing, wanting(null, { trigger: 'completion' }), now),
      15,
      { do: 'rest', untilMs: null },
    ],
  ])('%s', (_name, state, minutes, expected) => {
    expect(stepAt(state, minutes)).toEqual(expected);
  });

  it('still knows it in its next life, before the config is read again', () => {
    expect(nextStep(upgradeState(JSON.parse(JSON.stringify(completing))) ?? fresh, null, now + 15 * minute)).toEqual({
      do: 'sync',
    });
  });
});
