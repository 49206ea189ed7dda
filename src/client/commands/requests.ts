import type { GroupConfig } from '../../config/index.js';
import type { GroupStatus } from '../../domain/status.js';
import type { ExitCode } from '../exit.js';
import { exitCodes } from '../exit.js';
import { groupNamed } from '../group-names.js';
import type { Io } from '../io.js';
import { withProgress } from '../io.js';
import type { CommonOptions } from '../load.js';
import { configFor } from '../load.js';
import { outcomeExitCode, outcomeText } from '../outcome.js';
import type { RequestName } from '../request.js';
import { answerLimitMs, followRequest, newRequest, sendRequest } from '../request.js';
import { recoveryPointText } from '../status-text.js';
import { SyncSteps } from '../sync-steps.js';
import { withTemporal } from '../temporal.js';
import { hanging, indented } from '../text.js';

/** `pause GROUP`, `resume GROUP`: asks, and says what the group answered. */
export async function simpleRequest(
  io: Io,
  name: Extract<RequestName, 'pause' | 'resume'>,
  groupName: string,
  options: CommonOptions,
): Promise<ExitCode> {
  const group = groupNamed(await configFor(io, options), groupName);
  return withTemporal(io, async (client) => {
    const request = newRequest();
    await sendRequest(client, group, name, request);
    const following = followRequest(io, client, group, request.requestId, { limitMs: answerLimitMs, toTheEnd: false });
    return sayOutcome(io, name, group, await withProgress(io, 'waiting for the answer', following));
  });
}

export interface SyncOptions extends CommonOptions {
  readonly wait?: boolean;
}

/** `sync GROUP`: syncs the newest finished run now; with `--wait` step by step to its end. */
export async function sync(io: Io, groupName: string, options: SyncOptions): Promise<ExitCode> {
  const group = groupNamed(await configFor(io, options), groupName);
  return withTemporal(io, async (client) => {
    const request = newRequest();
    await sendRequest(client, group, 'syncNow', request);
    if (options.wait !== true) {
      const following = followRequest(io, client, group, request.requestId, {
        limitMs: answerLimitMs,
        toTheEnd: false,
      });
      return sayOutcome(io, 'sync', group, await withProgress(io, 'waiting for the answer', following));
    }
    const steps = new SyncSteps(client, group);
    // What an earlier sync did is not news.
    await steps.next();
    let phase: GroupStatus['phase'] | null = null;
    const ended = await followRequest(io, client, group, request.requestId, {
      toTheEnd: true,
      onStatus: async (status) => {
        if (status.phase !== phase) io.err(`${status.phase.replaceAll('-', ' ')}\n`);
        phase = status.phase;
        for (const step of await steps.next()) io.err(`  ${step}\n`);
      },
    });
    const code = sayOutcome(io, 'sync', group, ended);
    if (ended !== null) io.out(indented(`recovery point: ${recoveryPointText(ended.status, io.now())}`, io.columns));
    return code;
  });
}

/** Says how a request stands; a group without a worker has it waiting. */
export function sayOutcome(
  io: Io,
  what: string,
  { workspace, group }: GroupConfig,
  ended: Awaited<ReturnType<typeof followRequest>>,
): ExitCode {
  const name = `${workspace}/${group}`;
  if (ended === null) {
    io.out(`${name}: ${what} sent\n`);
    io.err(indented('No worker has answered yet; it takes effect as soon as one runs.', io.columns));
    return exitCodes.done;
  }
  const { line, remedy } = outcomeText(ended.request, ended.status);
  io.out(hanging(`${name}: ${what}: ${line}`, io.columns));
  if (remedy !== null) io.err(indented(remedy, io.columns));
  return outcomeExitCode(ended.request);
}
