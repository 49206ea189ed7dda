import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { Baseline, CloneOrder, CloneResult, StatementOrder, StrandOrder } from '../activities/contract.js';
import type { Region } from '../domain/region.js';
import { cloneText, endsOf, patienceMs } from '../domain/spec.js';
import type { HostSteps } from './steps.js';

/** How long a cancelled workflow tries to cancel a statement in a region that may be dead. */
const cancelPatience = '60 seconds';

/**
 * One clone from order to result. The statement runs in the warehouse and its id is in history: a worker that dies
 * costs nothing but the time until another one looks.
 */
export async function clone(steps: HostSteps, order: CloneOrder): Promise<CloneResult> {
  const { source, target } = endsOf(order.direction);
  const region = order.hop === 'send' ? source : target;
  const summary = `${order.hop} ${order.table[source]} @v${order.fromVersion}`;

  const start = await steps.submitting.startClone.executeWithOptions({ summary }, [order]);
  if (start.kind === 'done') return start.result;
  await awaitStatement(
    steps,
    statementOf(order, region, start.statementId, cloneText(order.hop, order.table, order.direction)),
    summary,
  );
  return steps.short.finishClone.executeWithOptions({ summary }, [order, start]);
}

/**
 * Deep-clones a changed target table to `stranded/` before it is replaced.
 *
 * @returns what was put aside, and may be replaced from here on
 */
export async function putAside(steps: HostSteps, order: CloneOrder, strandAs: string): Promise<Baseline> {
  const { target } = endsOf(order.direction);
  const summary = `put aside ${order.table[target]}`;
  const strand: StrandOrder = {
    head: order.head,
    direction: order.direction,
    table: order.table,
    switchId: strandAs,
  };
  const start = await steps.submitting.startStrand.executeWithOptions({ summary }, [strand]);
  const doing = `Copy of ${order.table[target]} that is put aside`;
  await awaitStatement(steps, statementOf(order, target, start.statementId, doing), summary);
  return steps.short.finishStrand.executeWithOptions({ summary }, [strand, start]);
}

const statementOf = (
  { head, hop }: CloneOrder,
  region: Region,
  statementId: string,
  doing: string,
): StatementOrder => ({
  workspace: head.workspace,
  region,
  hop,
  statementId,
  doing,
  silenceLimitMs: patienceMs(head),
});

async function awaitStatement(steps: HostSteps, statement: StatementOrder, summary: string): Promise<void> {
  try {
    await steps.waiting.awaitStatement.executeWithOptions({ summary }, [statement]);
  } catch (thrown) {
    if (isCancellation(thrown)) await cancel(steps, statement, summary);
    throw thrown;
  }
}

/** A cancelled clone must not finish behind our back. The step's own failure is no more than the region's silence. */
async function cancel(steps: HostSteps, statement: StatementOrder, summary: string): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    try {
      await steps.waiting.cancelStatement.executeWithOptions(
        { summary: `cancel ${summary}`, scheduleToCloseTimeout: cancelPatience },
        [statement],
      );
    } catch (thrown) {
      // Whoever writes to the same target next quiesces it first, so that this statement is found again by its tags.
      log.warn('a statement could not be cancelled', { statementId: statement.statementId, error: String(thrown) });
    }
  });
}
