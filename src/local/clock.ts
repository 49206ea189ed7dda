/** The local pair's time. Tests move it; everything in `local/` that needs the time asks here. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that runs ahead of (or behind) the system's by an offset that can be changed while it runs. */
export class MovableClock implements Clock {
  #offsetMs = 0;

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
  }
}

/** A clock that is off by some time from another one, as storage and control plane of a region are from each other. */
export class SkewedClock implements Clock {
  readonly #base: Clock;
  #skewMs = 0;

  constructor(base: Clock) {
    this.#base = base;
  }

  now(): number {
    return this.#base.now() + this.#skewMs;
  }

  /** From now on so far ahead; negative: behind. */
  skewTo(ms: number): void {
    this.#skewMs = ms;
  }
}
