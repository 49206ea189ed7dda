import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { GroupRef } from '../domain/spec.js';
import type { GroupStatus, RequestStatus } from '../domain/status.js';
import type { Request } from '../workflows/messages.js';
import { entityId, signals } from '../workflows/messages.js';
import { askStatus, noStatus } from './ask-status.js';
import { CliError, exitCodes } from './exit.js';
import type { Io } from './io.js';

/** Requests that a group answers in `status.requests`. */
export type RequestName = Exclude<keyof typeof signals, 'syncDue'>;

/** Id and name of who asks: a repeat of the same id is ignored, and the ledger records the name. */
export function newRequest(reason?: string): Required<Pick<Request, 'requestId' | 'requestedBy'>> & Request {
  return { requestId: randomUUID(), requestedBy: userName(), ...(reason === undefined ? {} : { reason }) };
}

/** A user without an entry in the system's list (usual in containers) has no name to give. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** Signals a running group. @throws CliError exit code 3 when the group does not run */
export async function sendRequest(client: Client, ref: GroupRef, name: RequestName, request: Request): Promise<void> {
  try {
    await client.workflow.getHandle(entityId(ref)).signal(signals[name], request);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw noStatus(ref, { kind: 'not-running' });
    throw error;
  }
}

const lookEveryMs = 1_000;

/** A worker that runs answers a signal within this. */
export const answerLimitMs = 10_000;

export interface FollowOptions {
  /** How long to wait for the request's first sight; undefined: as long as it takes. */
  readonly limitMs?: number;
  /** Whether to wait on while the request is being worked on. */
  readonly toTheEnd: boolean;
  readonly onStatus?: (status: GroupStatus) => Promise<void> | void;
}

/**
 * Waits until a request shows in the group's state, or to its end; null when no worker answered in time.
 *
 * @throws CliError exit code 1 when the user stops waiting; 3 when the group stopped running
 */
export async function followRequest(
  io: Io,
  client: Client,
  ref: GroupRef,
  requestId: string,
  { limitMs, toTheEnd, onStatus }: FollowOptions,
): Promise<{ readonly request: RequestStatus; readonly status: GroupStatus } | null> {
  const deadline = limitMs === undefined ? Number.POSITIVE_INFINITY : io.now() + limitMs;
  let saidNoWorker = false;
  let seen = false;
  for (;;) {
    const answer = await askStatus(client, ref);
    if (answer.kind === 'not-running') throw noStatus(ref, answer);
    if (answer.kind === 'status') {
      await onStatus?.(answer.status);
      const request = answer.status.requests.find(({ id }) => id === requestId);
      if (request !== undefined && (!toTheEnd || request.outcome !== 'accepted')) {
        return { request, status: answer.status };
      }
      if (seen && request === undefined) throw forgotten(ref);
      seen ||= request !== undefined;
    } else if (toTheEnd && !saidNoWorker) {
      io.err(`No worker answers for ${ref.workspace}/${ref.group}; it will be done as soon as one runs.\n`);
      saidNoWorker = true;
    }
    if (io.now() >= deadline) return null;
    await pause(io);
  }
}

/** A group that was terminated and started anew knows its recovery points from the ledgers, but no open request. */
const forgotten = (ref: GroupRef): CliError =>
  new CliError(
    exitCodes.failed,
    `${ref.workspace}/${ref.group} was started anew and has forgotten the request.`,
    'See `lakehouse-dr status`, and ask again.',
  );

/** @throws CliError exit code 1 when the user stops waiting */
async function pause(io: Io): Promise<void> {
  await sleep(lookEveryMs, undefined, { signal: io.interrupted }).catch(() => undefined);
  if (!io.interrupted.aborted) return;
  throw new CliError(exitCodes.failed, 'Stopped waiting; what was asked for goes on.', 'See `lakehouse-dr status`.');
}
