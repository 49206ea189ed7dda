import { describe, expect, it } from 'vitest';
import {
  afterMailFailure,
  reportFailure,
  reportFenceRefused,
  reportSwitch,
  withMail,
} from '../../src/domain/group/mail-queue.js';
import type { SwitchOutcome } from '../../src/domain/group/outcomes.js';
import { afterFailure, afterFence, afterSync } from '../../src/domain/group/outcomes.js';
import type { GroupState } from '../../src/domain/group/state.js';
import { publicStatus } from '../../src/domain/group/status.js';
import type { GroupSettings } from '../../src/domain/spec.js';
import { events } from '../mail/events.js';
import { now, point, settled } from './support.js';

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

describe('nothing is lost in silence: a job that could not be let run', () => {
  const jobFailure = { code: 'PERMISSION_DENIED', message: 'may not manage the job', at: now } as const;

  it('is still told when the other region is fenced; the fence’s own error is not', () => {
    const fence = { ...(exposed.fence as NonNullable<GroupState['fence']>), refused: false };
    expect(afterFence({ ...exposed, fence, lastError: jobFailure }, 'primary', now).lastError).toEqual(jobFailure);
    expect(afterFence({ ...exposed, lastError: { ...denied, at: now } }, 'primary', now).lastError).toBeNull();
  });
});

describe('nothing is lost in silence: a failure while an older hold stands', () => {
  it('is told as what it is', () => {
    const hold = { code: 'NO_QUIET_POINT', message: 'runs overlap' } as const;
    const held = afterFailure(settled, hold, null, now);
    expect(kinds(reportFailure(held, null, null, now, 'held'))).toEqual(['held']);
    const silent = { code: 'REGION_UNREACHABLE', message: 'no answer' } as const;
    const failed = afterFailure(held, silent, null, now + minute);
    expect(kinds(reportFailure(failed, null, null, now + minute))).toEqual(['sync_failed']);
  });
});

describe('the mail about a switch', () => {
  const run = (runId: string, minutes: number | null) => ({
    ...{ runId, repairId: null },
    ...(minutes === null ? {} : { endTime: now + minutes * minute }),
  });
  const lostIn = (taken: number, unpublished: readonly ReturnType<typeof run>[]) => {
    const before: GroupState = {
      ...settled,
      points: [point('2', 2), point('1', 1)],
      lastLook: { at: now, unpublishedRuns: unpublished, runsBehind: unpublished.length, activeRunIds: [] },
    };
    const outcome = {
      ...{ result: 'switched', switchId: 's', switchedAt: now, epoch: 2, point: point(String(taken), taken) },
      ...{ uncoveredTables: [], identityTables: [], jobFailure: null, pendingEvents: [] },
    } as const satisfies SwitchOutcome;
    const request = {
      ...{ to: 'secondary', requestId: 'r', reason: null, requestedBy: null, recoveryPoint: null, acceptLoss: false },
      at: now,
    } as Parameters<typeof reportSwitch>[2];
    const [mail] = reportSwitch(exposed, settings, request, outcome, before, now, now).mailQueue;
    return mail?.kind === 'failed_over' ? mail.lostRuns.map(({ runId }) => runId) : null;
  };

  it.each([
    ['of the published point: what ended since', 2, ['3']],
    ['of a point that was sent and never published: it is here', 3, []],
    ['of an older point: what was published is given up, too', 1, ['2', '3']],
  ])('names the runs that are not in the point that was taken, %s', (_what, taken, lost) => {
    expect(lostIn(taken, [run('3', 3)])).toEqual(lost);
  });

  it('names a run whose end an older worker did not note', () => {
    expect(lostIn(2, [run('3', null)])).toEqual(['3']);
  });
});

describe('nothing is lost in silence: a mail that nobody got', () => {
  it('about a sync that was published is counted, too', () => {
    const mailFailure = { code: 'MAIL_FAILED', message: 'no' } as const;
    const facts = {
      syncId: 's',
      copiedBytes: 0,
      durationMs: 0,
      writtenEventIds: [],
      point: point('1', 1),
      mailFailure,
    };
    expect(afterSync(settled, { ...facts, result: 'published' }, null, 3, null, now).lostMails).toMatchObject({
      count: 1,
    });
  });

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
