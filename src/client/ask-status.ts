import type { Client } from '@temporalio/client';
import { isGrpcServiceError, QueryRejectedError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { GroupRef } from '../domain/spec.js';
import type { GroupStatus } from '../domain/status.js';
import { entityId, statusQuery } from '../workflows/messages.js';
import { CliError, exitCodes } from './exit.js';
import { queryTimeoutMs } from './temporal.js';

/** What a group's workflow answers, or why it doesn't. */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly status: GroupStatus }
  /** Nobody started it: `apply` was not run, or it was terminated. */
  | { readonly kind: 'not-running' }
  /** It runs, but no worker is there to answer for it. Signals are kept until one is. */
  | { readonly kind: 'no-worker' };

/** gRPC codes with which the server says that no worker took the query: FAILED_PRECONDITION at once, else a time-out. */
const noWorkerCodes: readonly number[] = [4, 9, 1];

export async function askStatus(client: Client, ref: GroupRef): Promise<StatusAnswer> {
  const handle = client.workflow.getHandle(entityId(ref));
  try {
    const status = await client.withDeadline(Date.now() + queryTimeoutMs, () => handle.query(statusQuery));
    return { kind: 'status', status };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError) return { kind: 'not-running' };
    const cause = error instanceof ServiceError ? error.cause : error;
    if (isGrpcServiceError(cause) && noWorkerCodes.includes(cause.code)) return { kind: 'no-worker' };
    throw error;
  }
}

/** An answer that says why there is none, for commands that can't go on without. */
export function noStatus(ref: GroupRef, { kind }: { readonly kind: 'not-running' | 'no-worker' }): CliError {
  const name = `${ref.workspace}/${ref.group}`;
  return kind === 'not-running'
    ? new CliError(exitCodes.refused, `The group ${name} is not running.`, 'Start it with `lakehouse-dr apply`.')
    : new CliError(
        exitCodes.failed,
        `No worker answers for the group ${name}.`,
        'Start one with `lakehouse-dr worker`.',
      );
}
