import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Storage } from '../../../src/local/delta/index.js';
import { localDisk, withQueuedCopies } from '../../../src/local/delta/index.js';

/** A storage whose copies end when the test says so. */
function heldCopies() {
  const running = new Map<string, { end(): void; fail(error: Error): void }>();
  const begun: string[] = [];
  const storage: Storage = {
    ...localDisk,
    copy: (from) =>
      new Promise((resolve, reject) => {
        begun.push(from);
        const over = (act: () => void) => () => {
          running.delete(from);
          act();
        };
        running.set(from, { end: over(() => resolve(1)), fail: (error) => over(() => reject(error))() });
      }),
  };
  return { storage, running, begun };
}

it('works on so many copies at once, and on the others in the order in which they came', async () => {
  const { storage, running, begun } = heldCopies();
  const queued = withQueuedCopies(storage, 2);
  const names = ['a', 'b', 'c', 'd', 'e'];
  const copies = names.map((name) => queued.copy(name, `${name}2`));
  for (let done = 0; done < names.length; done += 1) {
    await setImmediate();
    expect(begun).toEqual(names.slice(0, done + 2));
    expect(running.size).toBe(Math.min(2, names.length - done));
    running.get(names[done] ?? '')?.end();
  }
  expect(await Promise.all(copies)).toEqual([1, 1, 1, 1, 1]);
});

it('a copy that fails gives its place to the next', async () => {
  const { storage, running, begun } = heldCopies();
  const queued = withQueuedCopies(storage, 1);
  const first = queued.copy('a', 'a2');
  const second = queued.copy('b', 'b2');
  await setImmediate();
  running.get('a')?.fail(new Error('disk full'));
  await expect(first).rejects.toThrow('disk full');
  await setImmediate();
  running.get('b')?.end();
  await second;
  const third = queued.copy('c', 'c2');
  await setImmediate();
  expect(begun).toEqual(['a', 'b', 'c']);
  running.get('c')?.end();
  await third;
});
