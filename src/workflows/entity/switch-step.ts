import {
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  startChild,
  uuid4,
} from '@temporalio/workflow';
import { recordFenced } from '../../domain/group/ledger-queue.js';
import { endedRuns, reportFenced, reportFenceRefused, reportSwitch } from '../../domain/group/mail-queue.js';
import {
  afterFence,
  afterFenceFailure,
  afterNeedlessSwitch,
  afterSwitch,
  withSavedJob,
} from '../../domain/group/outcomes.js';
import type { SwitchRequest } from '../../domain/group/requests.js';
import { withSettings } from '../../domain/group/rpo.js';
import type { GroupState } from '../../domain/group/state.js';
import { failureOf } from '../failure.js';
import { searchAttributes, switchOverId, syncRunId } from '../messages.js';
import { present } from '../presentation.js';
import { homeSteps, switchSteps } from '../steps.js';
import type { SwitchOverInput } from '../switch-over.js';
import { switchOver } from '../switch-over.js';
import type { Entity } from './entity.js';
import { earlierEnded, interrupted, mustLeave, startUnlessEarlier, untilUrgent } from './entity.js';
import { learnBeforeFence, learnBeforeSwitch } from './rebuild-step.js';
import { writeQueuedEvents } from './record-step.js';

/** A cancelled sync closes its receive statements within this time, or the switch goes on without it. */
const closeReceivesWithin = '30 seconds';

/** The fence must not wait for a ledger for long: the next tick tries again. */
const queuedEventsPatience = '20 seconds';

/** Carries out the switch that was asked for, to its end. */
export async function switchStep(entity: Entity): Promise<void> {
  const { ref } = entity;
  const request = entity.state.switchRequest;
  if (!request) return;
  entity.phase = 'switching';
  present(entity);
  if (await isThereAlready(entity, request)) {
    entity.state = afterNeedlessSwitch(entity.state, request);
    entity.phase = 'idle';
    return;
  }
  const { state } = entity;
  // Also where the receive is closed by now: a step that was cancelled may have submitted a statement unseen.
  const receiveUnderWay = entity.receiving;
  if (receiveUnderWay) await closeReceives(entity);
  const startedAt = Date.now();
  try {
    const child = await startUnlessEarlier(switchOverId(ref), () =>
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
            ...runsThatMayBeMissing(state),
            savedJob: state.fence?.region === request.to ? state.fence.saved : null,
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
    if (child === earlierEnded) {
      // It may have done what is asked for: that is looked up before anything is done again.
      entity.state = { ...entity.state, ledgersRead: [] };
      return;
    }
    const outcome = await child.result();
    entity.state = afterSwitch(entity.state, outcome, Date.now());
    if (outcome.result === 'switched') {
      entity.state = reportSwitch(entity.state, entity.settings, request, outcome, state, startedAt, Date.now());
    }
  } catch (thrown) {
    const failure = failureOf(thrown);
    // It may have come as far as replacing tables, or further: that is known to the ledgers alone.
    const epoch = state.epoch + 1;
    const refused = afterSwitch(entity.state, { result: 'refused', failure, epoch }, Date.now());
    entity.state = { ...refused, unfinishedPublish: 'interrupted', ledgersRead: [] };
  } finally {
    entity.receiving = false;
    entity.phase = 'idle';
  }
}

/** Known at once, unless the state was not rebuilt yet: then the ledgers are asked, as far as they answer. */
async function isThereAlready(entity: Entity, { to }: SwitchRequest): Promise<boolean> {
  if (entity.state.ledgersRead.length > 0) return false;
  try {
    if (!(await learnBeforeSwitch(entity, to))) return false;
  } catch (thrown) {
    // What keeps the ledgers from being read will keep the switch from it, too, which then is refused and says so.
    const { code, message } = failureOf(thrown);
    log.warn('the group could not be looked up in the ledgers', { code, message });
    return false;
  }
  return entity.state.activeRegion === to;
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

/** What the newest look knew; which of it the chosen point holds, the switch finds out. */
function runsThatMayBeMissing(state: GroupState): Pick<SwitchOverInput, 'lostRuns' | 'runEnds'> {
  const ended = endedRuns(state);
  const ids = [...(state.lastLook?.activeRunIds ?? []), ...ended.map(({ runId }) => runId)];
  return {
    lostRuns: [...new Set(ids)],
    runEnds: Object.fromEntries(ended.flatMap(({ runId, endTime }) => (endTime === null ? [] : [[runId, endTime]]))),
  };
}

/** Fences the job of the region that was left: tried until that region answers, and looked at again at every tick. */
export async function fenceStep(entity: Entity): Promise<void> {
  const fence = entity.state.fence;
  if (!fence) return;
  await writeQueuedEvents(entity, queuedEventsPatience);
  entity.state = { ...entity.state, fence: { ...fence, checkDue: fence.confirmedAt !== null } };
  const { lastTickAt } = entity.state;
  // Events that the ledger lacks are written with each tick, however long the region that was left is silent.
  const hasUnwrittenTick = (): boolean => entity.state.lastTickAt !== lastTickAt && entity.state.ledgerQueue.length > 0;
  try {
    const done = await untilUrgent(
      entity,
      () => entity.state.switchRequest !== null || mustLeave() || hasUnwrittenTick(),
      async () => {
        const settings = await homeSteps.loadGroup(entity.ref);
        entity.settings = settings;
        entity.state = withSettings(entity.state, settings, Date.now());
        if (!settings.job) return settings;
        await learnBeforeFence(entity, fence.region);
        // The group was switched back, and only that region knew.
        if (entity.state.activeRegion === fence.region) return null;
        const steps = switchSteps(settings, fence.region).waiting;
        // Kept before anything is changed: a second look would only see what the fence has made of it.
        const saved = entity.state.fence?.saved ?? (await steps.readJob({ settings, region: fence.region }));
        entity.state = withSavedJob(entity.state, saved);
        await steps.fenceJob.executeWithOptions(
          { summary: `fence ${settings.job[fence.region]} in the ${fence.region}` },
          [{ settings, region: fence.region }],
        );
        return settings;
      },
    );
    if (done === interrupted || done === null) return;
    if (fence.confirmedAt === null) {
      entity.state = reportFenced(recordFenced(entity.state, Date.now()), done, Date.now());
    }
    entity.state = afterFence(entity.state, fence.region, Date.now());
  } catch (thrown) {
    const failure = failureOf(thrown);
    entity.state = afterFenceFailure(entity.state, failure, Date.now());
    entity.state = reportFenceRefused(entity.state, entity.settings, failure, Date.now());
  }
}
