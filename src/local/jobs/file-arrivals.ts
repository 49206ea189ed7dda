import type { ParsedSettings } from './job-settings.js';

type Trigger = NonNullable<ParsedSettings['trigger']>;

interface Watched {
  /** The trigger as it was when the watch began. */
  readonly trigger: string;
  readonly known: ReadonlySet<string>;
  /** When a file was last seen that no run was started for, epoch ms; null: there is none. */
  readonly arrivedAt: number | null;
  readonly firedAt: number | null;
}

/**
 * Watches the folders of `file_arrival` triggers. What lies there when the watch begins, at the creation of the job or the
 * end of a pause, has not arrived. A file is new by its name: whether one that is written over counts is not told.
 */
export class FileArrivals {
  readonly #filesBelow: (url: string) => readonly string[];
  readonly #watched = new Map<string, Watched>();

  constructor(filesBelow: (url: string) => readonly string[]) {
    this.#filesBelow = filesBelow;
  }

  /** Whether a run is to start now. Says so once for all files that have arrived. */
  isDue(jobId: string, trigger: Trigger | undefined, now: number): boolean {
    const arrival = trigger?.file_arrival;
    if (arrival === undefined || trigger?.pause_status !== 'UNPAUSED') {
      this.#watched.delete(jobId);
      return false;
    }
    const key = JSON.stringify(arrival);
    const files = this.#filesBelow(arrival.url);
    const before = this.#watched.get(jobId);
    if (before?.trigger !== key) {
      this.#watched.set(jobId, { trigger: key, known: new Set(files), arrivedAt: null, firedAt: null });
      return false;
    }
    const arrivedAt = files.some((file) => !before.known.has(file)) ? now : before.arrivedAt;
    const isQuiet = arrivedAt !== null && now - arrivedAt >= arrival.wait_after_last_change_seconds * 1000;
    const isSpaced = now - (before.firedAt ?? -Infinity) >= arrival.min_time_between_triggers_seconds * 1000;
    const isDue = isQuiet && isSpaced;
    const fired = isDue ? { arrivedAt: null, firedAt: now } : { arrivedAt };
    this.#watched.set(jobId, { ...before, known: new Set(files), ...fired });
    return isDue;
  }
}
