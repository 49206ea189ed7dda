/** How the workflows call the steps: queues, time-outs and retries, each with its reason. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { HomeActivities, HostActivities } from '../activities/contract.js';
import type { Region } from '../domain/region.js';
import type { GroupSettings } from '../domain/spec.js';
import { patienceMs } from '../domain/spec.js';
import { hostQueue, switchQueue, workflowQueue } from './messages.js';

/** One attempt of a step that asks a few questions: REST answers within 10 s, a small statement within a minute. */
const shortStep = '2 minutes';

/**
 * One attempt of a step that asks about every table of a group; it heartbeats, so a dead worker is noticed at once. What
 * it may take in all has no bound: it gives up by itself when the region has been silent for too long.
 */
const wideStep = '30 minutes';

const noticeDeadWorker = '20 seconds';

const backOff = { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '20 seconds' } as const;

/** A waiting step names its own next look; this is only the floor for a look that failed. */
const steadyLook = { initialInterval: '1 second', backoffCoefficient: 1 } as const;

/** Config and Temporal itself answer at once or not at all. */
export const homeSteps = proxyActivities<Pick<HomeActivities, 'loadGroup' | 'loadSpec' | 'startEntity'>>({
  taskQueue: workflowQueue,
  startToCloseTimeout: '20 seconds',
  retry: backOff,
});

/** A mail server gets two minutes; a sync never waits longer for it. */
export const mailSteps = proxyActivities<Pick<HomeActivities, 'notify'>>({
  taskQueue: workflowQueue,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '2 minutes',
  retry: backOff,
});

/** Waits for a workflow of an earlier life: looks every second, as long as it takes. */
export const waitingHomeSteps = proxyActivities<Pick<HomeActivities, 'awaitClosed'>>({
  taskQueue: workflowQueue,
  startToCloseTimeout: '10 seconds',
  retry: steadyLook,
});

export type HostSteps = ReturnType<typeof stepsOn>;

/** The steps of a sync, on the queue of one region's host: a region that hangs starves nobody but itself. */
export const syncSteps = (settings: GroupSettings, region: Region): HostSteps =>
  stepsOn(hostQueue(settings.hosts[region]), patienceMs(settings));

/** The same steps for a switch, on a queue of its own: a thousand syncs can't starve a failover. */
export const switchSteps = (settings: GroupSettings, region: Region): HostSteps =>
  stepsOn(switchQueue(settings.hosts[region]), patienceMs(settings));

function stepsOn(taskQueue: string, giveUpAfterMs: number) {
  return {
    /** Steps that ask or write a little: retried while the region is silent, for `giveUpAfterMs` in all. */
    short: proxyActivities<
      Pick<
        HostActivities,
        | 'lookAtRuns'
        | 'readEvents'
        | 'recordEvents'
        | 'listEvents'
        | 'missingEvents'
        | 'readForCopy'
        | 'finishClone'
        | 'finishStrand'
        | 'activateJob'
      >
    >({
      taskQueue,
      startToCloseTimeout: shortStep,
      scheduleToCloseTimeout: giveUpAfterMs,
      retry: backOff,
      // A switch must not wait for an attempt on a dead region: the answer of a cancelled step is of no use to anyone.
      cancellationType: ActivityCancellationType.TRY_CANCEL,
    }),
    /** Short steps that submit a statement: by heartbeats they know when nobody waits for them any more, and submit nothing. */
    submitting: proxyActivities<Pick<HostActivities, 'startClone' | 'startStrand'>>({
      taskQueue,
      startToCloseTimeout: shortStep,
      scheduleToCloseTimeout: giveUpAfterMs,
      heartbeatTimeout: noticeDeadWorker,
      retry: backOff,
      cancellationType: ActivityCancellationType.TRY_CANCEL,
    }),
    /** Steps that ask about every table of a group. */
    wide: proxyActivities<
      Pick<
        HostActivities,
        'readBase' | 'resolveCut' | 'guardTargets' | 'verifyTables' | 'usablePoint' | 'vacuumStaging'
      >
    >({
      taskQueue,
      startToCloseTimeout: wideStep,
      heartbeatTimeout: noticeDeadWorker,
      retry: backOff,
      cancellationType: ActivityCancellationType.TRY_CANCEL,
    }),
    /** Waiting for anything outside: short looks, no slot held between them, no history grown, cancelled at once. */
    waiting: proxyActivities<
      Pick<HostActivities, 'awaitRun' | 'awaitStatement' | 'cancelStatement' | 'quiesce' | 'readJob' | 'fenceJob'>
    >({
      taskQueue,
      startToCloseTimeout: '30 seconds',
      retry: steadyLook,
      cancellationType: ActivityCancellationType.TRY_CANCEL,
    }),
  };
}
