import { describe, expect, it } from 'vitest';
import { recordFenced, recordHold } from '../../src/domain/group/ledger-queue.js';
import { nextStep } from '../../src/domain/group/next-step.js';
import { afterFailure, afterFence, afterSwitch, afterSync, refuseOpenSync } from '../../src/domain/group/outcomes.js';
import { onFailover, onPause, onResume, onSyncDue, onSyncNow } from '../../src/domain/group/requests.js';
import type { GroupState } from '../../src/domain/group/state.js';
import { publicStatus } from '../../src/domain/group/status.js';
import { afterCompletion, completionImpossible, publishBegan } from '../../src/domain/group/unfinished-publish.js';
import type { GroupSettings } from '../../src/domain/spec.js';
import { fresh, now, point, settled } from './support.js';

const step = (state: GroupState, settings: Partial<GroupSettings> | null = null) =>
  nextStep(state, settings as GroupSettings | null, now).do;

const fence = {
  region: 'primary',
  switchId: 's',
  confirmedAt: null,
  checkDue: false,
  refused: false,
  saved: null,
} as const;
const exposed: GroupState = { ...settled, protection: 'exposed', activeRegion: 'secondary', fence };
const oneLedgerRead: GroupState = { ...settled, ledgersRead: ['secondary'] };
const halfWay = publishBegan(settled);
const operatorHold = { code: 'TARGET_CHANGED', message: '', since: now, run: null } as const;

describe('what a group does next', () => {
  it.each<[string, GroupState, string]>([
    ['nothing is due', settled, 'rest'],
    ['a tick came', { ...settled, due: 'tick' }, 'sync'],
    ['the ledgers were never read: no sync before', { ...fresh, due: 'now' }, 'rebuild'],
    ['a switch was asked for, before the ledgers were read', onFailover(fresh, {}, now), 'switch'],
    ['a switch was asked for, while held', onFailover({ ...settled, held: operatorHold }, {}, now), 'switch'],
    ['a switch was asked for, while paused', onFailover({ ...settled, paused: true }, {}, now), 'switch'],
    ['it is paused', { ...settled, due: 'tick', paused: true }, 'rest'],
    ['an operator has to act', { ...settled, due: 'tick', held: operatorHold }, 'rest'],
    [
      'a newer run may lift a cut hold',
      { ...settled, due: 'tick', held: { ...operatorHold, code: 'AMBIGUOUS_COMMIT' } },
      'sync',
    ],
    ['a publish was left half-way: that first', { ...halfWay, due: 'tick' }, 'complete'],
    ['a publish was left half-way, and nothing is due: not in a loop', halfWay, 'rest'],
    ['a switch was ended half-way', { ...halfWay, unfinishedPublish: 'interrupted', due: 'tick' }, 'complete'],
    [
      'a publish was left half-way, before the ledgers were read',
      { ...halfWay, ledgersRead: [], due: 'tick' },
      'rebuild',
    ],
    ['a publish was left half-way, paused', onSyncDue({ ...halfWay, paused: true }, now), 'complete'],
    [
      'a publish was left half-way, the newest cut is refused',
      { ...halfWay, due: 'tick', held: { ...operatorHold, code: 'NO_QUIET_POINT' } },
      'complete',
    ],
    [
      'a publish was left half-way, held for what is wrong with the source',
      { ...halfWay, due: 'tick', held: { ...operatorHold, code: 'JOB_NOT_FOUND' } },
      'complete',
    ],
    ['a publish was left half-way, and somebody else wrote', { ...halfWay, due: 'tick', held: operatorHold }, 'rest'],
    [
      'a publish was left half-way, and another controller holds the group',
      { ...halfWay, due: 'tick', held: { ...operatorHold, code: 'SUPERSEDED' } },
      'rest',
    ],
    ['it was just paused: the ledger is told at once', onPause(settled, {}, now), 'record'],
    ['it was just paused, before the ledgers were read', onPause(fresh, {}, now), 'rebuild'],
    [
      'it was just resumed: the ledger is told before the next sync',
      onResume(onPause(settled, {}, now), {}, now),
      'record',
    ],
    ['it was just paused while held', onPause({ ...settled, held: operatorHold }, {}, now), 'record'],
    [
      'it was just paused while exposed',
      onPause({ ...exposed, fence: { ...fence, confirmedAt: now } }, {}, now),
      'record',
    ],
    [
      'the fence was confirmed: the ledger is told at once',
      afterFence(recordFenced(exposed, now), 'primary', now),
      'record',
    ],
    ['an operator has to act: the ledger is told', recordHold({ ...settled, held: operatorHold }), 'record'],
    [
      'a cut hold is found again by looking: no warehouse is woken for it',
      recordHold({ ...settled, held: { ...operatorHold, code: 'NO_QUIET_POINT' } }),
      'rest',
    ],
    ['a request was refused: told with the next statement', onSyncNow({ ...settled, paused: true }, {}, now), 'rest'],
    [
      'the ledger could not be told: not in a loop',
      { ...onPause({ ...settled, lastTickAt: now - 1 }, {}, now), ledgerFailedAt: now },
      'rest',
    ],
    [
      'the ledger could not be told: again with the next tick',
      onSyncDue({ ...onPause(settled, {}, now), ledgerFailedAt: now }, now + 1),
      'record',
    ],
    ['a region was silent when the ledgers were read', onSyncDue(oneLedgerRead, now), 'rebuild'],
    [
      'a region was silent, and was asked since the last tick',
      { ...onSyncDue(oneLedgerRead, now), ledgersAskedAt: now },
      'sync',
    ],
    [
      'a region was silent, and a look at the runs has answered the tick',
      { ...oneLedgerRead, lastTickAt: now },
      'rebuild',
    ],
    ['a region was silent: without a tick nothing wakes it', oneLedgerRead, 'rest'],
    ['no point is left to complete: the sync makes one', completionImpossible({ ...halfWay, due: 'tick' }), 'sync'],
    ['the old side is not fenced', exposed, 'fence'],
    ['the fence holds', { ...exposed, fence: { ...fence, confirmedAt: now } }, 'rest'],
    [
      'a tick asks whether the fence still holds',
      { ...exposed, fence: { ...fence, confirmedAt: now, checkDue: true } },
      'fence',
    ],
    ['the fence was refused: not in a loop', { ...exposed, fence: { ...fence, refused: true } }, 'rest'],
    [
      'exposed: never a sync back over the region that is active',
      { ...exposed, fence: { ...fence, confirmedAt: now }, due: 'now' },
      'rest',
    ],
  ])('%s', (_name, state, expected) => {
    expect(step(state)).toBe(expected);
  });

  it('a ledger that could not be read is asked again after a pause, not in a loop', () => {
    const failed = { ...fresh, lastError: { code: 'UNEXPECTED_ANSWER', message: '', at: now - 1 } } as const;
    expect(nextStep(failed, null, now)).toEqual({ do: 'rest', untilMs: now - 1 + 10_000 });
    expect(nextStep(failed, null, now + 10_000)).toEqual({ do: 'rebuild' });
  });

  it('with sync_trigger "completion" at most one sync per interval, unless somebody asks', () => {
    const settings = { trigger: 'completion', syncIntervalMinutes: 15 } as GroupSettings;
    const recent: GroupState = { ...settled, due: 'tick', lastSyncStartedAt: now - 60_000 };
    expect(nextStep(recent, settings, now)).toEqual({ do: 'rest', untilMs: now + 14 * 60_000 });
    expect(nextStep({ ...recent, due: 'now' }, settings, now)).toEqual({ do: 'sync' });
  });
});

const facts = { syncId: 'new', copiedBytes: 10, durationMs: 20, writtenEventIds: [] };

describe('how a sync ends', () => {
  const asked = { ...onSyncNow(settled, { requestId: 'r' }, now), points: [point('1', 1)], due: 'no' } as const;

  it('published: the request is done, the hold is lifted, as many points are kept as configured', () => {
    const state = afterSync(
      { ...asked, held: operatorHold },
      { ...facts, result: 'published', point: point('2', 2), mailFailure: null },
      null,
      1,
      'r',
      now,
    );
    expect(state).toMatchObject({ protection: 'protected', held: null, lastError: null, openSyncRequestId: null });
    expect(state.points.map(({ syncId }) => syncId)).toEqual(['sync-of-2']);
    expect(state.requests[0]).toMatchObject({ id: 'r', outcome: 'done' });
  });

  it('failed: what is published stays, the failure is shown, the next tick tries again', () => {
    const failure = { code: 'STATEMENT_FAILED', message: 'no' } as const;
    const state = afterSync(asked, { ...facts, result: 'failed', failure }, null, 3, 'r', now);
    expect(state).toMatchObject({
      points: asked.points,
      held: null,
      lastError: failure,
      lastSync: { result: 'failed' },
    });
    expect(state.requests[0]).toMatchObject({ outcome: 'failed', code: 'STATEMENT_FAILED' });
  });

  it('held again for the same reason: held since the first time', () => {
    const failure = { code: 'AMBIGUOUS_COMMIT', message: '' } as const;
    const run = { runId: '2', repairId: null };
    const once = afterFailure(asked, failure, run, now);
    expect(afterFailure(once, failure, run, now + 1000).held?.since).toBe(now);
    expect(afterFailure(once, failure, { runId: '3', repairId: null }, now + 1000).held?.since).toBe(now + 1000);
  });

  it('a tick that came meanwhile is not forgotten', () => {
    const outcome = { ...facts, result: 'published', point: point('2', 2), mailFailure: null } as const;
    expect(afterSync({ ...asked, due: 'tick' }, outcome, null, 3, 'r', now).due).toBe('tick');
  });
});

describe('atomic: a publish that began', () => {
  const failure = { code: 'STATEMENT_FAILED', message: 'no' } as const;
  const began = publishBegan({ ...settled, points: [point('1', 1)] });
  const ended = (outcome: Parameters<typeof afterSync>[1]): GroupState => afterSync(began, outcome, null, 3, null, now);

  it.each([
    ['published', { ...facts, result: 'published', point: point('2', 2), mailFailure: null }, null],
    ['rolled back', { ...facts, result: 'rolled_back', failure }, null],
    ['failed, for undoing it failed too', { ...facts, result: 'failed', failure }, 'complete'],
    ['cancelled', { ...facts, result: 'canceled' }, 'complete'],
  ] as const)('is open until a whole point is there: %s', (_name, outcome, unfinished) => {
    expect(ended(outcome).unfinishedPublish).toBe(unfinished);
  });

  it('by a switch that was refused half-way is to be completed, too', () => {
    const asked = onFailover(settled, {}, now);
    expect(afterSwitch(asked, { result: 'refused', failure, epoch: 2 }, now).unfinishedPublish).toBe('complete');
    expect(afterSwitch(asked, { result: 'refused', failure, epoch: null }, now).unfinishedPublish).toBeNull();
  });

  it('is said in status as long as nothing works at it', () => {
    expect(publicStatus(began, 'idle', 'id', now).warnings).toEqual([expect.stringContaining('mix of two states')]);
    expect(publicStatus(began, 'syncing', 'id', now).warnings).toEqual([]);
  });

  it('and is completed, leaves what was due and why the group is held', () => {
    const [two, three] = [
      { runId: '2', repairId: null },
      { runId: '3', repairId: null },
    ];
    const waiting: GroupState = {
      ...onSyncNow(began, { requestId: 'r' }, now),
      held: { ...operatorHold, code: 'NO_QUIET_POINT' },
      lastLook: { at: now, unpublishedRuns: [three, two], runsBehind: 2, activeRunIds: [] },
    };
    const forward = { ...facts, result: 'completed', point: point('2', 2), undone: false } as const;
    const state = afterCompletion(waiting, forward, 3, now);
    expect(state).toMatchObject({
      unfinishedPublish: null,
      due: 'now',
      held: waiting.held,
      openSyncRequestId: 'r',
      lastSync: { result: 'published' },
      lastLook: { runsBehind: 1, unpublishedRuns: [three] },
    });
    expect(state.points.map(({ syncId }) => syncId)).toEqual(['sync-of-2', 'sync-of-1']);
    const back = afterCompletion(waiting, { ...forward, point: point('1', 1), undone: true }, 3, now);
    expect(back).toMatchObject({ lastSync: { result: 'rolled_back' }, lastLook: { runsBehind: 2 } });
  });
});

describe('a request that comes while a sync runs', () => {
  const running = onSyncNow({ ...settled, points: [point('1', 1)], due: 'no' }, { requestId: 'later' }, now);

  it('asks for the next sync: it is not answered with what was under way already', () => {
    const outcome = { ...facts, result: 'published', point: point('2', 2), mailFailure: null } as const;
    const state = afterSync(running, outcome, null, 3, null, now);
    expect(state).toMatchObject({ openSyncRequestId: 'later', due: 'now' });
    expect(state.requests[0]).toMatchObject({ id: 'later', outcome: 'accepted' });
  });

  it('is not forgotten when that sync fails', () => {
    const failure = { code: 'STATEMENT_FAILED', message: '' } as const;
    const state = afterSync(running, { ...facts, result: 'failed', failure }, null, 3, null, now);
    expect(state).toMatchObject({ openSyncRequestId: 'later', due: 'now' });
  });

  it('is answered when its sync was cancelled by hand', () => {
    const state = afterSync(running, { ...facts, result: 'canceled' }, null, 3, 'later', now);
    expect(state).toMatchObject({ openSyncRequestId: null });
    expect(state.requests[0]).toMatchObject({ id: 'later', outcome: 'failed' });
  });

  it('is refused when a pause ends the waiting for a run', () => {
    expect(refuseOpenSync(running, 'PAUSED').requests[0]).toMatchObject({ outcome: 'refused', code: 'PAUSED' });
  });
});

describe('how a switch ends', () => {
  const asked = onFailover({ ...settled, paused: true, points: [point('1', 1)] }, { requestId: 'r' }, now);

  it('switched: exposed there, the old side to be fenced, a pause stays', () => {
    const outcome = {
      result: 'switched',
      switchId: 's',
      switchedAt: now - 1000,
      epoch: 2,
      point: point('1', 1),
      uncoveredTables: [],
      identityTables: [],
      jobFailure: null,
      pendingEvents: [],
    } as const;
    const state = afterSwitch(asked, outcome, now);
    expect(state).toMatchObject({
      activeRegion: 'secondary',
      switchedAt: now - 1000,
      protection: 'exposed',
      epoch: 2,
      paused: true,
      switchRequest: null,
      fence: { region: 'primary', confirmedAt: null },
    });
    expect(state.requests[0]).toMatchObject({ id: 'r', outcome: 'done' });
    expect(state.ledgerQueue.at(-1), 'the answer waits for the ledger, too').toMatchObject({
      eventId: 'me/request/r',
      epoch: 2,
    });
  });

  it('refused after tables were replaced: the epoch that they carry is kept, or this controller would be outranked by itself', () => {
    const failure = { code: 'STATEMENT_FAILED', message: '' } as const;
    expect(afterSwitch(asked, { result: 'refused', failure, epoch: 2 }, now).epoch).toBe(2);
    expect(afterSwitch(asked, { result: 'refused', failure, epoch: null }, now).epoch).toBe(1);
  });

  it('refused: the sync that it interrupted is made again', () => {
    const failure = { code: 'NO_RECOVERY_POINT', message: '' } as const;
    expect(afterSwitch(asked, { result: 'refused', failure, epoch: null }, now).due).toBe('tick');
  });

  it('refused: nothing has changed but the answer', () => {
    const state = afterSwitch(
      asked,
      { result: 'refused', failure: { code: 'NO_RECOVERY_POINT', message: '' }, epoch: null },
      now,
    );
    expect(state).toMatchObject({ activeRegion: 'primary', protection: 'protected', epoch: 1, fence: null });
    expect(state.requests[0]).toMatchObject({ outcome: 'refused', code: 'NO_RECOVERY_POINT' });
  });
});
