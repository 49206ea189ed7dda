import { createHash } from 'node:crypto';
import type { ScheduleDescription, ScheduleOptions, ScheduleOptionsStartWorkflowAction } from '@temporalio/client';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { GroupConfig } from '../../config/index.js';
import type { GroupRef } from '../../domain/spec.js';
import type { SyncTickInput } from '../../workflows/messages.js';
import { entityId, searchAttributes, workflowQueue, workflowTypes } from '../../workflows/messages.js';

/** The Schedule of a group, whose tick asks the group's entity to look for something to sync. */

/** Older than this a tick is of no use: the next one looks at everything anyway. */
const catchupWindowMs = 60_000;

/** Under this key the action's memo carries the hash of what `apply` wanted, to be compared with at the next one. */
const memoKey = 'drSchedule';

export const scheduleAttributes = ({ workspace, group }: GroupRef): TypedSearchAttributes =>
  new TypedSearchAttributes([
    { key: searchAttributes.workspace, value: workspace },
    { key: searchAttributes.group, value: group },
  ]);

type SyncTickAction = ScheduleOptionsStartWorkflowAction<(input: SyncTickInput) => Promise<void>>;

/** What the configuration wants. Without `state`: whether it is paused is the operator's affair. */
export type WantedSchedule = Omit<ScheduleOptions<SyncTickAction>, 'state' | 'memo'> & {
  readonly spec: { readonly intervals: [{ every: number; offset: number }] } | { readonly cronExpressions: [string] };
};

export function wantedSchedule(group: GroupConfig): WantedSchedule {
  const { workspace, group: name } = group;
  const id = entityId(group);
  const spec: WantedSchedule['spec'] =
    group.syncCron === null
      ? { intervals: [intervalOf(id, group.syncIntervalMinutes)] }
      : { cronExpressions: [group.syncCron] };
  const policies = {
    // The tick only sends a signal; one that still runs has no worker, and a second one would wait beside it.
    overlap: ScheduleOverlapPolicy.SKIP,
    catchupWindow: catchupWindowMs,
    // A failed tick must never stop the ticks after it.
    pauseOnFailure: false,
  };
  const summary = `looks whether ${workspace}/${name} has something to sync`;
  return {
    scheduleId: id,
    spec,
    policies,
    typedSearchAttributes: scheduleAttributes(group),
    action: {
      type: 'startWorkflow',
      workflowType: workflowTypes.syncTick,
      taskQueue: workflowQueue,
      workflowId: `${id}/tick`,
      args: [{ workspace, group: name }],
      typedSearchAttributes: scheduleAttributes(group),
      staticSummary: summary,
      memo: { [memoKey]: hashOf([spec, policies, summary]) },
    },
  };
}

/** Groups of one interval are spread over it by the hash of their id, so that not all of them start at once. */
function intervalOf(id: string, minutes: number): { every: number; offset: number } {
  // The server keeps whole seconds.
  const everySeconds = Math.max(1, Math.round(minutes * 60));
  const offsetSeconds = createHash('sha256').update(id).digest().readUInt32BE() % everySeconds;
  return { every: everySeconds * 1_000, offset: offsetSeconds * 1_000 };
}

/** In what an existing Schedule differs from the wanted one; empty when it does not. */
export function scheduleDifferences(wanted: WantedSchedule, found: ScheduleDescription): string[] {
  const differences: string[] = [];
  // The server rewrites cron expressions to calendars, so that only their hash can be compared.
  if ('intervals' in wanted.spec) {
    const [wish] = wanted.spec.intervals;
    const [only, ...more] = found.spec.intervals ?? [];
    const same = only?.every === wish.every && only?.offset === wish.offset;
    if (!same || more.length > 0 || isNotEmpty(found.spec.calendars)) {
      differences.push(`every ${wish.every / 1_000} s`);
    }
  }
  const { overlap, catchupWindow, pauseOnFailure } = found.policies;
  if (overlap !== ScheduleOverlapPolicy.SKIP || catchupWindow !== catchupWindowMs || pauseOnFailure)
    differences.push('policies');
  const { action } = found;
  if (
    action.workflowType !== wanted.action.workflowType ||
    action.taskQueue !== wanted.action.taskQueue ||
    JSON.stringify(action.args) !== JSON.stringify(wanted.action.args) ||
    action.memo?.[memoKey] !== wanted.action.memo?.[memoKey]
  ) {
    differences.push('what it starts');
  }
  return differences;
}

const isNotEmpty = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;

const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
