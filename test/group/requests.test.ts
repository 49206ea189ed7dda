import { describe, expect, it } from 'vitest';
import { afterNeedlessSwitch } from '../../src/domain/group/outcomes.js';
import {
  onFailover,
  onPause,
  onResume,
  onSyncDue,
  onSyncNow,
  parseSignalInput,
} from '../../src/domain/group/requests.js';
import type { GroupState } from '../../src/domain/group/state.js';
import { initialState } from '../../src/domain/group/state.js';

const now = Date.UTC(2026, 0, 1);
const fresh = initialState({ workspace: 'w', group: 'g' }, 'controller');
const protectedGroup: GroupState = { ...fresh, protection: 'protected', ledgersRead: ['secondary'] };
const operatorHeld: GroupState = {
  ...protectedGroup,
  held: { code: 'TARGET_CHANGED', message: 'changed', since: now, run: null },
};

describe('payloads that come unchecked from a command line', () => {
  it.each([
    ['nothing', undefined, {}],
    ['null', null, {}],
    [
      'a full request',
      { requestId: 'r', to: 'primary', acceptLoss: true },
      { requestId: 'r', to: 'primary', acceptLoss: true },
    ],
  ])('takes %s', (_name, payload, input) => {
    expect(parseSignalInput(payload)).toEqual(input);
  });

  it.each([
    ['a text', 'secondary', 'JSON object'],
    ['a list', ['secondary'], 'JSON object'],
    ['a region that is none', { to: 'mars' }, '"primary" or "secondary"'],
    ['a misspelt key, which would fail over to another point', { recoverypoint: '1' }, 'unknown key'],
    ['a number where a text belongs', { reason: 7 }, '"reason"'],
    ['an empty request id', { requestId: '' }, '"requestId"'],
    ['an oversized reason', { reason: 'x'.repeat(1001) }, '1000 characters'],
    ['an oversized request id', { requestId: 'x'.repeat(201) }, '200 characters'],
    ['a text where a truth value belongs', { acceptLoss: 'yes' }, '"acceptLoss"'],
    ['what the payload converter makes of undecodable bytes', { undecodablePayload: {} }, 'unknown key'],
  ])('refuses %s', (_name, payload, why) => {
    expect(parseSignalInput(payload)).toContain(why);
  });
});

describe('a repeated request', () => {
  it.each([
    ['syncNow', onSyncNow],
    ['pause', onPause],
    ['resume', onResume],
    ['failover', onFailover],
  ] as const)('%s with the same id changes nothing the second time', (_name, reduce) => {
    const once = reduce(protectedGroup, { requestId: 'same' }, now);
    expect(reduce(once, { requestId: 'same' }, now + 1)).toBe(once);
    expect(once.requests.map((request) => request.id)).toEqual(['same']);
  });

  it('is told apart from an equal one without an id', () => {
    const twice = onPause(onPause(protectedGroup, {}, now), {}, now);
    expect(twice.requests.map(({ outcome }) => outcome)).toEqual(['no-change', 'done']);
    expect(new Set(twice.requests.map(({ id }) => id)).size).toBe(2);
  });

  it('is remembered longer than it is shown', () => {
    let state = onPause(protectedGroup, { requestId: 'first' }, now);
    for (let index = 0; index < 100; index++) state = onPause(state, { requestId: `later-${index}` }, now);
    expect(state.requests).toHaveLength(50);
    expect(onResume(state, { requestId: 'first' }, now).paused).toBe(true);
  });
});

describe('failover names a destination, never a toggle', () => {
  it('goes to the secondary by default', () => {
    expect(onFailover(protectedGroup, {}, now).switchRequest?.to).toBe('secondary');
  });

  it('to where the job is active already changes nothing', () => {
    const state = onFailover(protectedGroup, { to: 'primary', requestId: 'r' }, now);
    expect(state.switchRequest).toBeNull();
    expect(state.requests[0]).toMatchObject({ id: 'r', outcome: 'no-change' });
  });

  it('asked for twice while it is carried out is one failover', () => {
    const state = onFailover(onFailover(protectedGroup, { requestId: 'a' }, now), { requestId: 'b' }, now);
    expect(state.switchRequest?.requestId).toBe('a');
    expect(state.requests.map(({ outcome }) => outcome)).toEqual(['no-change', 'accepted']);
  });

  it('is not judged by where a group usually is before the ledgers were read', () => {
    const asked = onFailover(fresh, { to: 'primary', requestId: 'r' }, now);
    expect(asked.switchRequest?.to).toBe('primary');
    if (!asked.switchRequest) throw new Error('nothing was asked');
    const known = afterNeedlessSwitch(asked, asked.switchRequest);
    expect(known.switchRequest).toBeNull();
    expect(known.requests[0]).toMatchObject({ id: 'r', outcome: 'no-change' });
  });

  it('to the other region while one is carried out is refused', () => {
    const state = onFailover(onFailover(protectedGroup, {}, now), { to: 'primary' }, now);
    expect(state.requests[0]).toMatchObject({ outcome: 'refused', code: 'SWITCH_UNDER_WAY' });
  });

  it.each([
    ['paused', { ...protectedGroup, paused: true }],
    ['held', operatorHeld],
    ['never synced', fresh],
  ])('is taken while %s', (_name, state) => {
    expect(onFailover(state, {}, now).switchRequest).not.toBeNull();
  });

  it('leaves a pause as it was', () => {
    expect(onFailover({ ...protectedGroup, paused: true }, {}, now).paused).toBe(true);
  });
});

describe('pause and hold', () => {
  it('a tick while paused is ignored, syncNow is refused', () => {
    const paused = onPause(protectedGroup, {}, now);
    expect(onSyncDue(paused, now).due).toBe('no');
    const asked = onSyncNow(paused, {}, now);
    expect(asked.due).toBe('no');
    expect(asked.requests[0]).toMatchObject({ outcome: 'refused', code: 'PAUSED' });
  });

  it('syncNow on an operator hold is refused with the code of the hold', () => {
    expect(onSyncNow(operatorHeld, {}, now).requests[0]).toMatchObject({ outcome: 'refused', code: 'TARGET_CHANGED' });
  });

  it('syncNow on a cut hold is tried', () => {
    const cutHeld: GroupState = {
      ...protectedGroup,
      held: { code: 'AMBIGUOUS_COMMIT', message: '', since: now, run: null },
    };
    expect(onSyncNow(cutHeld, {}, now).due).toBe('now');
  });

  it('resume answers a hold and tries at once', () => {
    const resumed = onResume(operatorHeld, {}, now);
    expect(resumed).toMatchObject({ held: null, paused: false, due: 'tick' });
  });

  it('resume after SUPERSEDED reads the ledgers anew before anything else', () => {
    const superseded: GroupState = {
      ...operatorHeld,
      held: { code: 'SUPERSEDED', message: '', since: now, run: null },
    };
    expect(onResume(superseded, {}, now).ledgersRead).toEqual([]);
  });

  it('both are written to the ledger, once each', () => {
    const state = onResume(onPause(protectedGroup, { requestId: 'p' }, now), { requestId: 'r' }, now);
    expect(state.ledgerQueue.map(({ event }) => event)).toEqual(['paused', 'resumed']);
    expect(new Set(state.ledgerQueue.map(({ eventId }) => eventId)).size).toBe(2);
  });
});

describe('a tick while exposed', () => {
  const fence = {
    region: 'primary',
    switchId: 's',
    confirmedAt: now,
    checkDue: false,
    refused: false,
    saved: null,
  } as const;

  it('looks at the fence again instead of syncing', () => {
    const state = onSyncDue({ ...protectedGroup, protection: 'exposed', activeRegion: 'secondary', fence }, now);
    expect(state.due).toBe('no');
    expect(state.fence?.checkDue).toBe(true);
  });

  it('syncNow is refused: there is nothing that could be synced safely', () => {
    const state = onSyncNow({ ...protectedGroup, protection: 'exposed', fence }, {}, now);
    expect(state.requests[0]).toMatchObject({ outcome: 'refused', code: 'NOT_PROTECTED' });
  });
});
