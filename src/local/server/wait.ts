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
