import { Command, InvalidArgumentError, Option } from 'commander';
import { apply, plan } from './commands/apply.js';
import { explain } from './commands/explain.js';
import { failover } from './commands/failover.js';
import { history } from './commands/history.js';
import { report } from './commands/report.js';
import { simpleRequest, sync } from './commands/requests.js';
import { status } from './commands/status.js';
import { validate } from './commands/validate.js';
import { worker } from './commands/worker.js';
import type { ExitCode } from './exit.js';
import type { Io } from './io.js';

/** The commands and their options. `finish` is told each command's exit code. */
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
    .action(run((options) => validate(io, options)));
  command('plan', 'show what apply would change').action(run((options) => plan(io, options)));
  command('apply', 'make what runs agree with the configuration')
    .option('--retire', 'also stop protecting groups that are not configured any more')
    .option('--accept-baseline', 'let syncs replace what the target tables hold now')
    .action(run((options) => apply(io, options)));
  command('worker', 'run a worker for everything in the configuration')
    .addOption(new Option('--only <part>', 'run a part of it').choices(['workflows', 'sql']))
    .option('--workspace <name>', 'for one workspace')
    .action(run((options) => worker(io, options)));
  command('status [group]', 'show the state of one group, or of all')
    .option('--watch', 'look again and again')
    .option('--json', 'for machines, with the versions of the tables')
    .action(run((group: string | undefined, options) => status(io, group, options)));
  command('sync <group>', 'sync the newest finished run now')
    .option('--wait', 'follow it to its end')
    .action(run((group: string, options) => sync(io, group, options)));
  command('pause <group>', 'stop syncing a group; a failover still works').action(
    run((group: string, options) => simpleRequest(io, 'pause', group, options)),
  );
  command('resume <group>', 'sync again, after a pause or a hold').action(
    run((group: string, options) => simpleRequest(io, 'resume', group, options)),
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
    .action(run((groups: string[], options) => failover(io, groups, options)));
  command('history <group>', 'show what happened to a group, newest first')
    .option('--json', 'for machines, every row of the ledger')
    .action(run((group: string, options) => history(io, group, options)));
  command('explain <group>', 'tell which run makes the next recovery point, which version of each table, and why')
    .option('--run <id>', 'explain this run instead of the newest')
    .option('--json', 'for machines')
    .action(run((group: string, options) => explain(io, group, options)));
  command('report', 'write one HTML page about all groups: lag and data over time, recovery points, failures')
    .option('--out <file>', 'file to write', 'lakehouse-dr-report.html')
    .action(run((options) => report(io, version, options)));
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
