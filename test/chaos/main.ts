/**
 * `npm run chaos -- --runs N --seed S`: plays the stories of the seeds S, S + 1, …, each in a world of its own, and checks
 * every promise at each quiet point. Ends 1 when one was broken, or when too little happened. A failing seed replays alone:
 * `npm run chaos -- --runs 1 --seed S`. What its worker said, and histories that went wrong, are kept in `var/chaos/S/`.
 * `--parallel P` plays so many at a time.
 */
import { parseArgs } from 'node:util';
import { planOf, planText } from './plan.js';
import { chaosText, playAll } from './play-all.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    parallel: { type: 'string', default: '1' },
  },
});
const [runs, seed, parallel] = [values.runs, values.seed, values.parallel].map(Number);
if (![runs, seed, parallel].every((number) => Number.isSafeInteger(number) && Number(number) > 0)) {
  process.stderr.write('Usage: npm run chaos -- [--runs N] [--seed S] [--parallel P], each a whole number above 0\n');
  process.exit(2);
}

const results = await playAll({ runs: runs ?? 1, seed: seed ?? 1, parallel: parallel ?? 1 }, (result) => {
  process.stdout.write(chaosText(result));
  if (result.problems.length > 0) process.stdout.write(planText(planOf(result.seed)));
});
const broken = results.filter(({ problems }) => problems.length > 0);
process.stdout.write(`${results.length} runs, ${broken.length} of them broke a promise or proved too little\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
