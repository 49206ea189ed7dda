import type { Client, ScheduleDescription } from '@temporalio/client';
import { ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import type { DrConfig, GroupConfig } from '../../config/index.js';
import { groupsOf } from '../../config/index.js';
import type { GroupRef } from '../../domain/spec.js';
import { entityId, workflowTypes } from '../../workflows/messages.js';
import { shortName } from '../group-names.js';
import { counted } from '../text.js';
import type { WantedSchedule } from './schedule.js';
import { rhythm, scheduleDifferences, wantedSchedule } from './schedule.js';
import { missingSearchAttributes } from './search-attributes.js';

/** One thing in Temporal that differs from the configuration. */
export type Change =
  | { readonly kind: 'add-search-attributes'; readonly names: readonly string[] }
  | { readonly kind: 'create-schedule'; readonly group: GroupConfig; readonly wanted: WantedSchedule }
  | {
      readonly kind: 'update-schedule';
      readonly group: GroupConfig;
      readonly wanted: WantedSchedule;
      readonly differences: readonly string[];
      /** An operator paused it, and it stays so. */
      readonly paused: boolean;
    }
  | { readonly kind: 'start-group'; readonly group: GroupConfig }
  /** Runs, but is not configured any more. Carried out only when asked for. */
  | { readonly kind: 'retire-group'; readonly ref: GroupRef };

/** What `apply` would do in Temporal, in the order of doing it; empty when all is as configured. */
export async function differences(client: Client, config: DrConfig): Promise<Change[]> {
  const missing = await missingSearchAttributes(client);
  const perGroup = await Promise.all(groupsOf(config).map((group) => groupDifferences(client, group)));
  const configured = new Set(groupsOf(config).map((group) => entityId(group)));
  const gone = (await knownGroups(client)).filter((ref) => !configured.has(entityId(ref)));
  return [
    ...(missing.length === 0 ? [] : [{ kind: 'add-search-attributes' as const, names: missing }]),
    ...perGroup.flat(),
    ...gone.map((ref) => ({ kind: 'retire-group' as const, ref })),
  ];
}

async function groupDifferences(client: Client, group: GroupConfig): Promise<Change[]> {
  const wanted = wantedSchedule(group);
  const [found, runs] = await Promise.all([
    describeSchedule(client, wanted.scheduleId),
    isRunning(client, entityId(group)),
  ]);
  const changes: Change[] = runs ? [] : [{ kind: 'start-group', group }];
  if (found === null) return [...changes, { kind: 'create-schedule', group, wanted }];
  const different = scheduleDifferences(wanted, found);
  if (different.length === 0) return changes;
  return [...changes, { kind: 'update-schedule', group, wanted, differences: different, paused: found.state.paused }];
}

export async function describeSchedule(client: Client, scheduleId: string): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(scheduleId).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

export async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Every group that has a Schedule or a running entity, whoever configured it. */
async function knownGroups(client: Client): Promise<GroupRef[]> {
  const ids = new Set<string>();
  for await (const { scheduleId } of client.schedule.list()) ids.add(scheduleId);
  const query = `WorkflowType="${workflowTypes.protectGroup}" AND ExecutionStatus="Running"`;
  for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
  return [...ids].map(refOf).filter((ref) => ref !== null);
}

function refOf(id: string): GroupRef | null {
  const [prefix, workspace, group, ...rest] = id.split('/');
  return prefix === 'dr' && workspace !== undefined && group !== undefined && rest.length === 0
    ? { workspace, group }
    : null;
}

/** A change as a line of a plan. */
export function changeText(config: DrConfig, change: Change): string {
  switch (change.kind) {
    case 'add-search-attributes':
      return `add search attributes ${change.names.join(', ')}`;
    case 'create-schedule':
      return `create the Schedule of ${shortName(config, change.group)} (${rhythm(change.wanted.spec)})`;
    case 'update-schedule':
      return `update the Schedule of ${shortName(config, change.group)}: ${change.differences.join(', ')}${change.paused ? '; it stays paused' : ''}`;
    case 'start-group':
      return `start protecting ${shortName(config, change.group)} (${counted(change.group.tables.length, 'table')})`;
    case 'retire-group':
      return `retire ${change.ref.workspace}/${change.ref.group}, which is not configured any more`;
  }
}
