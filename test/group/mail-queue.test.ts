import { describe, expect, it } from 'vitest';
import { afterMailFailure, reportFenceRefused, withMail } from '../../src/domain/group/mail-queue.js';
import { afterFence } from '../../src/domain/group/outcomes.js';
import type { GroupState } from '../../src/domain/group/state.js';
import { publicStatus } from '../../src/domain/group/status.js';
import type { GroupSettings } from '../../src/domain/spec.js';
import { events } from '../mail/events.js';
import { now, settled } from './support.js';

const minute = 60_000;
const settings = { job: { primary: 'etl', secondary: 'etl' } } as GroupSettings;
const exposed: GroupState = {
  ...settled,
  protection: 'exposed',
  activeRegion: 'secondary',
  fence: {
    region: 'primary',
    switchId: 's',
    confirmedAt: null,
    checkDue: false,
    saved: null,
    refused: true,
    mail: null,
  },
};
const denied = { code: 'PERMISSION_DENIED', message: 'may not manage it' } as const;
const kinds = (state: GroupState): string[] => state.mailQueue.map(({ kind }) => kind);
const warnings = (state: GroupState, at = now): string => publicStatus(state, 'idle', 'id', at).warnings?.join() ?? '';

describe('nothing is lost in silence: a fence that is refused', () => {
  it('is mailed once, then at most hourly, and anew after it held', () => {
    let state = exposed;
    for (const minutes of [0, 15, 59]) state = reportFenceRefused(state, settings, denied, now + minutes * minute);
    expect(kinds(state)).toEqual(['fence_refused']);
    expect(state.mailQueue[0]).toMatchObject({ region: 'primary', job: 'etl', failure: denied });
    state = reportFenceRefused(state, settings, denied, now + 60 * minute);
    expect(kinds(state)).toHaveLength(2);
    const held = afterFence(state, 'primary', now + 61 * minute);
    expect(kinds(reportFenceRefused(held, settings, denied, now + 62 * minute))).toHaveLength(3);
  });

  it('is not confused with a region that is silent, which is no news after a failover', () => {
    const silent = { code: 'REGION_UNREACHABLE', message: '' } as const;
    expect(kinds(reportFenceRefused(exposed, settings, silent, now))).toEqual([]);
  });
});

describe('nothing is lost in silence: a mail that nobody got', () => {
  it('for want of room is counted, and shown for a week', () => {
    let state = settled;
    for (let mail = 0; mail < 23; mail++) state = withMail(state, { ...events.held, eventId: `${mail}` }, now);
    expect(state.mailQueue).toHaveLength(20);
    expect(state.mailQueue[0]?.eventId).toBe('3');
    expect(state.lostMails).toEqual({ count: 3, lastAt: now });
    expect(warnings(state)).toContain('3 mails');
    expect(warnings(state, now + 6 * 24 * 60 * minute)).toContain('3 mails');
    expect(warnings(state, now + 8 * 24 * 60 * minute)).toBe('');
  });

  it('because its server refused it is counted, too: the error is gone with the next published sync', () => {
    const failure = { code: 'MAIL_FAILED', message: 'no' } as const;
    const state = afterMailFailure(withMail(settled, events.held, now), events.held, failure, now);
    expect(state).toMatchObject({ mailQueue: [], lostMails: { count: 1 }, lastError: failure });
  });
});
