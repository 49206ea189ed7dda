import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Io } from '../../client/io.js';
import { downPair } from './command-down.js';
import { setFault } from './command-fault.js';
import { runJob } from './command-run-job.js';
import { tellTruth } from './command-truth.js';

const defaultDir = 'var/local';
const dirOption = (): Option => new Option('--dir <folder>', 'folder of the pair').default(defaultDir);
const regionOption = (): Option => new Option('--region <region>', 'which region').choices(['primary', 'secondary']);

/** Adds the commands of the embedded region pair: `local up|down|fault|run-job|truth`. */
export function addLocalCommands(program: Command, io: Io): void {
  const local = program.command('local').description('a pair of regions on this machine, to try everything with');

  local
    .command('up')
    .description('start the pair and keep it running until interrupted')
    .addOption(dirOption())
    .option('--no-temporal', 'without a Temporal dev server')
    .action(async (options) => {
      // Loaded only here: the other commands need neither engine nor servers, and should answer at once.
      const { upPair } = await import('./command-up.js');
      await upPair(io, options);
    });

  local
    .command('down')
    .description('stop the pair that runs in the folder')
    .addOption(dirOption())
    .action((options) => downPair(io, options));

  local
    .command('fault')
    .description('break a region, or a part of it, or mend it again (none)')
    .argument('<fault>', 'outage, hang, latency MS, http STATUS RATE, drop-response, die-half-way, orphan, none')
    .argument('[values...]', 'values of the fault')
    .addOption(regionOption().makeOptionMandatory())
    .addOption(new Option('--part <part>', 'only this part; default all').choices(['control', 'warehouse', 'storage']))
    .addOption(new Option('--seed <number>', 'makes the random choices of the fault repeatable').argParser(wholeNumber))
    .addOption(dirOption())
    .action((fault, values, options) => setFault(io, fault, values, options));

  local
    .command('run-job')
    .description('run a sample job and print the id of the run')
    .argument('<name>', 'name of the job')
    .addOption(regionOption().default('primary'))
    .option('--wait', 'wait for the end; exit 1 if the run does not succeed')
    .option('--fail-at <task>', 'make this task fail after it has written something')
    .addOption(new Option('--step-delay <ms>', 'pause between statements, inside a task too').argParser(wholeNumber))
    .addOption(dirOption())
    .action((name, options) => runJob(io, name, options));

  local
    .command('truth')
    .description('what each run left behind, as the job engine recorded it')
    .option('--json', 'as JSON')
    .addOption(dirOption())
    .action((options) => tellTruth(io, options));
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return value;
}
