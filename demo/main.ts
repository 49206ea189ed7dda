/**
 * `npm run demo`: the main job on this machine, from nothing to a rescued ETL job. Every claim is proved by comparing the
 * content of tables with what the job engine recorded at the end of each run. May import everything.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { processVariables } from '../src/config/index.js';
import { startStack } from '../src/local/stack/stack.js';
import { findTemporalCli } from '../src/local/temporal/cli.js';
import { packageFolder } from '../src/worker/bundle-path.js';
import { programs } from './programs.js';
import { chapter, newTally, say } from './say.js';
import type { UndisturbedRuns } from './story.js';
import { play } from './story.js';

const root = join(packageFolder(), 'var', 'demo');
const keep = process.argv.includes('--keep');

/** The job's first three runs in a pair of their own, which nothing ever happens to. */
async function undisturbedRuns(): Promise<UndisturbedRuns> {
  const pair = await startStack({ dir: join(root, 'undisturbed'), temporal: 'none' });
  try {
    for (let run = 0; run < 3; run++) await pair.runJob({ job: 'sample_workflow_1' }).ended;
    return { runs: pair.truth(), folders: pair.file.tables.primary };
  } finally {
    await pair.stop();
  }
}

async function main(): Promise<number> {
  const variables = processVariables();
  const tally = newTally();
  chapter(0, 'Two regions, a Temporal dev server, a worker.');
  await rm(root, { recursive: true, force: true });
  const stack = await startStack({
    dir: join(root, 'pair'),
    temporal: 'in-memory',
    temporalCliPath: variables.TEMPORAL_CLI_PATH,
  });
  const tools = programs({ ...variables, ...stack.file.env }, findTemporalCli(variables.TEMPORAL_CLI_PATH));
  const workerLog = join(root, 'worker.log');
  const worker = tools.startWorker(workerLog);
  say(`primary ${stack.regions.primary.url}, secondary ${stack.regions.secondary.url}`);
  try {
    const undisturbed = undisturbedRuns();
    // Awaited late in the story; should it fail before, the story's own end comes first.
    undisturbed.catch(() => undefined);
    await play({
      stack,
      programs: tools,
      tally,
      undisturbed,
      keep,
      reportFile: join(root, 'report.html'),
      leftFile: join(root, 'left.json'),
    });
    process.stdout.write(`\n${tally.proved.length} claims proved, ${tally.failed.length} failed.\n`);
    if (keep) await untilInterrupted(stack.file.config);
    return tally.failed.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`\nThe story broke off: ${error instanceof Error ? error.message : String(error)}\n`);
    process.stderr.write(`The worker's log: ${workerLog}\n`);
    return 1;
  } finally {
    await worker.stop();
    await stack.stop();
  }
}

async function untilInterrupted(config: string): Promise<void> {
  say('everything keeps running until Ctrl-C; in another terminal:');
  process.stdout.write(
    `       eval "$(node -p "Object.entries(require('${join(config, '..', 'stack.json')}').env).map(([k,v])=>'export '+k+'=\\''+v+'\\'').join(';')")"\n`,
  );
  process.stdout.write('       npx lakehouse-dr status\n');
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

process.exitCode = await main();
