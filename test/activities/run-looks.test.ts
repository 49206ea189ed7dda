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
        answers.push((failure) => (failure ? reject(failure) : resolve({ jobId: '1', runs: [] })));
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

describe('economical: however many groups wait for a job, it is listed once per poll', () => {
  it('a hundred groups that ask together make one call, and get its answer', async () => {
    const { asked, looks, question, answer } = aJob();
    const waiting = Array.from({ length: 100 }, () => looks.shared(question(5), 1000));
    answer();
    const answers = await Promise.all(waiting);
    expect(asked).toEqual([5]);
    expect(new Set(answers).size).toBe(1);
  });

  it('a look is shared until it is one poll old, and tells when it began', async () => {
    const world = aJob();
    const { asked, looks, question, answer, pass } = world;
    const began = world.now;
    const first = looks.shared(question(5), 1000);
    pass(300);
    answer();
    expect((await first).at).toBe(began);
    pass(699);
    expect((await looks.shared(question(5), 1000)).at).toBe(began);
    pass(1);
    const second = looks.shared(question(5), 1000);
    answer();
    expect((await second).at).toBe(began + 1000);
    expect(asked).toHaveLength(2);
  });

  it('waits that have lasted 200 s and more list a job at most once in 10 s', async () => {
    const { asked, looks, question, answer, pass } = aJob();
    for (let second = 0; second < 60; second++) {
      const each = [looks.shared(question(5), 10_000), looks.shared(question(5), 12_000)];
      answer();
      await Promise.all(each);
      pass(1000);
    }
    expect(asked).toHaveLength(6);
  });

  it('a patient group is served what an eager one has just seen', async () => {
    const { asked, looks, question, answer, pass } = aJob();
    const eager = looks.shared(question(5), 1000);
    answer();
    await eager;
    pass(20_000);
    await looks.shared(question(5), 30_000);
    expect(asked).toHaveLength(1);
  });
});

describe('nothing is missed by sharing', () => {
  it('who asks for what is so now never gets an earlier look, not even one under way', async () => {
    const { asked, looks, question, answer, pass } = aJob();
    const waiting = looks.shared(question(5), 1000);
    pass(10);
    const fresh = looks.now(question(5));
    answer();
    answer();
    expect((await fresh).at).toBe((await waiting).at + 10);
    expect(asked).toHaveLength(2);
  });

  it('runs that an older point needs are not missing in the list of a newer one', async () => {
    const { asked, looks, question, answer, pass } = aJob();
    const newer = looks.shared(question(50), 1000);
    answer();
    await newer;
    const older = looks.shared(question(20), 1000);
    answer();
    await older;
    await looks.shared(question(50), 1000);
    expect(asked).toEqual([50, 20]);
    pass(1000);
    const next = looks.shared(question(50), 1000);
    answer();
    await next;
    await looks.shared(question(20), 1000);
    expect(asked, 'both are served by one list from now on').toEqual([50, 20, 20]);
  });

  it('the newest runs and the runs since a point are different lists; so are two jobs', async () => {
    const { asked, looks, question, answer } = aJob();
    const each = [
      looks.shared(question(null), 1000),
      looks.shared(question(5), 1000),
      looks.shared(question(5, 'w/secondary/etl'), 1000),
    ];
    for (const _ of each) answer();
    await Promise.all(each);
    expect(asked).toEqual([null, 5, 5]);
  });

  it('a failed look fails all who share it and is forgotten', async () => {
    const { asked, looks, question, answer } = aJob();
    const each = [looks.shared(question(5), 1000), looks.shared(question(5), 1000)];
    answer(new Error('silent'));
    expect((await Promise.allSettled(each)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = looks.shared(question(5), 1000);
    answer();
    await again;
    expect(asked).toHaveLength(2);
  });
});
