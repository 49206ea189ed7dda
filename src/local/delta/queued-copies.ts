import type { Storage } from './storage.js';

/**
 * A storage that works on so many copies at once, the others wait in the order in which they came. Many clones side by
 * side then end one after the other instead of all at the end, and the threads that Node has for files (four) are not
 * all taken: a look at a log would wait for the files of every clone.
 */
export function withQueuedCopies(storage: Storage, atOnce: number): Storage {
  let running = 0;
  const waiting: (() => void)[] = [];
  const turn = (): Promise<void> | undefined => {
    if (running >= atOnce) return new Promise((begin) => waiting.push(begin));
    running += 1;
    return undefined;
  };
  /** The place goes straight to who waits longest. */
  const end = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };
  return {
    ...storage,
    async copy(from, to, modifiedAtMs) {
      await turn();
      try {
        return await storage.copy(from, to, modifiedAtMs);
      } finally {
        end();
      }
    },
  };
}
