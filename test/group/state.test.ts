import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DrError } from '../../src/domain/failure.js';
import { recordHold } from '../../src/domain/group/ledger-queue.js';
import { reportFailure } from '../../src/domain/group/mail-queue.js';
import { afterFailure } from '../../src/domain/group/outcomes.js';
import { onFailover, onPause, onResume, onSyncNow } from '../../src/domain/group/requests.js';
import type { GroupState } from '../../src/domain/group/state.js';
import { initialState, stateSchemaVersion, upgradeState } from '../../src/domain/group/state.js';
import { publicStatus } from '../../src/domain/group/status.js';
import { packedAboveBytes } from '../../src/worker/packed-payloads.js';
import { now } from './support.js';

const state = initialState({ workspace: 'w', group: 'g' }, 'controller');

/** What an entity of this schema really handed to its next life, after a sync. Kept as it was: it is never made anew. */
const kept: unknown = JSON.parse(readFileSync(new URL('carried-state/schema-1.json', import.meta.url), 'utf8'));

describe('state carried from life to life', () => {
  it('as an entity once wrote it is read, complete: what was added since has a value', () => {
    const read = upgradeState(kept);
    expect(new Set(Object.keys(read ?? {}))).toEqual(new Set(Object.keys(state)));
    expect(read).toMatchObject(kept as object);
    expect(read && publicStatus(read, 'idle', 'id', now)).toMatchObject({
      protection: 'protected',
      recoveryPoint: { kind: 'run', runId: '872307446508672901' },
    });
  });

  it('of this schema is read as it is, after a way through JSON', () => {
    expect(upgradeState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it('of a worker that did not watch ages yet is completed', () => {
    const { rpo: _rpo, warnings: _warnings, seen: _seen, ...earlier } = state;
    expect(upgradeState(earlier)).toEqual(state);
  });

  it('of a newer schema is refused: an older worker must not rewrite what it does not understand', () => {
    expect(upgradeState({ ...state, schemaVersion: stateSchemaVersion + 1 })).toBeNull();
  });

  it.each([[{}], [{ schemaVersion: '1' }]])('without a version (%j) is refused', (carried) => {
    expect(upgradeState(carried)).toBeNull();
  });
});

describe('however much is asked of a group', () => {
  /** Every text as long as it may be, of characters that take six bytes in JSON. */
  const long = (index: number): string => String(index).padEnd(200, '\u0001');

  const besieged = Array.from({ length: 500 }).reduce<GroupState>((before, _nothing, index) => {
    const ask = (reduce: typeof onPause, current: GroupState, name: string): GroupState =>
      reduce(current, { requestId: `${name}${long(index)}`.slice(0, 200), reason: long(index).repeat(5) }, now + index);
    const asked = ask(onSyncNow, ask(onFailover, ask(onResume, ask(onPause, before, 'p'), 'r'), 'f'), 's');
    const failure = new DrError('CUT_NOT_PURE', long(index).repeat(100), { remedy: long(index).repeat(100) });
    const run = { runId: String(index), repairId: null };
    const held = recordHold(afterFailure(asked, failure.toFailure(), run, now + index * 3_600_000));
    return reportFailure(held, null, run, now + index * 3_600_000);
  }, state);

  it('its state stays far below what a life may hand to the next one', () => {
    expect(besieged.mailQueue.length).toBeGreaterThan(10);
    expect(besieged.ledgerQueue.length).toBeGreaterThan(100);
    expect(Buffer.byteLength(JSON.stringify(besieged))).toBeLessThan(2 * 1024 * 1024 - 64 * 1024);
  });

  it('its status can be read by anybody: it is never so long that it would be compressed', () => {
    const status = publicStatus(besieged, 'idle', 'id', now);
    expect(status.requests).toHaveLength(50);
    expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(packedAboveBytes);
  });
});

describe('what waits for the ledger', () => {
  it('answers of requests never push out what the state is rebuilt from', () => {
    let asked = onPause(state, { requestId: 'the pause' }, 0);
    for (let request = 0; request < 500; request++) asked = onSyncNow(asked, { requestId: `${request}` }, request);
    expect(asked.ledgerQueue).toHaveLength(51);
    expect(asked.ledgerQueue[0]).toMatchObject({ event: 'paused', eventId: 'controller/paused/the pause' });
    expect(asked.ledgerQueue.at(-1)?.eventId).toBe('controller/request/499');
  });
});
