/** When the ledgers of both regions are made alike: as soon as something was recorded, and never for nothing. */
import { describe, expect, it } from 'vitest';
import {
  afterCopy,
  afterCopyFailure,
  afterRecording,
  comparedFrom,
  eventsMayBeRecorded,
  eventsRecorded,
  ledgersCompared,
  mustCopyEvents,
} from '../../src/domain/group/ledger-gap.js';
import { nextStep } from '../../src/domain/group/next-step.js';
import { onPause, onSyncDue } from '../../src/domain/group/requests.js';
import type { GroupState } from '../../src/domain/group/state.js';
import { upgradeState } from '../../src/domain/group/state.js';
import { publicStatus } from '../../src/domain/group/status.js';
import { event, fresh, now, settled } from './support.js';

const dayMs = 24 * 3600_000;
const step = (state: GroupState): string => nextStep(state, null, now).do;
const silent = { code: 'REGION_UNREACHABLE', message: 'dark.' } as const;
const forbidden = { code: 'PERMISSION_DENIED', message: 'reverse_receiver may not write.' } as const;

const told = eventsRecorded(settled, now);
const exposed: GroupState = { ...told, protection: 'exposed', activeRegion: 'secondary' };
const hold = { code: 'TARGET_CHANGED', message: '', since: now, run: null } as const;
const afterSilence = afterCopyFailure(told, silent, now);
const afterRefusal = afterCopyFailure(told, forbidden, now);

describe('the other ledger is told', () => {
  it.each<[string, GroupState, string]>([
    ['nothing was recorded', settled, 'rest'],
    ['nothing was recorded, a tick came', onSyncDue(settled, now), 'sync'],
    ['something was recorded', told, 'copy'],
    ['something was recorded, while paused', { ...told, paused: true }, 'copy'],
    ['something was recorded, while held for a person', { ...told, held: hold }, 'copy'],
    ['something was recorded, while exposed', exposed, 'copy'],
    ['a sync is due: that first', { ...told, due: 'tick' }, 'sync'],
    ['a sync was asked for: that first', { ...told, due: 'now' }, 'sync'],
    ['the ledger itself is told first', onPause(told, {}, now), 'record'],
    ['the ledgers were never read', eventsRecorded(fresh, now), 'rebuild'],
    ['a region was silent: not in a loop', afterSilence, 'rest'],
    ['a region was silent: the next tick looks first', onSyncDue(afterSilence, now + 1), 'sync'],
    ['a region was silent, and a tick led to nothing', { ...onSyncDue(afterSilence, now + 1), due: 'no' }, 'copy'],
    ['a region was silent, exposed, a tick came', onSyncDue(afterCopyFailure(exposed, silent, now), now + 1), 'copy'],
    ['it is refused: a tick wakes no warehouse for it', { ...onSyncDue(afterRefusal, now + 1), due: 'no' }, 'rest'],
    ['it is refused, and something else was recorded', eventsRecorded(afterRefusal, now + 1), 'copy'],
    ['something may have been recorded', eventsMayBeRecorded(settled, now), 'rest'],
    ['all was copied', afterCopy(told, null), 'rest'],
    ['some was copied, more than fits was missing', afterCopy(told, now), 'rest'],
  ])('%s', (_what, state, wanted) => {
    expect(step(state)).toBe(wanted);
  });
});

describe('a group that always waits for the next run', () => {
  const seen = {
    job: { primary: 'j', secondary: 'j' },
    trigger: 'completion',
    syncIntervalMinutes: 1,
    rpoTargetMinutes: null,
  } as const;

  it('tells the other ledger before it waits, for that may take days', () => {
    expect(step({ ...settled, seen })).toBe('sync');
    expect(step({ ...told, seen })).toBe('copy');
  });
});

describe('from when on the ledgers are compared', () => {
  const since = (state: GroupState): number | null | undefined => state.ledgerGap?.since;

  it('is the oldest event that was not copied, whatever came later, and a day before it', () => {
    const later = eventsRecorded(eventsMayBeRecorded(told, now + 5), now + 9);
    expect(since(later)).toBe(now);
    expect(later.ledgerGap && comparedFrom(later.ledgerGap)).toBe(now - dayMs);
    expect(since(eventsRecorded(told, now - 7)), 'an event that waited in the queue').toBe(now - 7);
  });

  it('is all of the past where nobody knows', () => {
    const { ledgerGap: _gap, ...carried } = settled;
    const upgraded = upgradeState(carried);
    expect(upgraded?.ledgerGap).toMatchObject({ since: null, close: 'next-event' });
    expect(upgraded?.ledgerGap && comparedFrom(upgraded.ledgerGap)).toBe(0);
    expect(since(eventsRecorded(upgraded ?? fresh, now)), 'one more event does not make it known').toBeNull();
  });

  it('is where it was cut short', () => {
    expect(afterCopy(told, now + 3).ledgerGap).toMatchObject({ since: now + 3, close: 'next-event' });
  });

  it.each([
    ['the oldest that only one ledger told', [event('paused', 1), event('resumed', 2)], [event('paused', 1)], 2],
    ['now, where both told the same', [event('paused', 1)], [event('paused', 1)], 5],
  ])('after a rebuild is %s', (_what, one, other, minutes) => {
    const compared = ledgersCompared(fresh, one, other, now + 5 * 60_000);
    expect(compared.ledgerGap).toMatchObject({ since: now + minutes * 60_000, close: 'now' });
  });

  it('after a rebuild from one ledger alone is not known, and nothing is woken for it', () => {
    const alone = ledgersCompared(fresh, [event('paused', 1)], null, now);
    expect(since(alone)).toBeNull();
    expect(mustCopyEvents(alone)).toBe(false);
  });
});

describe('a sync', () => {
  const begun = eventsMayBeRecorded(settled, now);

  it('that told both ledgers leaves them alike', () => {
    expect(afterRecording(begun, 'both', now).ledgerGap).toBeNull();
  });

  it('that told one has the other told at once', () => {
    expect(step(afterRecording(begun, 'one', now))).toBe('copy');
  });

  it('that recorded nothing, or tells nobody, wakes no warehouse; what it may have written is looked for later', () => {
    expect(step(afterRecording(begun, 'neither', now))).toBe('rest');
    expect(eventsRecorded(begun, now + 9).ledgerGap).toMatchObject({ since: now, close: 'now' });
  });
});

describe('nothing is lost in silence', () => {
  it('a ledger that can not be told is a warning in status, with what to do, until it is', () => {
    const warnings = (state: GroupState) => publicStatus(state, 'idle', 'id', now).warnings ?? [];
    expect(warnings(told)).toEqual([]);
    expect(warnings(afterRefusal).join()).toContain('reverse_receiver may not write');
    expect(warnings(eventsRecorded(afterRefusal, now + 1)).join(), 'until it succeeded').toContain('may not write');
    expect(warnings(afterSilence).join()).toContain('tick');
    expect(warnings(afterCopy(afterRefusal, null))).toEqual([]);
  });
});
