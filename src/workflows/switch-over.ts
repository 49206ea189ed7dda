import { CancellationScope, isCancellation, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { SavedJobSettings, UsablePoint } from '../activities/contract.js';
import type { Failure } from '../domain/failure.js';
import type { SwitchOutcome } from '../domain/group/outcomes.js';
import type { SwitchRequest } from '../domain/group/requests.js';
import type { LedgerRow } from '../domain/ledger.js';
import type { SwitchDetail } from '../domain/ledger-events.js';
import { ledgerRow, pointRows } from '../domain/ledger-events.js';
import type { GroupRef, GroupSpec } from '../domain/spec.js';
import { headOf } from '../domain/spec.js';
import { failureOf } from './failure.js';
import type { HostSteps } from './steps.js';
import { homeSteps, switchSteps } from './steps.js';
import type { Brought } from './switch-publish.js';
import { authorOf, bringToPoint, ledgerPatience } from './switch-publish.js';
import { summaryOf } from './sync/send.js';

/** The query history may lag behind by this much: a statement submitted just before is looked for only then. */
const historyLag = '15 seconds';

/** A job that was fenced here by nobody knows whom may run one at a time again, as jobs do by default. */
const unfencedJob: SavedJobSettings = { maxConcurrentRuns: 1 };

export interface SwitchOverInput extends GroupRef {
  readonly switchId: string;
  readonly request: SwitchRequest;
  readonly epoch: number;
  readonly controller: string;
  /** A sync was cancelled while tables were being received: one of its statements may still run unseen. */
  readonly receiveUnderWay: boolean;
  /** Runs that ended after the published point, were active, or whose point may be given up: what may be missing. */
  readonly lostRuns: readonly string[];
  /** When those ended that have ended, epoch ms: what the chosen point holds is not missing. */
  readonly runEnds?: Readonly<Record<string, number>>;
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

  tell(input, 'stopping what still writes to the tables here');
  if (input.receiveUnderWay) await sleep(historyLag);
  await steps.waiting.quiesce({ head: headOf(spec), region: request.to, keepSyncId: null });

  tell(input, 'bringing the tables to the newest usable recovery point');
  const { usable, epoch, received } = await bringToPoint(input, spec, steps, reached);
  // The tables are right. Whoever cancels now would leave a job that runs here, and nobody who knows of it.
  return CancellationScope.nonCancellable(() => handOver(input, spec, steps, { usable, epoch, received }));
}

async function handOver(
  input: SwitchOverInput,
  spec: GroupSpec,
  steps: HostSteps,
  { usable, epoch, received }: Brought,
): Promise<SwitchOutcome> {
  const { request } = input;
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
    point: summaryOf(usable.point, received.length === 0 ? (usable.publishedAt ?? switchedAt) : switchedAt),
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
  received: Brought['received'],
): LedgerRow[] {
  const { request } = input;
  const author = authorOf(input, epoch);
  const detail: SwitchDetail = {
    to: request.to,
    switchId: input.switchId,
    requestId: request.requestId,
    reason: request.reason,
    requestedBy: request.requestedBy,
    point: usable.point.syncId,
    switchedAt,
    lostRuns: input.lostRuns.filter((runId) => (input.runEnds?.[runId] ?? Infinity) > usable.point.runEndTime),
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

function tell({ request }: SwitchOverInput, doing: string): void {
  setCurrentDetails(`**Failover to ${request.to}** ${request.reason ? `(${request.reason}) ` : ''}: ${doing}`);
}
