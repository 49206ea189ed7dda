/** Every workflow that a chaos run left behind, replayed: code whose decisions depend on anything but its history shows here. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { bundlePath } from '../../src/worker/bundle-path.js';

const { WorkflowTaskFailedCause } = proto.temporal.api.enums.v1;

type History = NonNullable<Parameters<typeof Worker.runReplayHistory>[1]>;

/** A replay that fails is told in a sentence, not in a page of warnings. Once in a process, before anything is replayed. */
export function silenceReplays(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF' } },
  });
}

/** Tasks that fail by design: a signal came meanwhile, or an operator has reset the workflow. */
const harmless: readonly (number | null | undefined)[] = [
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE,
];

/**
 * @param folder where histories are kept that are not as they should be
 * @returns a sentence per workflow whose history can't be replayed, or holds a task that its code failed
 */
export async function replayProblems(client: Client, folder: string): Promise<string[]> {
  const histories: { workflowId: string; history: History }[] = [];
  const failed: string[] = [];
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const name = `${type} ${runId}`;
    histories.push({ workflowId: name, history });
    for (const { eventId, workflowTaskFailedEventAttributes: task } of history.events ?? []) {
      if (task && !harmless.includes(task.cause))
        failed.push(`${name} failed its task before event ${eventId}: ${task.failure?.message}`);
    }
  }
  const replays = Worker.runReplayHistories({ workflowBundle: { codePath: bundlePath() } }, histories);
  for await (const { workflowId, error } of replays) {
    if (!error) continue;
    failed.push(`${workflowId} does not replay: ${error.message}`);
    keep(folder, workflowId, histories.find((each) => each.workflowId === workflowId)?.history);
  }
  return histories.length === 0 ? ['there was no workflow to replay'] : failed;
}

function keep(folder: string, name: string, history: History | undefined): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replaceAll(/[^\w-]/g, '_')}.json`), JSON.stringify(history, null, 1));
}
