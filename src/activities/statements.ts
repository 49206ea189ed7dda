import { setTimeout as sleep } from 'node:timers/promises';
import type { StatementState } from '../databricks/api.js';
import { DrError } from '../domain/failure.js';
import { patienceMs } from '../domain/spec.js';
import type { HostActivities, StatementOrder } from './contract.js';
import type { ActivityDeps } from './deps.js';
import type { LedgerOf } from './ledger.js';
import { assertNotSwitched } from './ledger.js';
import { adaptiveDelayMs, GaveUp, lookPatiently, notYet } from './waiting.js';

/** Looks within one attempt, the first at once: many a clone ends within some seconds, and its sync should not wait for a retry. */
const quickLooksMs = [0, 300, 600, 1000, 1500] as const;

/** A statement that nobody polls for 15 minutes is dropped by the service; this leaves room for a worker's restart. */
const rarestPollMs = 60_000;

/** Awaiting, cancelling and finding statements that run in the warehouse, whoever submitted them. */
export function createStatementActivities(
  deps: ActivityDeps,
  ledgerOf: LedgerOf,
): Pick<HostActivities, 'awaitStatement' | 'cancelStatement' | 'quiesce'> {
  const stateOf = (order: StatementOrder): Promise<StatementState> =>
    lookPatiently(order.silenceLimitMs, deps.now, () =>
      deps.workspace(order.workspace, order.region).statements(order.hop).get(order.statementId),
    );

  return {
    async awaitStatement(order) {
      const state = await lookQuickly(() => stateOf(order), quickLooksMs);
      if (isLive(state)) throw notYet(`statement ${order.statementId} runs`, adaptiveDelayMs(deps.now(), rarestPollMs));
      // However transient its reason was: another look at a statement that is over would see the same, for ever.
      if (state.state === 'failed') throw new GaveUp(failureOf(order, state.error));
      assertSucceeded(order, state);
    },

    async cancelStatement(order) {
      const statements = deps.workspace(order.workspace, order.region).statements(order.hop);
      await lookPatiently(order.silenceLimitMs, deps.now, () => statements.cancel(order.statementId));
      if (isLive(await stateOf(order))) throw notYet(`statement ${order.statementId} is being cancelled`, 1000);
    },

    async quiesce({ head, region, keepSyncId, holder }) {
      if (holder) {
        const { workspace, group } = head;
        await lookPatiently(patienceMs(head), deps.now, async () =>
          assertNotSwitched(await ledgerOf(head, region), { workspace, group, ...holder }),
        );
      }
      const statements = deps.workspace(head.workspace, region).statements('receive');
      const tags = { dr_group: `${head.workspace}/${head.group}`, dr_hop: 'receive' };
      const live = await lookPatiently(patienceMs(head), deps.now, () => statements.listLive(tags));
      const unwanted = live.filter(({ tags }) => keepSyncId === null || tags.dr_sync !== keepSyncId);
      if (unwanted.length === 0) return;
      for (const { statementId } of unwanted) await statements.cancel(statementId);
      throw notYet(`${unwanted.length} statements are being cancelled`, 1000);
    },
  };
}

/**
 * Looks after each of the pauses until the statement is over.
 *
 * @returns the last state seen: a live one where it still runs
 */
export async function lookQuickly(
  look: () => Promise<StatementState>,
  pausesMs: readonly number[],
): Promise<StatementState> {
  let state: StatementState = { state: 'pending' };
  for (const pauseMs of pausesMs) {
    if (pauseMs > 0) await sleep(pauseMs);
    state = await look();
    if (!isLive(state)) break;
  }
  return state;
}

export const isLive = ({ state }: StatementState): boolean => state === 'pending' || state === 'running';

type Ended = Pick<StatementOrder, 'statementId' | 'hop' | 'doing'>;

/**
 * Whether a statement that is over did its work is read from the table: a result that was lost is no failure.
 *
 * @throws what the statement failed with, STATEMENT_CANCELED
 */
export function assertSucceeded(order: Ended, state: StatementState): void {
  if (state.state === 'failed') throw failureOf(order, state.error);
  if (state.state === 'canceled') {
    throw new DrError('STATEMENT_CANCELED', `${order.doing}: statement ${order.statementId} was cancelled.`, {
      remedy: 'If nobody did so on purpose, look at the limits of the SQL warehouse; the sync is tried again.',
    });
  }
}

/**
 * What is sent was there when the cut was chosen, and where it goes to need not be: a table that is missing was dropped in
 * between, as a job may do that creates its tables anew. Its next end makes a cut.
 */
function failureOf({ hop, doing }: Ended, cause: DrError): DrError {
  const message = `${doing}: ${cause.message}`;
  if (hop !== 'send' || cause.code !== 'TABLE_NOT_FOUND') {
    return new DrError(cause.code, message, { remedy: cause.remedy, retryAfterMs: cause.retryAfterMs, cause });
  }
  return new DrError('VERSION_EXPIRED', `A table was dropped after the cut was chosen. ${message}`, {
    remedy: 'The end of the next good run makes a cut again.',
    cause,
  });
}
