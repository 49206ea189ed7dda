import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from './exit.js';
import type { Io } from './io.js';

/**
 * The commands and their options. `finish` is told each command's exit code. Each command's own code is loaded when it is
 * run: Temporal's client and the SQL driver take a second, and `--help` needs neither.
 */
export function buildProgram(io: Io, version: string, finish: (code: ExitCode) => void): Command {
  const program = new Command('lakehouse-dr')
    .description('Disaster recovery for Databricks lakehouses: a job and its tables as one unit.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 bad usage or config, 3 refused,\n4 Temporal or Databricks not reachable.',
    );

  const command = (usage: string, description: string): Command =>
    program
      .command(usage)
      .description(description)
      .option('--config <file>', 'configuration file (default: DR_CONFIG)');
  const run =
    <A extends unknown[]>(work: (...args: A) => Promise<ExitCode>) =>
    async (...args: A): Promise<void> =>
      finish(await work(...args));

  command('validate', 'check the configuration, then both workspaces; changes nothing')
    .option('--offline', 'check the file alone')
    .option('--json', 'for machines')
    .action(run(async (options) => (await import('./commands/validate.js')).validate(io, options)));
  command('plan', 'show what apply would change').action(
    run(async (options) => (await import('./commands/apply.js')).plan(io, options)),
  );
  command('apply', 'make what runs agree with the configuration')
    .option('--retire', 'also stop protecting groups that are not configured any more')
    .option(
      '--accept-baseline [groups...]',
      'let syncs replace what the target tables of these groups hold now; default all',
    )
    .action(run(async (options) => (await import('./commands/apply.js')).apply(io, options)));
  command('worker', 'run a worker for everything in the configuration')
    .addOption(new Option('--only <part>', 'run a part of it').choices(['workflows', 'sql']))
    .option('--workspace <name>', 'for one workspace')
    .action(run(async (options) => (await import('./commands/worker.js')).worker(io, options)));
  command('status [group]', 'show the state of one group, or of all')
    .option('--watch', 'look again and again')
    .option('--json', 'for machines, with the versions of the tables')
    .action(
      run(async (group: string | undefined, options) =>
        (await import('./commands/status.js')).status(io, group, options),
      ),
    );
  command('sync <group>', 'sync the newest finished run now')
    .option('--wait', 'follow it to its end')
    .action(run(async (group: string, options) => (await import('./commands/requests.js')).sync(io, group, options)));
  command('pause <group>', 'stop syncing a group; a failover still works').action(
    run(async (group: string, options) =>
      (await import('./commands/requests.js')).simpleRequest(io, 'pause', group, options),
    ),
  );
  command('resume <group>', 'sync again, after a pause or a hold').action(
    run(async (group: string, options) =>
      (await import('./commands/requests.js')).simpleRequest(io, 'resume', group, options),
    ),
  );
  command('failover [groups...]', 'let the other region take over, whatever state this one is in')
    .option('--all', 'every group')
    .option('--workspace <name>', 'every group of a workspace')
    .addOption(
      new Option('--to <region>', 'region that takes over').choices(['primary', 'secondary']).default('secondary'),
    )
    .option('--reason <text>', 'recorded in the ledger')
    .option('--recovery-point <run>', 'run id of an older recovery point to go back to')
    .option('--accept-loss', 'put aside rows that were written to the target, instead of refusing')
    .option('--concurrency <number>', 'groups at a time, in the order of their priority', positiveNumber)
    .option('--yes', 'do not ask')
    .option('--wait', 'follow it to its end')
    .action(
      run(async (groups: string[], options) => (await import('./commands/failover.js')).failover(io, groups, options)),
    );
  command('history <group>', 'show what happened to a group, newest first')
    .option('--json', 'for machines, every row of the ledger')
    .action(run(async (group: string, options) => (await import('./commands/history.js')).history(io, group, options)));
  command('explain <group>', 'tell which run makes the next recovery point, which version of each table, and why')
    .option('--run <id>', 'explain this run instead of the newest')
    .option('--json', 'for machines')
    .action(run(async (group: string, options) => (await import('./commands/explain.js')).explain(io, group, options)));
  command('report', 'write one HTML page about all groups: lag and data over time, recovery points, failures')
    .option('--out <file>', 'file to write', 'lakehouse-dr-report.html')
    .action(run(async (options) => (await import('./commands/report.js')).report(io, version, options)));
  return program;
}

/** In the place of the embedded region pair's own commands, which are loaded only when they are asked for. */
export const addLocalPlaceholder = (program: Command): Command =>
  program.command('local').description('run a pair of regions on this machine, to try things out');

function positiveNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('Write a whole number from 1.');
}
