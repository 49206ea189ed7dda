import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { isGrpcServiceError, ServiceError, WorkflowIdConflictPolicy, WorkflowNotFoundError } from '@temporalio/client';
import { assertNever } from '../../domain/assert-never.js';
import type { GroupRef } from '../../domain/spec.js';
import type { ProtectGroupInput } from '../../workflows/messages.js';
import { entityId, switchOverId, syncRunId, workflowQueue, workflowTypes } from '../../workflows/messages.js';
import { CliError, exitCodes } from '../exit.js';
import type { Change } from './difference.js';
import { describeSchedule, isRunning } from './difference.js';
import { scheduleAttributes } from './schedule.js';
import { addSearchAttributes } from './search-attributes.js';

/** Makes one change in Temporal. Repeating it does no harm. */
export async function carryOut(client: Client, change: Change): Promise<void> {
  switch (change.kind) {
    case 'add-search-attributes':
      return addSearchAttributes(client, change.names);
    case 'create-schedule':
      await onceAttributesAreKnown(() => client.schedule.create(change.wanted));
      return;
    case 'update-schedule':
      // The operator's pause and note are in `state`, which is handed back as it is.
      return onceAttributesAreKnown(() =>
        client.schedule.getHandle(change.wanted.scheduleId).update(({ state }) => ({ ...change.wanted, state })),
      );
    case 'start-group':
      return onceAttributesAreKnown(() => startGroup(client, change.group));
    case 'retire-group':
      return retireGroup(client, change.ref);
    default:
      return assertNever(change);
  }
}

async function startGroup(client: Client, { workspace, group }: GroupRef): Promise<void> {
  const input: ProtectGroupInput = { workspace, group };
  await client.workflow.start<(input: ProtectGroupInput) => Promise<void>>(workflowTypes.protectGroup, {
    workflowId: entityId(input),
    taskQueue: workflowQueue,
    args: [input],
    typedSearchAttributes: scheduleAttributes(input),
    staticSummary: `protects ${workspace}/${group}`,
    // Somebody may have started it since it was looked for.
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  });
}

/**
 * Schedule first, so that no tick starts the group again.
 *
 * @throws CliError exit code 3 while a sync or a switch is under way
 */
async function retireGroup(client: Client, ref: GroupRef): Promise<void> {
  for (const childId of [syncRunId(ref), switchOverId(ref)]) {
    if (!(await isRunning(client, childId))) continue;
    // It would go on alone, and leave the group in a state that nobody looks after.
    throw new CliError(
      exitCodes.refused,
      `${childId} is running, so the group can't be retired now.`,
      'Wait for its end, then apply again.',
    );
  }
  const id = entityId(ref);
  if ((await describeSchedule(client, id)) !== null) await client.schedule.getHandle(id).delete();
  try {
    await client.workflow.getHandle(id).terminate('retired: not configured any more');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

const invalidArgument = 3;
const tries = 30;

/** A server needs some seconds before it accepts a search attribute that was just added. */
async function onceAttributesAreKnown<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const cause = error instanceof ServiceError ? error.cause : error;
      const unknownAttribute =
        isGrpcServiceError(cause) && cause.code === invalidArgument && /search attribute/i.test(cause.details);
      if (!unknownAttribute || attempt === tries) throw error;
      await sleep(1_000);
    }
  }
}
