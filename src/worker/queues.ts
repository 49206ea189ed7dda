import type { WorkerOptions } from '@temporalio/worker';
import type { DrConfig } from '../config/index.js';
import { hostQueue, switchQueue, workflowQueue } from '../workflows/messages.js';

/** Narrows what one process works on. */
export interface QueueChoice {
  /** `workflows`: only the queue `dr`; `sql`: only the queues of hosts. */
  readonly only?: 'workflows' | 'sql';
  /** Only the hosts of this workspace. The queue `dr` serves all groups alike. */
  readonly workspace?: string;
}

/** One task queue that this process polls. */
export type QueuePlan =
  | { readonly kind: 'workflows'; readonly taskQueue: string }
  | { readonly kind: 'host' | 'switch'; readonly taskQueue: string; readonly host: string };

/** The queues that a config asks for: `dr`, and two for each Databricks host, each once. */
export function plannedQueues(config: DrConfig, { only, workspace }: QueueChoice = {}): readonly QueuePlan[] {
  const workspaces = config.workspaces.filter(({ name }) => workspace === undefined || name === workspace);
  const hosts = new Set(workspaces.flatMap(({ regions }) => [regions.primary.host, regions.secondary.host]));
  return [
    ...(only === 'sql' ? [] : [{ kind: 'workflows', taskQueue: workflowQueue } as const]),
    ...(only === 'workflows' ? [] : [...hosts].flatMap(hostPlans)),
  ];
}

const hostPlans = (host: string): readonly QueuePlan[] => [
  { kind: 'host', taskQueue: hostQueue(host), host },
  { kind: 'switch', taskQueue: switchQueue(host), host },
];

type QueueOptions = Pick<
  WorkerOptions,
  | 'maxConcurrentActivityTaskExecutions'
  | 'maxConcurrentWorkflowTaskExecutions'
  | 'maxHeartbeatThrottleInterval'
  | 'maxCachedWorkflows'
  | 'reuseV8Context'
  | 'workflowThreadPoolSize'
  | 'workflowTaskPollerBehavior'
  | 'activityTaskPollerBehavior'
  | 'shutdownGraceTime'
  | 'shutdownForceTime'
>;

/**
 * Waiting steps last at most ten seconds an attempt, so almost everything ends by itself in this time. A statement that
 * a step waits for lives on in the warehouse either way.
 */
const shutdownGraceTime = '10 seconds';
/** Below the 30 s after which Kubernetes and systemd's usual units kill: the end is ours, with a log line. */
const shutdownForceTime = '20 seconds';

/** The answer to a heartbeat tells a step that it is cancelled; the SDK would send one of a quiet step every 16 s or less often. */
const heartbeatsAtLeastEvery = '2 seconds';

/**
 * A worker's size, per kind of queue. Pollers are few because a process polls many queues, and each open poll is a
 * stream that the server renews every minute: two hosts make five queues, twenty workspaces eighty-one. A poller that
 * gets a task asks again at once, so that few of them still fetch some hundred tasks a second.
 */
export const queueOptions: Readonly<Record<QueuePlan['kind'], QueueOptions>> = {
  workflows: {
    // Decisions take milliseconds; more at once would only queue up behind the one thread that runs them.
    maxConcurrentWorkflowTaskExecutions: 40,
    // A hundred groups at rest measure some 400 MB for the whole process, each an entity and at times a child. Beyond
    // this number the least recently used are replayed when they wake: their histories are short, since they continue
    // as new.
    maxCachedWorkflows: 250,
    // One V8 context for all workflows: about a third of the memory, and no seconds of start for each.
    reuseV8Context: true,
    workflowThreadPoolSize: 1,
    // The sticky queue (where a cached workflow's tasks arrive) and the common one share these.
    workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 4 },
    // Config and mail: short, rare.
    maxConcurrentActivityTaskExecutions: 20,
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
    shutdownGraceTime,
    shutdownForceTime,
  },
  host: {
    // Steps only ask and submit; what runs for hours runs in the warehouse. The bound is for a region that hangs: as
    // many requests stand open against it as there are slots, and each of them holds its slot until its time-out.
    maxConcurrentActivityTaskExecutions: 64,
    maxHeartbeatThrottleInterval: heartbeatsAtLeastEvery,
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 3 },
    shutdownGraceTime,
    shutdownForceTime,
  },
  switch: {
    // A region-wide failover is all groups at once, each with several tables to publish: nothing else uses these slots.
    maxConcurrentActivityTaskExecutions: 128,
    maxHeartbeatThrottleInterval: heartbeatsAtLeastEvery,
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
    shutdownGraceTime,
    shutdownForceTime,
  },
};
