import { expect, it } from 'vitest';
import { playChaos } from './chaos-run.js';
import { planOf, planText } from './plan.js';
import { chaosText } from './play-all.js';

/** One test per seed. A failing one replays alone: `npm run chaos -- --runs 1 --seed S`. */
export function playSeeds(from: number, count: number): void {
  it.each(Array.from({ length: count }, (_, index) => from + index))(
    'keeps every promise under the chaos of seed %i',
    { timeout: 600_000 },
    async (seed) => {
      const plan = planOf(seed);
      const result = await playChaos(plan);
      process.stdout.write(chaosText(result));
      expect(result.problems, planText(plan)).toEqual([]);
    },
  );
}
