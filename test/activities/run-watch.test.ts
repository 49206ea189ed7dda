import { describe, expect, it } from 'vitest';
import type { WatchQuestion } from '../../src/activities/run-watch.js';
import { activeRunIds, createRunWatch } from '../../src/activities/run-watch.js';
import type { JobRun } from '../../src/domain/runs.js';

/** Runs of which the test says which are active, and that count how often they are asked for. */
function someRuns(...active: readonly string[]) {
  let now = 1_000_000;
  const stillActive = new Set(active);
  const asked: string[] = [];
  const watch = createRunWatch(() => now);
  const question = (...runIds: readonly string[]): WatchQuestion => ({
    job: 'w/primary/etl',
    runIds,
    async isActive(runId) {
      asked.push(runId);
      if (runId === 'silent') throw new Error('the region is silent');
      return stillActive.has(runId);
    },
  });
  return {
    asked,
    watch,
    question,
    end: (runId: string) => stillActive.delete(runId),
    pass: (ms: number) => {
      now += ms;
    },
    get now() {
      return now;
    },
  };
}

describe('economical: a run that is waited for is asked for once per poll, however many groups wait', () => {
  it('a hundred groups make one call', async () => {
    const { watch, question, asked, now } = someRuns('1');
    const answers = await Promise.all(Array.from({ length: 100 }, () => watch.look(question('1'), now - 1000)));
    expect(asked).toEqual(['1']);
    expect(new Set(answers)).toEqual(new Set([{ at: now, allEndedAt: null }]));
  });

  it('one run that is active is answer enough', async () => {
    const { watch, question, asked, now } = someRuns('2', '3');
    expect(await watch.look(question('1', '2', '3'), now)).toMatchObject({ allEndedAt: null });
    expect(asked).toEqual(['1', '2']);
  });
});

describe('nothing is missed by sharing', () => {
  it('asks again after a poll, and tells when all had ended', async () => {
    const runs = someRuns('1', '2');
    await runs.watch.look(runs.question('1', '2'), runs.now);
    runs.end('1');
    runs.pass(1000);
    expect(await runs.watch.look(runs.question('1', '2'), runs.now)).toEqual({ at: runs.now, allEndedAt: null });
    runs.end('2');
    runs.pass(1000);
    expect(await runs.watch.look(runs.question('1', '2'), runs.now)).toEqual({ at: runs.now, allEndedAt: runs.now });
  });

  it('other runs are another question', async () => {
    const { watch, question, asked, now } = someRuns('1', '2');
    await watch.look(question('1'), now);
    await watch.look(question('2'), now);
    expect(asked).toEqual(['1', '2']);
  });

  it('a failed look is forgotten', async () => {
    const { watch, question, asked, now } = someRuns();
    await expect(watch.look(question('silent'), now)).rejects.toThrow('silent');
    await expect(watch.look(question('silent'), now)).rejects.toThrow('silent');
    expect(asked).toHaveLength(2);
  });

  it('a child that outlives its parent is watched, too', () => {
    const run = (runId: string, endTime: number | null, ...childRuns: JobRun[]): JobRun => ({
      runId,
      jobId: '7',
      segments: [{ repairId: null, startTime: 1, endTime, result: endTime === null ? null : 'SUCCESS' }],
      taskRunIds: [],
      childRuns,
    });
    expect(activeRunIds([run('1', 5, run('2', null, run('3', 4))), run('0', null), run('4', 9)])).toEqual(['0', '2']);
  });
});
