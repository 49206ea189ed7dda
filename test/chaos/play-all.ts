import type { ChaosResult } from './chaos-run.js';
import { playChaos } from './chaos-run.js';
import type { ChaosWorld } from './chaos-world.js';
import { planOf } from './plan.js';
import { silenceReplays } from './replays.js';

export interface ChaosRequest {
  readonly runs: number;
  /** Of the first run; the others follow it. */
  readonly seed: number;
  /** Runs at a time. */
  readonly parallel: number;
}

/** Plays the runs, `parallel` at a time, and tells each one's result as soon as it is there. */
export async function playAll(
  { runs, seed, parallel }: ChaosRequest,
  tell: (result: ChaosResult) => void,
): Promise<readonly ChaosResult[]> {
  silenceReplays();
  const seeds = Array.from({ length: runs }, (_, index) => seed + index);
  const results: ChaosResult[] = [];
  const worlds = new Set<ChaosWorld>();
  // The Temporal servers are in process groups of their own: interrupted stories would leave them behind.
  const interrupted = (): void =>
    void Promise.allSettled([...worlds].map((world) => world.end())).finally(() => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  const player = async (): Promise<void> => {
    for (let next = seeds.shift(); next !== undefined; next = seeds.shift()) {
      let world: ChaosWorld | null = null;
      const result = await playChaos(planOf(next), (begun) => {
        world = begun;
        worlds.add(begun);
      });
      if (world) worlds.delete(world);
      results.push(result);
      tell(result);
    }
  };
  await Promise.all(Array.from({ length: parallel }, player));
  return results;
}

export function chaosText({ seed, counts, problems, seconds }: ChaosResult): string {
  const { publishes, faults, kills } = counts;
  const verdict = problems.length === 0 ? 'held' : 'BROKEN';
  const line = `seed ${seed}  ${seconds} s  ${publishes} publishes, ${faults} faults, ${kills} kills  ${verdict}\n`;
  return line + problems.map((problem) => `  ${problem}\n`).join('');
}
