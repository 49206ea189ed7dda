/** `npx tsx test/e2e/schedules-nightly.ts [schedules] [seed]`: the schedules of random-schedules.test.ts, many more of them. */
import { playSchedules, protectScheduledJob, scheduledGroup, tallyText } from '../support/random-schedules.js';
import { startWorld } from '../support/world.js';

const [count = '200', seed = String(Date.now() % 2_147_483_647)] = process.argv.slice(2);
process.stdout.write(`${count} schedules from seed ${seed}\n`);
const world = await startWorld({ config: (_config, _workspace, groups) => protectScheduledJob(groups) });
try {
  const { code, stderr } = await world.dr('apply');
  if (code !== 0) throw new Error(stderr);
  world.startWorker();
  const tally = await playSchedules(world, scheduledGroup, Number(count), Number(seed));
  process.stdout.write(tallyText(tally));
  for (const problem of tally.problems) process.stdout.write(`${problem}\n`);
  const floor = Number(count) / 2;
  if (tally.published < floor) process.stdout.write(`NOT SHOWN: fewer than ${floor} recovery points\n`);
  if (tally.problems.length > 0 || tally.published < floor || tally.explained === 0) process.exitCode = 1;
} finally {
  await world.end();
}
