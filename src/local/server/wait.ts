import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.js';

// A clock that tests move does not move timers, so waiting looks at it again after at most this long.
const stepMs = 50;

/**
 * Waits until the clock shows `time` (epoch milliseconds).
 *
 * @throws the signal's reason as soon as it aborts.
 */
export async function waitUntil(clock: Clock, time: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  for (let remaining = time - clock.now(); remaining > 0; remaining = time - clock.now()) {
    try {
      await delay(Math.min(remaining, stepMs), undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }
}

/** Waits for the end, but no longer than so much of the clock's time. */
export async function endedWithin(clock: Clock, ms: number, end: Promise<void>): Promise<void> {
  const patience = new AbortController();
  const limit = waitUntil(clock, clock.now() + ms, patience.signal);
  await Promise.race([end, limit]);
  patience.abort(new Error('The end came first.'));
  // Rejects with just that where the end came first.
  await limit.catch(() => undefined);
}
