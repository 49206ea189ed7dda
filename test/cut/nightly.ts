import { checkCuts, shortcomings } from './check-cuts.js';

/** `npx tsx test/cut/nightly.ts [cases] [seed]`: the property of atomic.test.ts over many more lives, a new seed each time. */
const [cases = '20000', seed = String(Date.now() % 2_147_483_647)] = process.argv.slice(2);
process.stdout.write(`${cases} lives from seed ${seed}\n`);
const tally = checkCuts(Number(cases), Number(seed));
for (const [what, times] of [...tally].sort(([a], [b]) => a.localeCompare(b))) {
  process.stdout.write(`${what}: ${times}\n`);
}
const missing = shortcomings(tally, Number(cases));
for (const sentence of missing) process.stdout.write(`NOT SHOWN: ${sentence}\n`);
process.exitCode = missing.length === 0 ? 0 : 1;
