import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { whileWanted } from '../../src/activities/waiting.js';

describe('never backwards: a step that nobody waits for any more', () => {
  it('is told right before it would change something, when it was cancelled', async () => {
    const environment = new MockActivityEnvironment();
    const done: string[] = [];
    const step = environment.run(() =>
      whileWanted(Date.now, async (assertWanted) => {
        assertWanted();
        done.push('before');
        environment.cancel();
        await Promise.resolve();
        assertWanted();
        done.push('after');
      }),
    );
    await expect(step).rejects.toThrow('CANCELLED');
    expect(done).toEqual(['before']);
  });

  it('is told when its process stood still, even though it has worked on for a while since', async () => {
    let asleepMs = 0;
    const now = (): number => Date.now() + asleepMs;
    const step = new MockActivityEnvironment().run(() =>
      whileWanted(now, async (assertWanted) => {
        asleepMs = 30_000;
        // Heartbeats come in time again.
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        assertWanted();
      }),
    );
    await expect(step).rejects.toMatchObject({ type: 'NOT_YET' });
  });

  it('goes on where all is well', async () => {
    const step = new MockActivityEnvironment().run(() =>
      whileWanted(Date.now, async (assertWanted) => {
        assertWanted();
        return 'submitted';
      }),
    );
    expect(await step).toBe('submitted');
  });
});
