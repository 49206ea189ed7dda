import {
  CancellationScope,
  condition,
  continueAsNew,
  log,
  setDefaultSignalHandler,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import { assertNever } from '../domain/assert-never.js';
import { nextStep } from '../domain/group/next-step.js';
import type { SignalInput } from '../domain/group/requests.js';
import {
  ignoreSignal,
  onFailover,
  onPause,
  onResume,
  onSyncDue,
  onSyncNow,
  parseSignalInput,
} from '../domain/group/requests.js';
import { watchRpo } from '../domain/group/rpo.js';
import type { GroupState } from '../domain/group/state.js';
import { initialState, upgradeState } from '../domain/group/state.js';
import { publicStatus } from '../domain/group/status.js';
import { publishBegan } from '../domain/group/unfinished-publish.js';
import { copyStep } from './entity/copy-step.js';
import type { Entity } from './entity/entity.js';
import { mustLeave } from './entity/entity.js';
import { mailStep } from './entity/mail-step.js';
import { rebuildStep } from './entity/rebuild-step.js';
import { recordStep } from './entity/record-step.js';
import { fenceStep, switchStep } from './entity/switch-step.js';
import { completeStep, syncStep } from './entity/sync-step.js';
import type { ProtectGroupInput } from './messages.js';
import { entityId, signals, statusQuery } from './messages.js';
import { present } from './presentation.js';
import { receivingSignal } from './receiving.js';

/**
 * A sync group's entity: owns its state, decides when and which way to sync, obeys signals. Alive for years by
 * continue-as-new. Signals only change state; this one loop acts on it.
 */
export async function protectGroup(input: ProtectGroupInput): Promise<void> {
  const entity: Entity = {
    ref: { workspace: input.workspace, group: input.group },
    state: carriedState(input),
    settings: null,
    phase: 'idle',
    // A new entity may find a sync that an earlier one left running: until one of its own has ended, it can't know.
    receiving: input.state === undefined,
    signalsTaken: 0,
    mailing: null,
  };
  listen(entity);
  // A plain `workflow cancel` must not end the protection of a group: `apply --retire` does.
  CancellationScope.current().cancelRequested.catch(() => log.warn('a cancel request was ignored'));
  await CancellationScope.nonCancellable(() => live(entity));
}

async function live(entity: Entity): Promise<void> {
  while (true) {
    present(entity);
    // No await lies between this look and leaving: a signal is either in the state or still with the server.
    if (mustLeave()) await continueAsNew<typeof protectGroup>({ ...entity.ref, state: entity.state });

    entity.state = watchRpo(entity.state, Date.now());
    const step = nextStep(entity.state, entity.settings, Date.now());
    switch (step.do) {
      case 'switch':
        await switchStep(entity);
        break;
      case 'mail':
        // The sending goes on by itself: a switch never waits for a mail server.
        void mailStep(entity);
        await condition(() => entity.mailing === null || entity.state.switchRequest !== null || mustLeave());
        break;
      case 'rebuild':
        await rebuildStep(entity);
        break;
      case 'fence':
        await fenceStep(entity);
        break;
      case 'record':
        await recordStep(entity);
        break;
      case 'copy':
        await copyStep(entity);
        break;
      case 'complete':
        await completeStep(entity);
        break;
      case 'sync':
        await syncStep(entity);
        break;
      case 'rest':
        await rest(entity, step.untilMs);
        break;
      default:
        assertNever(step);
    }
  }
}

/** Until a signal comes, or the time is up. */
async function rest(entity: Entity, untilMs: number | null): Promise<void> {
  const taken = entity.signalsTaken;
  const woken = (): boolean => entity.signalsTaken !== taken || mustLeave();
  if (untilMs === null) await condition(woken);
  else await condition(woken, Math.max(1, untilMs - Date.now()));
}

function carriedState(input: ProtectGroupInput): GroupState {
  if (input.state === undefined) return initialState({ workspace: input.workspace, group: input.group }, uuid4());
  const state = upgradeState(input.state);
  // Failing the Workflow Task, not the workflow: an older worker leaves the group alone until a newer one takes it.
  if (!state) throw new Error('the carried state is of a newer schema than this worker knows; deploy the newer worker');
  return state;
}

type Reducer = (state: GroupState, input: SignalInput, nowMs: number) => GroupState;

/** Handlers are synchronous and only change state. Whatever can't be understood is counted and logged, never thrown. */
function listen(entity: Entity): void {
  const ignore = (name: string, why: string): void => {
    entity.state = ignoreSignal(entity.state);
    entity.signalsTaken += 1;
    log.warn('signal ignored', { signal: name, why });
  };
  const on =
    (name: string, reduce: Reducer) =>
    (...payload: readonly unknown[]): void => {
      const parsed = payload.length > 1 ? 'one JSON object is expected' : parseSignalInput(payload[0]);
      if (typeof parsed === 'string') {
        ignore(name, parsed);
        return;
      }
      entity.state = reduce(entity.state, parsed, Date.now());
      entity.signalsTaken += 1;
    };
  setHandler(
    signals.syncDue,
    on('syncDue', (state, _input, nowMs) => onSyncDue(state, nowMs)),
    {
      description: 'A sync is due: look whether a complete run is not yet published.',
    },
  );
  setHandler(signals.syncNow, on('syncNow', onSyncNow), {
    description: 'Sync now, without waiting for the minimum spacing. JSON: {"requestId"?, "requestedBy"?}',
  });
  setHandler(signals.pause, on('pause', onPause), { description: 'Start no new syncs; a running one finishes.' });
  setHandler(signals.resume, on('resume', onResume), { description: 'End a pause, or answer a hold.' });
  setHandler(signals.failover, on('failover', onFailover), {
    description:
      'Forced failover. JSON: {"to"?, "reason"?, "recoveryPoint"?, "acceptLoss"?, "requestId"?, "requestedBy"?}',
  });
  setHandler(receivingSignal, (receiving) => {
    entity.receiving = receiving === true;
    if (entity.receiving) entity.state = publishBegan(entity.state);
  });
  setDefaultSignalHandler((name) => ignore(name, 'unknown signal'));
  setHandler(statusQuery, () => publicStatus(entity.state, entity.phase, entityId(entity.ref), Date.now()));
}
