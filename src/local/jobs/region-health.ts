import type { Region } from '../../domain/region.js';
import type { FaultBoard, Part } from '../server/faults.js';

/** Jobs need compute and storage. The control plane alone may be silent while they go on: that is what makes it treacherous. */
const neededParts: readonly Part[] = ['warehouse', 'storage'];

/** What a region's faults mean to the jobs that run in it. */
export class RegionHealth {
  readonly #faults: FaultBoard;
  readonly #region: Region;

  constructor(faults: FaultBoard, region: Region) {
    this.#faults = faults;
    this.#region = region;
  }

  /** An outage of compute or storage as a whole (not one that is limited to some requests) ends the runs. */
  isDown(): boolean {
    return neededParts.some((part) => {
      const fault = this.#faults.get(this.#region, part);
      return fault.kind === 'outage' && fault.only === undefined;
    });
  }

  /** Calls back whenever the region goes down; the returned function ends that. */
  onDown(callback: () => void): () => void {
    return this.#faults.onChange((region) => {
      if (region === this.#region && this.isDown()) callback();
    });
  }

  /** Resolves as soon as compute and storage hang no longer. Rejects when the signal aborts. */
  async whenUp(signal: AbortSignal): Promise<void> {
    for (let part = this.#hanging(); part !== undefined; part = this.#hanging()) {
      await Promise.race([this.#faults.nextChange(this.#region, part), aborted(signal)]);
    }
  }

  #hanging(): Part | undefined {
    return neededParts.find((part) => this.#faults.get(this.#region, part).kind === 'hang');
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
