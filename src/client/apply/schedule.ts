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

/**
 * Under this key the action's memo says when the Schedule was asked to fire: the server rewrites cron expressions to
 * calendars, which can't be compared with the configuration.
 */
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
      staticSummary: `looks whether ${workspace}/${name} has something to sync`,
      memo: { [memoKey]: rhythm(spec) },
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

/** When a Schedule fires, for people. */
export const rhythm = (spec: WantedSchedule['spec']): string =>
  'intervals' in spec ? `every ${spec.intervals[0].every / 60_000} min` : `cron ${spec.cronExpressions[0]} UTC`;

/** In what an existing Schedule differs from the wanted one; empty when it does not. */
export function scheduleDifferences(wanted: WantedSchedule, found: ScheduleDescription): string[] {
  const { overlap, catchupWindow, pauseOnFailure } = found.policies;
  const { workflowType, taskQueue, args } = found.action;
  const samePolicies = overlap === ScheduleOverlapPolicy.SKIP && catchupWindow === catchupWindowMs && !pauseOnFailure;
  const sameAction =
    workflowType === wanted.action.workflowType &&
    taskQueue === wanted.action.taskQueue &&
    JSON.stringify(args) === JSON.stringify(wanted.action.args);
  return [
    ...(sameSpec(wanted, found) ? [] : [rhythm(wanted.spec)]),
    ...(samePolicies ? [] : ['policies']),
    ...(sameAction ? [] : ['what it starts']),
  ];
}

function sameSpec({ spec, action }: WantedSchedule, found: ScheduleDescription): boolean {
  if (found.action.memo?.[memoKey] !== action.memo?.[memoKey]) return false;
  const { intervals = [], calendars = [] } = found.spec;
  if (!('intervals' in spec)) return intervals.length === 0 && calendars.length > 0;
  const [wish] = spec.intervals;
  const [only, ...more] = intervals;
  return only?.every === wish.every && only?.offset === wish.offset && more.length + calendars.length === 0;
}
