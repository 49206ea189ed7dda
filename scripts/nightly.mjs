#!/usr/bin/env node
/**
 * Everything that takes too long for every change, one after another: random histories of the cut, its mutants, random
 * schedules, the whole crash matrix, chaos, the largest group, the benchmarks. Ends 1 when one of them did; all are run.
 *
 *   npm run nightly [-- PART …]   only the parts whose names are given
 */
import { spawnSync } from 'node:child_process';

const parts = {
  cut: ['test:cut-nightly', '20000'],
  mutants: ['test:mutants'],
  schedules: ['test:schedules-nightly', '200'],
  crashes: ['crash-matrix'],
  chaos: ['chaos', '--runs', '500', '--parallel', '2'],
  'large-group': ['test:large-group-nightly'],
  bench: ['bench'],
};
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`nightly: no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}\n`);
  process.exit(2);
}

const verdicts = Object.entries(parts)
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
  .map(([name, [script, ...args]]) => {
    process.stdout.write(`\n== ${name}\n`);
    const begun = Date.now();
    const windows = process.platform === 'win32';
    const { status } = spawnSync('npm', ['run', '--silent', script, '--', ...args], {
      stdio: 'inherit',
      shell: windows,
    });
    return { name, held: status === 0, minutes: Math.round((Date.now() - begun) / 60_000) };
  });
process.stdout.write('\n');
for (const { name, held, minutes } of verdicts) {
  process.stdout.write(`${name.padEnd(12)} ${String(minutes).padStart(4)} min  ${held ? 'held' : 'BROKEN'}\n`);
}
process.exitCode = verdicts.every(({ held }) => held) ? 0 : 1;
