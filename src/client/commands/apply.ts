import type { Client } from '@temporalio/client';
import type { DrConfig, GroupConfig } from '../../config/index.js';
import { groupsOf } from '../../config/index.js';
import { acceptBaseline } from '../apply/baseline.js';
import { carryOut } from '../apply/carry-out.js';
import type { Change } from '../apply/difference.js';
import { changeText, differences } from '../apply/difference.js';
import { ledgers } from '../apply/ledgers.js';
import type { ExitCode } from '../exit.js';
import { groupNamed } from '../group-names.js';
import type { Io } from '../io.js';
import { withProgress } from '../io.js';
import type { CommonOptions } from '../load.js';
import { configFor } from '../load.js';
import { withTemporal } from '../temporal.js';
import { indented } from '../text.js';

/** `plan`: says what `apply` would change, and changes nothing. */
export async function plan(io: Io, options: CommonOptions): Promise<ExitCode> {
  const config = await configFor(io, options);
  return withTemporal(io, async (client) => {
    const changes = await withProgress(io, 'comparing with Temporal', differences(client, config));
    const { lines, exitCode } = await withProgress(io, 'looking for the ledgers', ledgers(io, config, 'look'));
    const retire = changes.filter(isRetirement);
    const todo = [
      ...changes.filter((change) => !isRetirement(change)).map((change) => changeText(config, change)),
      ...lines,
    ];
    io.out(
      todo.length === 0
        ? 'Nothing to change.\n'
        : `To change:\n${todo.map((line) => indented(line, io.columns)).join('')}`,
    );
    if (retire.length > 0) {
      const list = retire.map((change) => indented(changeText(config, change), io.columns)).join('');
      io.out(`Only with \`apply --retire\`:\n${list}`);
    }
    return exitCode;
  });
}

export interface ApplyOptions extends CommonOptions {
  readonly retire?: boolean;
  /** Groups by name; true: all of them. */
  readonly acceptBaseline?: true | readonly string[];
}

/** `apply`: makes what runs agree with the configuration. Repeating it changes nothing. */
export async function apply(io: Io, options: ApplyOptions): Promise<ExitCode> {
  const config = await configFor(io, options);
  return withTemporal(io, async (client) => {
    // Ledgers first: a group that starts writes into them.
    const ledger = await withProgress(io, 'looking for the ledgers', ledgers(io, config, 'create'));
    for (const line of ledger.lines) io.out(indented(line, io.columns));
    const accepted = await acceptBaselines(io, client, config, groupsToAccept(config, options.acceptBaseline));
    for (const line of accepted) io.out(indented(line, io.columns));
    const changes = await withProgress(io, 'comparing with Temporal', differences(client, config));
    const chosen = changes.filter((change) => options.retire === true || !isRetirement(change));
    for (const change of chosen) {
      await withProgress(io, changeText(config, change), carryOut(client, change));
      io.out(indented(changeText(config, change), io.columns));
    }
    const left = changes.filter((change) => !chosen.includes(change));
    for (const change of left) io.err(`Not done without --retire: ${changeText(config, change)}\n`);
    io.out(chosen.length + ledger.lines.length + accepted.length === 0 ? 'Nothing to change.\n' : 'Applied.\n');
    return ledger.exitCode;
  });
}

/** One group after the other: each asks about all its tables at once. */
async function acceptBaselines(
  io: Io,
  client: Client,
  config: DrConfig,
  groups: readonly GroupConfig[],
): Promise<string[]> {
  const lines: string[] = [];
  for (const group of groups) {
    const line = await withProgress(
      io,
      `reading the target tables of ${group.group}`,
      acceptBaseline(io, client, config, group),
    );
    if (line !== null) lines.push(line);
  }
  return lines;
}

/** @throws CliError for a name that no group has */
function groupsToAccept(config: DrConfig, names: ApplyOptions['acceptBaseline']): readonly GroupConfig[] {
  if (names === undefined) return [];
  return names === true ? groupsOf(config) : names.map((name) => groupNamed(config, name));
}

const isRetirement = ({ kind }: Change): boolean => kind === 'retire-group';
