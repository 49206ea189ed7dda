import { isCancellation, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { SavedJobSettings, UsablePoint } from '../activities/contract.js';
import type { Failure } from '../domain/failure.js';
import type { SwitchOutcome } from '../domain/group/outcomes.js';
import type { SwitchRequest } from '../domain/group/requests.js';
import type { LedgerRow } from '../domain/ledger.js';
import type { SwitchDetail } from '../domain/ledger-events.js';
import { ledgerRow, pointRows } from '../domain/ledger-events.js';
import type { RecoveryPoint } from '../domain/point.js';
import { directionFrom, otherRegion } from '../domain/region.js';
import type { GroupRef, GroupSpec } from '../domain/spec.js';
import { headOf } from '../domain/spec.js';
import { failureOf } from './failure.js';
import type { PublishOrder } from './publish.js';
import { guardTargets, newProgress, publish } from './publish.js';
import type { HostSteps } from './steps.js';
import { homeSteps, switchSteps } from './steps.js';

/** The query history may lag behind by this much: a statement submitted just before is looked for only then. */
const historyLag = '15 seconds';

/** A switch never waits longer for a ledger: the entity writes the event later. */
const ledgerPatience = '20 seconds';

/** A job that was fenced here by nobody knows whom may run one at a time again, as jobs do by default. */
const unfencedJob: SavedJobSettings = { maxConcurrentRuns: 1 };

export interface SwitchOverInput extends GroupRef {
  readonly switchId: string;
  readonly request: SwitchRequest;
  readonly epoch: number;
  readonly controller: string;
  /** A sync was cancelled while tables were being received: one of its statements may still run unseen. */
  readonly receiveUnderWay: boolean;
  /** Runs that ended, or were active, after the recovery point: what will be missing. */
  readonly lostRuns: readonly string[];
  /** Settings that the job here had before it was fenced; null: it was not, or nobody knows. */
  readonly savedJob: SavedJobSettings | null;
}

/**
 * A forced switch to a region: its tables are brought to a complete recovery point, then its job may run. Nothing on
 * the other side is waited for, for it may be gone; fencing it is the entity's task from here on.
 */
export async function switchOver(input: SwitchOverInput): Promise<SwitchOutcome> {
  const reached: Reached = { epoch: null };
  try {
    return await run(input, reached);
  } catch (thrown) {
    const failure = isCancellation(thrown) ? canceledByHand : failureOf(thrown);
    return { result: 'refused', failure, epoch: reached.epoch };
  }
}

/** How far a switch came, should it fail: tables that it replaced carry this epoch. */
interface Reached {
  epoch: number | null;
}

const canceledByHand = {
  code: 'STATEMENT_CANCELED',
  message: 'The failover was cancelled by hand before its end.',
  remedy: 'Ask for it again: what is done is found done.',
} as const;

async function run(input: SwitchOverInput, reached: Reached): Promise<SwitchOutcome> {
  const { request } = input;
  const spec = await homeSteps.loadSpec({ workspace: input.workspace, group: input.group });
  const steps = switchSteps(spec, request.to);
  // What lies in this region was copied into it while the other one was active.
  const direction = directionFrom(otherRegion(request.to));

  tell(input, 'stopping what still writes to the tables here');
  if (input.receiveUnderWay) await sleep(historyLag);
  await steps.waiting.quiesce({ head: headOf(spec), region: request.to, keepSyncId: null });

  tell(input, 'choosing the recovery point');
  const usable = await steps.wide.usablePoint({
    ...{ spec, direction, runId: request.recoveryPoint, endedSince: null },
    epochBefore: input.epoch,
  });
  const epoch = Math.max(input.epoch, usable.ledgerEpoch) + 1;

  tell(input, `publishing run ${runOf(usable.point)}`);
  const order: PublishOrder = {
    head: headOf(spec),
    direction,
    point: usable.point,
    epoch,
    controller: input.controller,
    previous: null,
    baselines: usable.baselines,
    strandAs: request.acceptLoss ? input.switchId : null,
    progress: newProgress(),
  };
  const readings = order.strandAs === null ? await guardTargets(steps, order) : [];
  reached.epoch = epoch;
  const received = await publish(steps, order, readings);
  const switchedAt = Date.now();

  tell(input, 'letting the job run here');
  const jobFailure = spec.job && spec.activateJob ? await activate(steps, spec, input) : null;

  const rows = switchRows(input, usable, epoch, switchedAt, received);
  const ledgerPending = !(await recorded(steps, spec, request.to, rows));
  return {
    result: 'switched',
    switchId: input.switchId,
    switchedAt,
    epoch,
    point: {
      syncId: usable.point.syncId,
      source: usable.point.source,
      runEndTime: usable.point.runEndTime,
      publishedAt: received.length === 0 ? (usable.publishedAt ?? switchedAt) : switchedAt,
      tableCount: usable.point.manifest.length,
      specHash: usable.point.specHash,
    },
    uncoveredTables: usable.uncoveredTables,
    identityTables: usable.identityTables,
    jobFailure,
    // Group rows only: what is carried in state must not grow with the number of tables. The manifest is there already.
    pendingEvents: ledgerPending ? rows.filter((row) => row.event === 'failed_over') : [],
  };
}

/** The tables are right by now: a job that can't be unpaused is told to a person, and refuses nothing. */
async function activate(
  steps: HostSteps,
  spec: GroupSpec,
  { request, savedJob }: SwitchOverInput,
): Promise<Failure | null> {
  try {
    const { tables: _tables, syncLocations: _locations, ...settings } = spec;
    await steps.short.activateJob({ settings, region: request.to, ...(savedJob ?? unfencedJob) });
    return null;
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** The point is published again in the ledger's eyes only where tables were really replaced. */
function switchRows(
  input: SwitchOverInput,
  usable: UsablePoint,
  epoch: number,
  switchedAt: number,
  received: Awaited<ReturnType<typeof publish>>,
): LedgerRow[] {
  const { request } = input;
  const author = {
    workspace: input.workspace,
    group: input.group,
    epoch,
    controller: input.controller,
    direction: directionFrom(otherRegion(request.to)),
  };
  const detail: SwitchDetail = {
    to: request.to,
    switchId: input.switchId,
    requestId: request.requestId,
    reason: request.reason,
    requestedBy: request.requestedBy,
    point: usable.point.syncId,
    switchedAt,
    lostRuns: input.lostRuns,
  };
  const published =
    received.length === 0
      ? []
      : pointRows(author, 'published', usable.point, received, switchedAt, `/${input.switchId}`);
  const switched = ledgerRow(author, 'failed_over', `${input.switchId}/failed_over`, switchedAt, {
    syncId: usable.point.syncId,
    runId: usable.point.source.kind === 'run' ? usable.point.source.runId : null,
    repairId: usable.point.source.kind === 'run' ? usable.point.source.repairId : null,
    runEndTime: usable.point.runEndTime,
    detail: JSON.stringify(detail),
  });
  return [...published, switched];
}

async function recorded(
  steps: HostSteps,
  spec: GroupSpec,
  region: SwitchRequest['to'],
  rows: readonly LedgerRow[],
): Promise<boolean> {
  try {
    await steps.short.recordEvents.executeWithOptions(
      { summary: 'ledger failed_over', scheduleToCloseTimeout: ledgerPatience },
      [{ head: headOf(spec), region, rows }],
    );
    return true;
  } catch (thrown) {
    // The group runs here already. The entity keeps the event and writes it as soon as the ledger answers.
    failureOf(thrown);
    return false;
  }
}

const runOf = (point: RecoveryPoint): string => (point.source.kind === 'run' ? point.source.runId : 'of a snapshot');

function tell({ request }: SwitchOverInput, doing: string): void {
  setCurrentDetails(`**Failover to ${request.to}** ${request.reason ? `(${request.reason}) ` : ''}: ${doing}`);
}
