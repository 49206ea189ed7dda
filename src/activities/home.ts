import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { groupSettings, groupSpec } from '../config/index.js';
import { entityId, signals, workflowQueue, workflowTypes } from '../workflows/messages.js';
import type { HomeActivities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { notYet } from './waiting.js';

const closePollMs = 1000;

/** Steps that talk to no region: the worker's own config, mail, Temporal. */
export const createHomeActivities = (deps: ActivityDeps): HomeActivities => ({
  loadGroup: async (group) => groupSettings(deps.config(), group),
  loadSpec: async (group) => groupSpec(deps.config(), group),
  notify: (group, event) => deps.sendMail(group, event),
  async startEntity(group) {
    await getClient().workflow.signalWithStart(workflowTypes.protectGroup, {
      workflowId: entityId(group),
      taskQueue: workflowQueue,
      args: [group],
      signal: signals.syncDue,
      signalArgs: [],
    });
  },
  async awaitClosed(workflowId) {
    if (await isRunning(workflowId)) throw notYet(`${workflowId} still runs`, closePollMs);
  },
});

async function isRunning(workflowId: string): Promise<boolean> {
  try {
    return (await getClient().workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (thrown) {
    if (thrown instanceof WorkflowNotFoundError) return false;
    throw thrown;
  }
}
