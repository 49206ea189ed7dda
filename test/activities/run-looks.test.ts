import { describe, expect, it } from 'vitest';
import type { LookQuestion } from '../../src/activities/run-looks.js';
import { createRunLooks } from '../../src/activities/run-looks.js';

/** A job that counts how often it is listed; answers come when the test says so. */
function aJob() {
  let now = 1_000_000;
  const asked: (number | null)[] = [];
  const answers: ((failure?: Error) => void)[] = [];
  const looks = createRunLooks(() => now);
  const question = (since: number | null, job = 'w/primary/etl'): LookQuestion => ({
    job,
    since,
    ask(from) {
      asked.push(from);
      return new Promise((resolve, reject) => {
        answers.push((failure) => (failure ? reject(failure) : resolve({ jobId: '1', isContinuous: false, runs: [] })));
      });
    },
  });
  return {
    asked,
    looks,
    question,
    pass: (ms: number) => {
      now += ms;
    },
    answer: (failure?: Error) => answers.shift()?.(failure),
    get now() {
      return now;
    },
  };
}

/** Lets all promises that can be settled be so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('economical: however many groups wait for a job, it is listed once', () => {
  it('a hundred groups that ask together make one call, and get its answer', async () => {
    const { asked, looks, question, answer, now } = aJob();
    const waiting = Array.from({ length: 100 }, () => looks.shared(question(5), now));
    answer();
    const answers = await Promise.all(waiting);
    expect(asked).toEqual([5]);
    expect(new Set(answers).size).toBe(1);
  });

  it('a look is shared by all who would take one that began then, and tells when it began', async () => {
    const world = aJob();
    const { asked, looks, question, answer, pass } = world;
    const began = world.now;
    const first = looks.shared(question(5), began);
    pass(300);
    answer();
    expect((await first).at).toBe(began);
    pass(700);
    expect((await looks.shared(question(5), began)).at).toBe(began);
    const second = looks.shared(question(5), began + 1);
    answer();
    expect((await second).at).toBe(began + 1000);
    expect(asked).toHaveLength(2);
  });

  it('a hundred ticks that come while a look is under way share the one after it', async () => {
    const { asked, looks, question, answer, pass } = aJob();
    const first = looks.now(question(5));
    await settled();
    pass(10);
    const ticks = Array.from({ length: 100 }, () => looks.now(question(5)));
    answer();
    await first;
    await settled();
    answer();
    const seen = new Set((await Promise.all(ticks)).map(({ at }) => at - 1_000_000));
    expect(seen).toEqual(new Set([10]));
    expect(asked).toHaveLength(2);
  });
});

describe('nothing is missed by sharing', () => {
  it('who asks for what is so now never gets an earlier look, not even one under way', async () => {
    const { asked, looks, question, answer, pass, now } = aJob();
    const waiting = looks.shared(question(5), now);
    const fresh = looks.now(question(5));
    pass(10);
    answer();
    await waiting;
    await settled();
    answer();
    expect((await fresh).at).toBe((await waiting).at + 10);
    expect(asked).toHaveLength(2);
  });

  it('runs that an older point needs are not missing in the list of a newer one', async () => {
    const world = aJob();
    const { asked, looks, question, answer, pass } = world;
    const newer = looks.shared(question(50), world.now);
    answer();
    await newer;
    const older = looks.shared(question(20), world.now);
    answer();
    await older;
    await looks.shared(question(50), world.now);
    expect(asked).toEqual([50, 20]);
    pass(1000);
    const next = looks.shared(question(50), world.now);
    answer();
    await next;
    await looks.shared(question(20), world.now);
    expect(asked, 'both are served by one list from now on').toEqual([50, 20, 20]);
  });

  it('the newest runs and the runs since a point are different lists; so are two jobs', async () => {
    const world = aJob();
    const { asked, looks, question, answer } = world;
    const each = [
      looks.shared(question(null), world.now),
      looks.shared(question(5), world.now),
      looks.shared(question(5, 'w/secondary/etl'), world.now),
    ];
    for (const _ of each) answer();
    await Promise.all(each);
    expect(asked).toEqual([null, 5, 5]);
  });

  it('a failed look fails all who share it and is forgotten', async () => {
    const world = aJob();
    const { asked, looks, question, answer } = world;
    const each = [looks.shared(question(5), world.now), looks.shared(question(5), world.now)];
    answer(new Error('silent'));
    expect((await Promise.allSettled(each)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = looks.shared(question(5), world.now);
    answer();
    await again;
    expect(asked).toHaveLength(2);
  });
});
