/**
 * `npm run bench [name…]`: speed and size as ratios within one run, so that they mean the same on every machine. May
 * import everything; nothing imports from here.
 */
import { join } from 'node:path';
import { packageFolder } from '../src/worker/bundle-path.js';
import { latency } from './latency.js';
import type { Findings } from './measurement.js';
import { isOver, lineOf, load, writeFindings } from './measurement.js';
import { overheads } from './overheads.js';
import { rest } from './rest.js';
import { throughput } from './throughput.js';

const benchmarks: Readonly<Record<string, (dir: string) => Promise<Findings>>> = {
  latency,
  throughput,
  overheads,
  rest,
};

async function main(names: readonly string[]): Promise<number> {
  const folder = join(packageFolder(), 'var', 'bench');
  const unknown = names.find((name) => !(name in benchmarks));
  if (unknown !== undefined) {
    process.stderr.write(`There is no benchmark ${unknown}; there are ${Object.keys(benchmarks).join(', ')}.\n`);
    return 2;
  }
  let over = 0;
  for (const [name, run] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const before = load();
    const findings = await run(join(folder, 'run', name));
    writeFindings(folder, name, before, findings);
    for (const measurement of findings.measurements) process.stdout.write(`${lineOf(measurement)}\n`);
    process.stdout.write(`  (load ${before.join(' ')} before, ${load().join(' ')} after)\n`);
    over += findings.measurements.filter(isOver).length;
  }
  return over === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
