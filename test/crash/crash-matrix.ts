/**
 * `npm run crash-matrix`: strikes a sync at every known point, one after another, and prints what became of each. Ends 1
 * when a promise was broken, a point was not reached, or a step or call is not in the list of known points.
 * `-- PATTERN` takes only the points whose description matches the regular expression.
 * What the workers said is kept in `var/crash-matrix/`. Several may run at once, each with points of its own.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../src/worker/bundle-path.js';
import { watchCalls } from './calls.js';
import { startCrashWorld } from './crash-world.js';
import type { Death, Point } from './deaths.js';
import { die, pointText } from './deaths.js';
import { knownCalls, knownSteps } from './known-points.js';
import { unlistedPoints } from './undisturbed.js';

const wanted = new RegExp(process.argv.slice(2).join(' '));

const points: readonly Point[] = [
  ...knownSteps.flatMap((name) => (['lost', 'last'] as const).map((how): Point => ({ at: 'step', name, how }))),
  ...knownSteps.flatMap((name) => (['lost', 'last'] as const).map((how): Point => ({ at: 'server', name, how }))),
  ...knownCalls.flatMap((name) =>
    (['kill', 'drop-response', '503'] as const).map((how): Point => ({ at: 'call', name, how })),
  ),
  ...(['send', 'receive'] as const).flatMap((name) =>
    (['die-half-way', 'orphan'] as const).map((how): Point => ({ at: 'statement', name, how })),
  ),
  ...(['primary', 'secondary'] as const).flatMap((name) =>
    (['control', 'warehouse', 'storage'] as const).map((how): Point => ({ at: 'outage', name, how })),
  ),
].filter((point) => wanted.test(pointText(point)));

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const verdictOf = ({ struck, problems }: Death): string => {
  if (problems.length > 0) return `BROKEN  ${problems.join('; ')}`;
  return struck ? 'held' : 'NOT REACHED';
};

async function main(): Promise<number> {
  const folder = join(packageFolder(), 'var', 'crash-matrix');
  mkdirSync(folder, { recursive: true });
  const crash = await startCrashWorld(join(folder, `workers-${process.pid}.log`));
  // The Temporal server is in a process group of its own: an interrupted matrix would leave it behind.
  const interrupted = (): void => void crash.end().finally(() => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    const calls = watchCalls(crash.world.stack.faults);
    const unlisted = await unlistedPoints(crash, calls);
    const surprises = Object.entries(unlisted).flatMap(([kind, names]) =>
      names.map((name: string) => `${kind}: ${name}`),
    );
    for (const surprise of surprises) say(`UNLISTED  ${surprise}`);

    const deaths: Death[] = [];
    for (const [index, point] of points.entries()) {
      const death = await die(crash, calls, point);
      deaths.push(death);
      say(
        `${String(index + 1).padStart(3)}/${points.length}  ${String(death.seconds).padStart(4)} s  ${pointText(point).padEnd(80)}  ${verdictOf(death)}`,
      );
    }
    const bad = deaths.filter((death) => death.problems.length > 0 || !death.struck);
    say(`${deaths.length} points struck, ${bad.length} of them broke a promise or were not reached.`);
    return bad.length === 0 && surprises.length === 0 && deaths.length > 0 ? 0 : 1;
  } finally {
    await crash.end();
  }
}

process.exitCode = await main();
