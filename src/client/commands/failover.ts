import type { Client } from '@temporalio/client';
import type { DrConfig, GroupConfig } from '../../config/index.js';
import { inParallel } from '../../domain/in-parallel.js';
import type { Region } from '../../domain/region.js';
import type { FailoverRequest } from '../../workflows/messages.js';
import type { StatusAnswer } from '../ask-status.js';
import { askStatus, noStatus } from '../ask-status.js';
import type { ExitCode } from '../exit.js';
import { CliError, exitCodes } from '../exit.js';
import { explainFailure } from '../explain-failure.js';
import type { GroupSelection } from '../group-names.js';
import { groupsNamed, shortName } from '../group-names.js';
import type { Io } from '../io.js';
import { withProgress } from '../io.js';
import type { CommonOptions } from '../load.js';
import { configFor } from '../load.js';
import { answerLimitMs, followRequest, newRequest, sendRequest } from '../request.js';
import { pointName, recoveryPointText } from '../status-text.js';
import { withTemporal } from '../temporal.js';
import { counted, indented } from '../text.js';
import { sayOutcome } from './requests.js';

export interface FailoverOptions extends CommonOptions, GroupSelection {
  readonly to: Region;
  readonly reason?: string;
  readonly recoveryPoint?: string;
  readonly acceptLoss?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
  /** Groups that are switched at the same time; each one's end makes room for the next. */
  readonly concurrency?: number;
}

type Candidate = { readonly group: GroupConfig; readonly answer: StatusAnswer };

/** `failover GROUP…`: says what it will cost, asks, then tells each group to switch; works while the other region is dark. */
export async function failover(io: Io, names: readonly string[], options: FailoverOptions): Promise<ExitCode> {
  const config = await configFor(io, options);
  const groups = groupsNamed(config, names, options);
  if (options.recoveryPoint !== undefined && groups.length > 1) {
    throw new CliError(exitCodes.badUsage, 'A recovery point belongs to one group.', 'Name that group alone.');
  }
  return withTemporal(io, async (client) => {
    const asking = Promise.all(groups.map(async (group) => ({ group, answer: await askStatus(client, group) })));
    const candidates = await withProgress(io, 'asking the groups for their recovery points', asking);
    for (const candidate of candidates) io.out(forecast(io, config, candidate, options));
    const able = candidates.filter(({ answer }) => answer.kind !== 'not-running');
    if (able.length > 0 && options.yes !== true) await confirm(io, able.length, options.to);
    // In the order of priority; without a limit all at once.
    const codes = await inParallel(able, options.concurrency ?? able.length, ({ group }) =>
      switchOne(io, client, group, options),
    );
    return worstOf(able.length < candidates.length ? [...codes, exitCodes.refused] : codes);
  });
}

/** What a user should know before saying yes: the state to come back with, and what will be missing from it. */
function forecast(io: Io, config: DrConfig, { group, answer }: Candidate, options: FailoverOptions): string {
  const title = `${shortName(config, group)}: failover to the ${options.to} region\n`;
  if (answer.kind === 'not-running') {
    const { message, remedy } = noStatus(group, answer);
    return `${title}${indented(`${message} ${remedy}`, io.columns)}`;
  }
  if (answer.kind === 'no-worker') {
    return `${title}${indented('No worker answers, so its recovery point is not known here. The failover begins when a worker runs.', io.columns)}`;
  }
  const { status } = answer;
  if (status.activeRegion === options.to) {
    return `${title}${indented('It is active there already: nothing will change.', io.columns)}`;
  }
  const named = status.recoveryPoints.find(({ runId }) => runId !== null && runId === options.recoveryPoint);
  const point =
    options.recoveryPoint === undefined
      ? recoveryPointText(status, io.now())
      : named === undefined
        ? `run ${options.recoveryPoint}, which is not among those kept; the ledger decides`
        : pointName(named);
  // Points newer than a named one are given up with it.
  const newerPoints = named === undefined ? 0 : status.recoveryPoints.indexOf(named);
  const lostRuns = status.runsBehind + newerPoints;
  const loss =
    status.recoveryPoint === null
      ? 'There is no recovery point, so the request will be refused.'
      : `Lost: ${lostRuns === 0 ? 'no finished run that is known' : counted(lostRuns, 'finished run')}, and what an unfinished run has written.`;
  return `${title}${indented(`Recovery point: ${point}\n${loss}`, io.columns)}`;
}

/** @throws CliError exit code 2 without a person to ask, 3 when the answer is no */
async function confirm(io: Io, count: number, to: Region): Promise<void> {
  if (!io.interactive) {
    throw new CliError(
      exitCodes.badUsage,
      'Nobody is here to be asked, and nothing was done.',
      'Add --yes to go ahead.',
    );
  }
  const answer = await io.ask(`Fail over ${counted(count, 'group')} to the ${to} region? Type "yes": `);
  if (answer.trim().toLowerCase() === 'yes') return;
  throw new CliError(exitCodes.refused, 'Nothing was done.', 'Type "yes" to go ahead, or use --yes.');
}

/** One group's failure must not keep the others from being switched, so it becomes an exit code here. */
async function switchOne(io: Io, client: Client, group: GroupConfig, options: FailoverOptions): Promise<ExitCode> {
  const request = { ...newRequest(options.reason), ...payload(options) };
  // With a limit of groups at a time, the next one begins when this one has ended.
  const toTheEnd = options.wait === true || options.concurrency !== undefined;
  try {
    await sendRequest(client, group, 'failover', request);
    let phase = '';
    const following = followRequest(io, client, group, request.requestId, {
      ...(toTheEnd ? {} : { limitMs: answerLimitMs }),
      toTheEnd,
      onStatus: (status) => {
        if (toTheEnd && status.phase !== phase)
          io.err(`${group.workspace}/${group.group}: ${status.phase.replaceAll('-', ' ')}\n`);
        phase = status.phase;
      },
    });
    const ended = await (toTheEnd ? following : withProgress(io, 'waiting for the answer', following));
    const code = sayOutcome(io, 'failover', group, ended);
    if (ended?.request.outcome === 'done') {
      const { activeRegion, fencePending } = ended.status;
      io.out(
        indented(`active in the ${activeRegion} region with ${recoveryPointText(ended.status, io.now())}`, io.columns),
      );
      if (fencePending && group.job !== null)
        io.err(indented('The job in the former region is not stopped yet; that is tried until it holds.', io.columns));
    }
    return code;
  } catch (error) {
    const { exitCode, message, remedy } = explainFailure(error);
    io.err(`${group.workspace}/${group.group}: ${message}\n${remedy === null ? '' : indented(remedy, io.columns)}`);
    return exitCode;
  }
}

const payload = ({ to, recoveryPoint, acceptLoss }: FailoverOptions): FailoverRequest => ({
  to,
  ...(recoveryPoint === undefined ? {} : { recoveryPoint }),
  ...(acceptLoss === undefined ? {} : { acceptLoss }),
});

/** A failure outweighs a refusal: both need a person, but only the first may have left something half done. */
function worstOf(codes: readonly ExitCode[]): ExitCode {
  const order = [exitCodes.failed, exitCodes.unreachable, exitCodes.refused, exitCodes.badUsage];
  return order.find((code) => codes.includes(code)) ?? exitCodes.done;
}
