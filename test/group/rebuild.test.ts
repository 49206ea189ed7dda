import { describe, expect, it } from 'vitest';
import { holderOf, mustTakeOver, rebuildState } from '../../src/domain/group/rebuild.js';
import { onPause, onResume, onSyncNow } from '../../src/domain/group/requests.js';
import type { GroupState } from '../../src/domain/group/state.js';
import { event, fresh, now, publishedRow, settled } from './support.js';

const rebuilt = (rows: Parameters<typeof rebuildState>[1]) => rebuildState(fresh, rows, ['secondary', 'primary'], 3);
const failedOver = (minutes: number, epoch: number) =>
  event(
    'failed_over',
    minutes,
    { detail: JSON.stringify({ to: 'secondary', switchId: 's', switchedAt: now + minutes * 60_000 - 500 }) },
    { epoch },
  );

describe('a namespace that was lost: the state comes back from the ledgers', () => {
  it('nothing was ever recorded: a fresh group, taken over at the first epoch', () => {
    expect(rebuilt([])).toMatchObject({ epoch: 1, activeRegion: 'primary', protection: 'unprotected', points: [] });
    expect(mustTakeOver(rebuilt([]), [])).toBe(true);
  });

  it('another controller held it: the epoch is raised, so that whatever that one still does is known as old', () => {
    const rows = [event('took_over', 0, {}, { epoch: 4 })];
    expect(rebuilt(rows).epoch).toBe(5);
    expect(mustTakeOver(rebuilt(rows), rows)).toBe(true);
  });

  it('this controller held it already: nothing is raised and nothing is claimed again', () => {
    const rows = [event('took_over', 0, {}, { epoch: 4, controller: 'me' })];
    expect(rebuilt(rows).epoch).toBe(4);
    expect(mustTakeOver(rebuilt(rows), rows)).toBe(false);
  });

  it('no claim is known any more, but newer epochs are: they are never fallen behind', () => {
    expect(rebuilt([{ ...publishedRow('1', 1), epoch: 7 }]).epoch).toBe(8);
  });

  it('a switch that was ended before its time is completed, unless the ledger tells that it came to its end', () => {
    const interrupted: GroupState = { ...fresh, unfinishedPublish: 'interrupted' };
    const unfinished = (rows: Parameters<typeof rebuildState>[1]) =>
      rebuildState(interrupted, rows, ['secondary', 'primary'], 3).unfinishedPublish;
    expect(unfinished([publishedRow('1', 1)])).toBe('complete');
    expect(unfinished([publishedRow('1', 1), failedOver(2, 2)])).toBeNull();
  });

  it('the newest points are kept, each once, the newest first', () => {
    const rows = [
      publishedRow('1', 1),
      publishedRow('2', 2),
      publishedRow('3', 3),
      publishedRow('4', 4),
      publishedRow('4', 4),
    ];
    expect(rebuilt(rows).points.map(({ source }) => source)).toMatchObject([
      { runId: '4' },
      { runId: '3' },
      { runId: '2' },
    ]);
    expect(rebuilt(rows).protection).toBe('protected');
  });

  it('a point that was published again after a failure is the published one', () => {
    const rows = [
      publishedRow('1', 1),
      publishedRow('2', 2),
      { ...publishedRow('1', 1), event: 'rolled_back' as const, eventId: 'r', recordedAt: now + 9e5 },
    ];
    expect(rebuilt(rows).points[0]?.source).toMatchObject({ runId: '1' });
  });

  it('it had failed over: active there, exposed, and the old side is fenced once more', () => {
    const state = rebuilt([publishedRow('1', 1), failedOver(2, 2)]);
    expect(state).toMatchObject({ activeRegion: 'secondary', protection: 'exposed', fence: { region: 'primary' } });
    expect(state.switchedAt, 'only runs that began since then count there').toBe(now + 2 * 60_000 - 500);
  });

  it('a take-over by another controller at the same epoch does not undo the switch', () => {
    const state = rebuilt([failedOver(2, 2), event('took_over', 3, {}, { epoch: 2 })]);
    expect(state.activeRegion).toBe('secondary');
  });

  it.each([
    ['sent and published', [event('sent', 1), publishedRow('1', 2)], null],
    ['sent and never heard of again', [publishedRow('1', 1), event('sent', 2)], 'complete'],
    ['sent and failed, and not undone', [publishedRow('1', 1), event('sent', 2), event('failed', 3)], 'complete'],
    ['sent, failed and undone', [event('sent', 2), event('failed', 3), event('rolled_back', 4)], null],
    ['sent, and another region took over with a whole point', [event('sent', 1), failedOver(2, 2)], null],
  ])('its newest point was %s', (_name, rows, unfinished) => {
    expect(rebuilt(rows).unfinishedPublish).toBe(unfinished);
    expect(rebuilt(rows).due).toBe(unfinished ? 'tick' : 'no');
  });

  it.each([
    ['paused', [event('paused', 1)], true],
    ['paused and resumed', [event('paused', 1), event('resumed', 2)], false],
    ['resumed and paused again', [event('resumed', 1), event('paused', 2)], true],
  ])('it was %s', (_name, rows, paused) => {
    expect(rebuilt(rows).paused).toBe(paused);
  });

  it.each([
    ['held', [event('held', 1, { errorCode: 'TARGET_CHANGED', errorMessage: 'rows' })], 'TARGET_CHANGED'],
    ['held, then published', [event('held', 1, { errorCode: 'TARGET_CHANGED' }), publishedRow('1', 2)], undefined],
    ['held, then resumed', [event('held', 1, { errorCode: 'TARGET_CHANGED' }), event('resumed', 2)], undefined],
  ])('it was %s', (_name, rows, code) => {
    expect(rebuilt(rows).held?.code).toBe(code);
  });

  it('one ledger was read before the other: the other may tell that a hold is over, or that nothing came after it', () => {
    const held = event('held', 1, { errorCode: 'TARGET_CHANGED', errorMessage: 'rows' });
    const fromOneAlone = rebuildState(fresh, [held], [], 3);
    expect(fromOneAlone.held?.code).toBe('TARGET_CHANGED');
    const both = (rows: Parameters<typeof rebuildState>[1]) =>
      rebuildState(fromOneAlone, [held, ...rows], ['secondary', 'primary'], 3);
    expect(both([]).held?.code).toBe('TARGET_CHANGED');
    expect(both([event('resumed', 2)]).held).toBeNull();
    expect(both([event('held', 2, { errorCode: 'JOB_NOT_FOUND' })]).held?.code).toBe('JOB_NOT_FOUND');
  });

  it('the way back: what the fence has overwritten is known, and the fence is only looked at again', () => {
    const detail = JSON.stringify({ region: 'primary', saved: { maxConcurrentRuns: 3 } });
    const fenced = { ...event('fenced', 3, { detail }, { epoch: 2 }), eventId: 's/fenced' };
    expect(rebuilt([publishedRow('1', 1), failedOver(2, 2), fenced]).fence).toMatchObject({
      region: 'primary',
      saved: { maxConcurrentRuns: 3 },
      confirmedAt: fenced.recordedAt,
      checkDue: true,
    });
  });

  it('settings that an earlier fence has overwritten are not read from the job again', () => {
    const detail = JSON.stringify({ region: 'primary', saved: { maxConcurrentRuns: 3 } });
    const fenced = { ...event('fenced', 1, { detail }, { epoch: 2 }), eventId: 'earlier/fenced' };
    expect(rebuilt([fenced, failedOver(2, 4)]).fence).toMatchObject({
      confirmedAt: null,
      saved: { maxConcurrentRuns: 3 },
    });
  });

  it('a switch back that only the silent region recorded shows in what arrives from there', () => {
    const arrived = { ...publishedRow('5', 5), epoch: 3 };
    expect(rebuilt([failedOver(2, 2), arrived])).toMatchObject({
      activeRegion: 'primary',
      protection: 'protected',
      fence: null,
    });
  });

  it('at the same epoch whoever switched the group holds it, not who took it over without knowing', () => {
    const rows = [event('took_over', 1, {}, { epoch: 3, controller: 'me' }), failedOver(2, 3)];
    expect(holderOf(rows)?.controller).toBe('other');
    expect(rebuilt(rows)).toMatchObject({ epoch: 4, activeRegion: 'secondary' });
  });

  it('a failover to an older point, which the tables held already: that one is published, since when it was', () => {
    const [first, second] = [publishedRow('1', 1), publishedRow('2', 2)];
    const { syncId, runId, runEndTime } = first;
    const back = { ...failedOver(3, 2), syncId, runId, runEndTime };
    const { points } = rebuilt([first, second, back]);
    expect(points.map((each) => each.syncId)).toEqual([first.syncId, second.syncId]);
    expect(points[0]?.publishedAt).toBe(first.recordedAt);
  });

  it('requests: shown with their answers, and a repeat of one of them is ignored', () => {
    const [early, late] = [
      onPause(settled, { requestId: 'p' }, now),
      onSyncNow({ ...settled, paused: true }, {}, now + 5),
    ];
    const state = rebuilt([...early.ledgerQueue, ...late.ledgerQueue]);
    expect(state.requests).toEqual([...late.requests, ...early.requests]);
    expect(state.paused).toBe(true);
    expect(onResume(state, { requestId: 'p' }, now)).toBe(state);
    expect(onSyncNow(state, {}, now).requests).toHaveLength(3);
  });

  it('an operator has the last word, whichever controller took it', () => {
    const resumed = event('resumed', 1, {}, { epoch: 5 });
    expect(rebuilt([resumed, event('paused', 2, {}, { epoch: 1 })]).paused).toBe(true);
    expect(rebuilt([event('paused', 0, {}, { epoch: 5 }), resumed]).paused).toBe(false);
  });

  it('read once more, a ledger that was silent tells where the group is, and nothing that this life knows better', () => {
    const living: GroupState = { ...fresh, ledgersRead: ['secondary'], due: 'tick', epoch: 2 };
    const held = event('held', 1, { errorCode: 'TARGET_CHANGED', errorMessage: '' });
    const rows = [event('took_over', 0, {}, { epoch: 2, controller: 'me' }), held, event('sent', 2)];
    const both = ['secondary', 'primary'] as const;
    expect(rebuildState(living, rows, both, 3)).toMatchObject({
      held: null,
      unfinishedPublish: null,
      ledgersRead: both,
    });
    expect(rebuildState(living, [...rows, failedOver(3, 2)], both, 3)).toMatchObject({
      activeRegion: 'secondary',
      epoch: 3,
    });
  });

  it('does not depend on the order in which two ledgers tell the same story', () => {
    const rows = [publishedRow('1', 1), event('took_over', 0), failedOver(2, 2), event('paused', 3, {}, { epoch: 2 })];
    expect(rebuilt([...rows, ...rows].reverse())).toEqual(rebuilt(rows));
  });
});

describe('of two controllers one holds the group, never both', () => {
  const claim = (epoch: number, controller: string) => event('took_over', epoch, {}, { epoch, controller });

  it.each([
    ['the higher epoch', [claim(2, 'b'), claim(3, 'c')], 'c'],
    ['at the same epoch the smaller id', [claim(2, 'b'), claim(2, 'a')], 'a'],
    ['whatever the order', [claim(2, 'a'), claim(2, 'b')], 'a'],
  ])('%s', (_name, rows, holder) => {
    expect(holderOf(rows)?.controller).toBe(holder);
  });

  it('rows of tables and other events claim nothing', () => {
    expect(holderOf([publishedRow('1', 1), event('took_over', 1, { tableName: 't' })])).toBeNull();
  });
});
