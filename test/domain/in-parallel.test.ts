import { describe, expect, it } from 'vitest';
import { both, inParallel } from '../../src/domain/in-parallel.js';

/** Work that ends when it is told to. */
function controlled<Result>() {
  let resolve: (result: Result) => void = () => undefined;
  const promise = new Promise<Result>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('nothing-lost: work at the same time', () => {
  it('ends only when every started item has ended, and then with the first failure', async () => {
    const slow = controlled<void>();
    const ended: string[] = [];
    const work = inParallel(['fails', 'slow', 'never started'], 2, async (item) => {
      if (item === 'fails') throw new Error('first');
      await slow.promise;
      ended.push(item);
    });
    slow.resolve();
    await expect(work).rejects.toThrow('first');
    expect(ended).toEqual(['slow']);
  });

  it('keeps the order of the items, and never works on more than the limit', async () => {
    let working = 0;
    let most = 0;
    const results = await inParallel([30, 5, 10, 1], 2, async (ms) => {
      working += 1;
      most = Math.max(most, working);
      await new Promise((resolve) => setTimeout(resolve, ms));
      working -= 1;
      return ms;
    });
    expect(results).toEqual([30, 5, 10, 1]);
    expect(most).toBe(2);
  });

  it('of two, waits for the other one when one fails', async () => {
    const other = controlled<string>();
    let settled = false;
    const work = both(Promise.reject(new Error('one')), other.promise).finally(() => {
      settled = true;
    });
    const failure = expect(work).rejects.toThrow('one');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(settled).toBe(false);
    other.resolve('two');
    await failure;
    expect(await both(Promise.resolve(1), Promise.resolve('a'))).toEqual([1, 'a']);
  });
});
