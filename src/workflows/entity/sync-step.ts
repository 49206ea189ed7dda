import type { ChildWorkflowHandle } from '@temporalio/workflow';
import { ChildWorkflowCancellationType, condition, ParentClosePolicy, startChild, uuid4 } from '@temporalio/workflow';
import type { LookOrder, RunLook, Target } from '../../activities/contract.js';
import { isCutHold } from '../../domain/failure.js';
import { afterRecording, eventsMayBeRecorded } from '../../domain/group/ledger-gap.js';
import { recordHold, withoutWritten } from '../../domain/group/ledger-queue.js';
import { reportCompletion, reportFailure, reportRecovery } from '../../domain/group/mail-queue.js';
import type { SyncCompleted, SyncOutcome } from '../../domain/group/outcomes.js';
import {
  afterEarlierSync,
  afterFailure,
  afterLook,
  afterNothingToDo,
  afterSync,
  refuseOpenSync,
} from '../../domain/group/outcomes.js';
import { publishedRun } from '../../domain/group/published-run.js';
import { withSettings } from '../../domain/group/rpo.js';
import type { GroupState } from '../../domain/group/state.js';
import { afterCompletion, completionImpossible } from '../../domain/group/unfinished-publish.js';
import { directionFrom } from '../../domain/region.js';
import type { RunKey } from '../../domain/runs.js';
import { sameRun } from '../../domain/runs.js';
import type { GroupSettings } from '../../domain/spec.js';
import { patienceMs } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import { searchAttributes, syncRunId } from '../messages.js';
import { present } from '../presentation.js';
import { homeSteps, syncSteps } from '../steps.js';
import { syncRun } from '../sync-run.js';
import type { Entity } from './entity.js';
import { earlierEnded, interrupted, mustLeave, startUnlessEarlier, untilUrgent } from './entity.js';

/** A signal from a sync that was just cancelled arrives within this time. */
const wordUnderWay = '1 second';

/** Staging is vacuumed at most daily: each time a warehouse lists all its files. */
const vacuumEveryMs = 24 * 3600_000;

/** Looks at the job's runs; syncs the newest complete one, or waits for the end of one that is active. */
export async function syncStep(entity: Entity): Promise<void> {
  const unwanted = (): boolean => entity.state.switchRequest !== null || entity.state.paused;
  // Whoever asks by hand is not to wait for the next run, if that is what is being waited for.
  const { due } = entity.state;
  let run: RunKey | null = null;
  try {
    const found = await untilUrgent(
      entity,
      () => unwanted() || mustLeave() || (entity.state.due === 'now' && due !== 'now'),
      () => findTarget(entity),
    );
    if (found === interrupted && entity.state.paused) entity.state = refuseOpenSync(entity.state, 'PAUSED');
    if (found === interrupted || found === null) return;
    run = found.kind === 'run' ? found.run : null;
    await sync(entity, found, run);
  } catch (thrown) {
    const failure = failureOf(thrown);
    entity.state = afterFailure(entity.state, failure, run, Date.now());
    entity.state = reportFailure(entity.state, entity.settings, run, Date.now());
  } finally {
    entity.phase = 'idle';
  }
}

/** The run to sync, once there is one; null when there is nothing to do. */
async function findTarget(entity: Entity): Promise<Target | null> {
  const settings = await homeSteps.loadGroup(entity.ref);
  entity.settings = settings;
  entity.state = withSettings(entity.state, settings, Date.now());
  const steps = syncSteps(settings, entity.state.activeRegion);
  const order = lookOrder(entity, settings);

  let look = await steps.short.lookAtRuns(order);
  entity.state = afterLook(entity.state, look.look);
  if (look.kind === 'wait' || (look.kind === 'nothing' && order.untilNextRun)) {
    entity.phase = 'waiting-for-run';
    present(entity);
    look = await steps.waiting.awaitRun.executeWithOptions({ summary: 'wait for the end of the run' }, [order]);
    entity.state = afterLook(entity.state, look.look);
  }
  return targetOf(entity, look);
}

function targetOf(entity: Entity, look: RunLook): Target | null {
  if (look.kind === 'cut' && !isHeldCut(entity, look.target)) return look.target;
  if (look.kind === 'hold') {
    entity.state = recordHold(afterFailure(entity.state, look.failure, look.run, Date.now()));
    entity.state = reportFailure(entity.state, entity.settings, look.run, Date.now());
  } else {
    entity.state = afterNothingToDo(entity.state, look.kind === 'cut');
  }
  return null;
}

/** A cut that was refused once is refused again: only a newer run can clear it, or somebody who asks by hand. */
const isHeldCut = ({ state }: Entity, target: Target): boolean =>
  state.due !== 'now' &&
  state.held !== null &&
  isCutHold(state.held.code) &&
  target.kind === 'run' &&
  state.held.run !== null &&
  sameRun(state.held.run, target.run);

const lookOrder = ({ state }: Entity, settings: GroupSettings): LookOrder => ({
  settings,
  region: state.activeRegion,
  published: publishedRun(state),
  untilNextRun: settings.trigger === 'completion' && settings.job !== null && state.due !== 'now',
  silenceLimitMs: patienceMs(settings),
});

async function sync(entity: Entity, target: Target, run: RunKey | null): Promise<void> {
  entity.phase = 'syncing';
  // A request that comes while this sync runs asks for the next one.
  const { openSyncRequestId: answers, due } = entity.state;
  entity.state = { ...entity.state, lastSyncStartedAt: Date.now(), due: 'no' };
  present(entity);

  const outcome = await syncUntilSwitch(entity, target, run);
  if (outcome === interrupted) return;
  if (outcome === earlierEnded) entity.state = afterEarlierSync(entity.state, due);
  // A sync that has something to copy completes nothing else.
  else if (outcome.result !== 'completed') finish(entity, outcome, run, answers);
}

async function syncUntilSwitch(
  entity: Entity,
  target: Target | null,
  run: RunKey | null,
): Promise<SyncOutcome | typeof interrupted | typeof earlierEnded> {
  const { state } = entity;
  const recordsSince = Math.min(Date.now(), ...state.ledgerQueue.map(({ recordedAt }) => recordedAt));
  // Kept first: what a sync has recorded that is interrupted, it tells nobody.
  entity.state = eventsMayBeRecorded(state, recordsSince);
  const outcome = await untilUrgent(
    entity,
    () => entity.state.switchRequest !== null,
    async () => {
      const child = await startUnlessEarlier(syncRunId(entity.ref), () => startSync(entity, state, target, run));
      return child === earlierEnded ? child : child.result();
    },
  );
  if (outcome !== interrupted && outcome !== earlierEnded) {
    entity.state = afterRecording(entity.state, outcome.recordedIn ?? 'one', recordsSince);
  }
  // By a switch, which closes what this sync may still be receiving: its word that it does may be under way.
  if (outcome === interrupted) await condition(() => entity.receiving, wordUnderWay);
  else if (outcome !== earlierEnded) entity.receiving = false;
  return outcome;
}

/** Has a sync complete what an earlier one has left half-way, before anything else is looked at. */
export async function completeStep(entity: Entity): Promise<void> {
  entity.phase = 'syncing';
  present(entity);
  try {
    const settings = await homeSteps.loadGroup(entity.ref);
    entity.settings = settings;
    entity.state = withSettings(entity.state, settings, Date.now());
    const outcome = await syncUntilSwitch(entity, null, null);
    if (outcome === interrupted) return;
    if (outcome === earlierEnded) {
      entity.state = afterEarlierSync(entity.state, entity.state.due);
    } else if (outcome.result === 'completed') {
      const { recoveryPointsKept } = settings;
      entity.state = withoutWritten(
        afterCompletion(entity.state, outcome, recoveryPointsKept, Date.now()),
        outcome.writtenEventIds,
      );
      entity.state = reportCompletion(entity.state, outcome, Date.now());
    } else if ('failure' in outcome && outcome.failure.code === 'NO_RECOVERY_POINT') {
      entity.state = completionImpossible(entity.state);
    } else {
      finish(entity, outcome, null, entity.state.openSyncRequestId);
    }
  } catch (thrown) {
    entity.state = afterFailure(entity.state, failureOf(thrown), null, Date.now());
    entity.state = reportFailure(entity.state, entity.settings, null, Date.now());
  } finally {
    entity.phase = 'idle';
  }
}

function finish(
  entity: Entity,
  outcome: Exclude<SyncOutcome, SyncCompleted>,
  run: RunKey | null,
  answers: string | null,
): void {
  const kept = entity.settings?.recoveryPointsKept ?? 1;
  const before = entity.state;
  entity.state = withVacuum(afterSync(before, outcome, run, kept, answers, Date.now()), outcome, Date.now());
  if ('point' in outcome) entity.state = reportRecovery(entity.state, outcome.point, Date.now());
  else if (outcome.result !== 'canceled') {
    entity.state = reportFailure(entity.state, entity.settings, run, Date.now(), outcome.result);
  }
}

/** The first published sync has left nothing to remove: the day is counted from it. */
function withVacuum(state: GroupState, outcome: SyncOutcome, nowMs: number): GroupState {
  const first = 'point' in outcome && state.lastVacuumAt === null;
  const vacuumed = 'vacuumed' in outcome && outcome.vacuumed === true;
  return first || vacuumed ? { ...state, lastVacuumAt: nowMs } : state;
}

const runName = ({ runId, repairId }: RunKey): string => `run-${runId}${repairId ? `-repair-${repairId}` : ''}`;

function startSync(
  { ref }: Entity,
  state: GroupState,
  target: Target | null,
  run: RunKey | null,
): Promise<ChildWorkflowHandle<typeof syncRun>> {
  const what = target === null ? 'completing a publish' : run ? runName(run) : 'snapshot';
  const syncId = `sync-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${uuid4().slice(0, 8)}`;
  return startChild(syncRun, {
    workflowId: syncRunId(ref),
    args: [
      {
        ...ref,
        syncId,
        direction: directionFrom(state.activeRegion),
        target,
        published: publishedRun(state),
        epoch: state.epoch,
        controller: state.controller,
        vacuumDue: state.lastVacuumAt !== null && Date.now() - state.lastVacuumAt > vacuumEveryMs,
        queuedEvents: state.ledgerQueue,
        ledgersAlike: state.ledgerGap === null,
      },
    ],
    // The entity may be terminated by hand: the sync then still ends in an orderly way, and the next life awaits it.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.TRY_CANCEL,
    staticSummary: `${ref.group}: ${what}`,
    typedSearchAttributes: [
      { key: searchAttributes.workspace, value: ref.workspace },
      { key: searchAttributes.group, value: ref.group },
      ...(run ? [{ key: searchAttributes.lastRunId, value: run.runId }] : []),
    ],
  });
}
