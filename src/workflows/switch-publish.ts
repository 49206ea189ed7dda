import { log } from '@temporalio/workflow';
import type { UsablePoint } from '../activities/contract.js';
import type { ClonedTable, LedgerAuthor } from '../domain/ledger-events.js';
import { failureRow } from '../domain/ledger-events.js';
import { directionFrom, otherRegion } from '../domain/region.js';
import type { GroupSpec } from '../domain/spec.js';
import { headOf } from '../domain/spec.js';
import { failureOf } from './failure.js';
import type { PublishOrder } from './publish.js';
import { guardTargets, newProgress, publishInAttempts } from './publish.js';
import type { HostSteps } from './steps.js';
import type { SwitchOverInput } from './switch-over.js';

/** A switch never waits longer for a ledger. */
export const ledgerPatience = '20 seconds';

/** Points that one switch tries: each takes its time, and the clock of the outage ticks. */
const mostPoints = 3;

/** What the tables of the region hold by now. */
export interface Brought {
  readonly usable: UsablePoint;
  readonly epoch: number;
  /** Tables that had to be replaced for it. */
  readonly received: readonly ClonedTable[];
}

/**
 * Brings the tables of a region to the newest usable recovery point, or to the one that was asked for. A point that fails
 * verification twice is wrong in staging: the ledger is told, and the one before is taken.
 *
 * @param reached is told the epoch before the first table is replaced
 */
export async function bringToPoint(
  input: SwitchOverInput,
  spec: GroupSpec,
  steps: HostSteps,
  reached: { epoch: number | null },
): Promise<Brought> {
  for (let tried = 1; ; tried++) {
    const usable = await choose(input, spec, steps);
    const epoch = Math.max(input.epoch, usable.ledgerEpoch) + 1;
    try {
      return { usable, epoch, received: await publishPoint(input, spec, steps, usable, epoch, reached) };
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (failure.code !== 'VERIFY_FAILED' || input.request.recoveryPoint !== null || tried === mostPoints)
        throw thrown;
      log.warn('a recovery point failed verification; the one before is taken', { syncId: usable.point.syncId });
      const { syncId } = usable.point;
      const author = authorOf(input, epoch);
      const row = failureRow(author, 'failed', `${input.switchId}/${syncId}/failed`, failure, Date.now(), { syncId });
      await steps.short.recordEvents.executeWithOptions(
        { summary: 'ledger failed', scheduleToCloseTimeout: ledgerPatience },
        [{ head: headOf(spec), region: input.request.to, rows: [row] }],
      );
    }
  }
}

export const authorOf = (input: SwitchOverInput, epoch: number): LedgerAuthor => ({
  workspace: input.workspace,
  group: input.group,
  epoch,
  controller: input.controller,
  direction: directionInto(input),
});

/** What lies in the region was copied into it while the other one was active. */
const directionInto = ({ request }: SwitchOverInput) => directionFrom(otherRegion(request.to));

const choose = (input: SwitchOverInput, spec: GroupSpec, steps: HostSteps): Promise<UsablePoint> =>
  steps.wide.usablePoint({
    spec,
    direction: directionInto(input),
    runId: input.request.recoveryPoint,
    endedSince: null,
    epochBefore: input.epoch,
  });

async function publishPoint(
  input: SwitchOverInput,
  spec: GroupSpec,
  steps: HostSteps,
  { point, publishedAt, baselines }: UsablePoint,
  epoch: number,
  reached: { epoch: number | null },
): Promise<readonly ClonedTable[]> {
  const { request, controller, switchId } = input;
  const order: PublishOrder = {
    head: headOf(spec),
    direction: directionInto(input),
    point,
    epoch,
    controller,
    previous: null,
    baselines,
    strandAs: request.acceptLoss ? switchId : null,
    isPublished: publishedAt !== null,
    progress: newProgress(),
  };
  const readings = order.strandAs === null ? await guardTargets(steps, order) : [];
  reached.epoch = epoch;
  const attempts = { spec, failedAttempts: 0, failedVerifications: 0 };
  return publishInAttempts(attempts, steps, order, readings, () =>
    steps.waiting.quiesce({ head: order.head, region: request.to, keepSyncId: null }),
  );
}
