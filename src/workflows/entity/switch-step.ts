import {
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  startChild,
  uuid4,
} from '@temporalio/workflow';
import { recordFenced, withoutWritten } from '../../domain/group/ledger-queue.js';
import { reportFenced, reportSwitch } from '../../domain/group/mail-queue.js';
import { afterFence, afterFenceFailure, afterSwitch, withSavedJob } from '../../domain/group/outcomes.js';
import { withSettings } from '../../domain/group/rpo.js';
import type { GroupState } from '../../domain/group/state.js';
import { headOf } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import { searchAttributes, switchOverId, syncRunId } from '../messages.js';
import { present } from '../presentation.js';
import { homeSteps, switchSteps } from '../steps.js';
import { switchOver } from '../switch-over.js';
import type { Entity } from './entity.js';
import { interrupted, mustLeave, startAfterEarlier, untilUrgent } from './entity.js';

/** A cancelled sync closes its receive statements within this time, or the switch goes on without it. */
const closeReceivesWithin = '30 seconds';

/** The fence must not wait for a ledger for long: the next tick tries again. */
const queuedEventsPatience = '20 seconds';

/** Carries out the switch that was asked for, to its end. */
export async function switchStep(entity: Entity): Promise<void> {
  const { state, ref } = entity;
  const request = state.switchRequest;
  if (!request) return;
  entity.phase = 'switching';
  present(entity);
  // Also where the receive is closed by now: a step that was cancelled may have submitted a statement unseen.
  const receiveUnderWay = entity.receiving;
  if (receiveUnderWay) await closeReceives(entity);
  const startedAt = Date.now();
  const lostRuns = runsThatWillBeMissing(state);
  try {
    const child = await startAfterEarlier(switchOverId(ref), () =>
      startChild(switchOver, {
        workflowId: switchOverId(ref),
        args: [
          {
            ...ref,
            switchId: `switch-${uuid4().slice(0, 8)}`,
            request,
            epoch: state.epoch,
            controller: state.controller,
            receiveUnderWay,
            lostRuns,
          },
        ],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${ref.group}: failover to ${request.to}`,
        typedSearchAttributes: [
          { key: searchAttributes.workspace, value: ref.workspace },
          { key: searchAttributes.group, value: ref.group },
        ],
      }),
    );
    const outcome = await child.result();
    entity.state = afterSwitch(entity.state, outcome, Date.now());
    if (outcome.result === 'switched') {
      entity.state = reportSwitch(entity.state, entity.settings, request, outcome, state, startedAt, Date.now());
    }
  } catch (thrown) {
    const failure = failureOf(thrown);
    entity.state = afterSwitch(entity.state, { result: 'refused', failure, epoch: null }, Date.now());
  } finally {
    entity.receiving = false;
    entity.phase = 'idle';
  }
}

/** Cancels the sync, also one of an earlier life, and gives it time to close its receive statements. */
async function closeReceives(entity: Entity): Promise<void> {
  try {
    await getExternalWorkflowHandle(syncRunId(entity.ref)).cancel();
  } catch (thrown) {
    if (isCancellation(thrown)) throw thrown;
    log.info('no sync runs that could be cancelled', { error: String(thrown) });
    entity.receiving = false;
  }
  await condition(() => !entity.receiving, closeReceivesWithin);
}

/** What the newest look knew: complete runs that were not published, and runs that were active. */
function runsThatWillBeMissing({ lastLook }: GroupState): readonly string[] {
  if (!lastLook) return [];
  return [...new Set([...lastLook.activeRunIds, ...lastLook.unpublishedRuns.map((run) => run.runId)])];
}

/** A tick came while the fence is tried, and there are events that the ledger lacks. */
const hasUnwrittenTick = ({ state }: Entity): boolean => state.fence?.checkDue === true && state.ledgerQueue.length > 0;

/** While exposed no sync carries the queued events along: they are written to the ledger of the region that is active. */
async function writeQueuedEvents(entity: Entity): Promise<void> {
  const rows = entity.state.ledgerQueue;
  if (rows.length === 0) return;
  try {
    const written = await untilUrgent(
      entity,
      () => entity.state.switchRequest !== null || mustLeave(),
      async () => {
        const spec = await homeSteps.loadSpec(entity.ref);
        const region = entity.state.activeRegion;
        await switchSteps(spec, region).short.recordEvents.executeWithOptions(
          { summary: 'ledger, queued events', scheduleToCloseTimeout: queuedEventsPatience },
          [{ head: headOf(spec), region, rows }],
        );
      },
    );
    if (written === interrupted) return;
    entity.state = withoutWritten(
      entity.state,
      rows.map(({ eventId }) => eventId),
    );
  } catch (thrown) {
    const { code, message } = failureOf(thrown);
    log.warn('queued events wait for the next tick', { code, message });
  }
}

/** Fences the job of the region that was left: tried until that region answers, and looked at again at every tick. */
export async function fenceStep(entity: Entity): Promise<void> {
  const fence = entity.state.fence;
  if (!fence) return;
  await writeQueuedEvents(entity);
  entity.state = { ...entity.state, fence: { ...fence, checkDue: fence.confirmedAt !== null } };
  try {
    const done = await untilUrgent(
      entity,
      () => entity.state.switchRequest !== null || mustLeave() || hasUnwrittenTick(entity),
      async () => {
        const settings = await homeSteps.loadGroup(entity.ref);
        entity.settings = settings;
        entity.state = withSettings(entity.state, settings, Date.now());
        if (!settings.job) return settings;
        const steps = switchSteps(settings, fence.region).waiting;
        // Kept before anything is changed: a second look would only see what the fence has made of it.
        const saved = fence.saved ?? (await steps.readJob({ settings, region: fence.region }));
        entity.state = withSavedJob(entity.state, saved);
        await steps.fenceJob.executeWithOptions(
          { summary: `fence ${settings.job[fence.region]} in the ${fence.region}` },
          [{ settings, region: fence.region }],
        );
        return settings;
      },
    );
    if (done === interrupted) return;
    if (fence.confirmedAt === null) {
      entity.state = reportFenced(recordFenced(entity.state, Date.now()), done, Date.now());
    }
    entity.state = afterFence(entity.state, fence.region, Date.now());
  } catch (thrown) {
    const failure = failureOf(thrown);
    entity.state = afterFenceFailure(entity.state, failure, Date.now());
  }
}
