import { log } from '@temporalio/workflow';
import type { LedgerGap } from '../../domain/group/ledger-gap.js';
import { afterCopy, afterCopyFailure, comparedFrom } from '../../domain/group/ledger-gap.js';
import { ledgerRegion } from '../../domain/group/ledger-queue.js';
import { nextStep } from '../../domain/group/next-step.js';
import type { Region } from '../../domain/region.js';
import { otherRegion } from '../../domain/region.js';
import type { GroupHead } from '../../domain/spec.js';
import { headOf } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import { homeSteps, syncSteps } from '../steps.js';
import type { Entity } from './entity.js';
import { interrupted, mustLeave, untilUrgent } from './entity.js';

/** A warehouse without serverless compute takes some minutes to start. */
const patience = '5 minutes';

/** Ids that one step lists: as many as one statement can ask the other ledger for. */
const eventsPerPage = 200;

/** Events that one step reads: of a thousand tables each, they are as many rows as one answer may have. */
const eventsPerRead = 8;

/**
 * What is done at a time. A ledger that was lost, or is new, lacks the events of years: it is filled a part at a time,
 * the oldest first, and no history grows beyond measure.
 */
const mostPages = 50;
const mostAppends = 20;

/**
 * Copies to each region's ledger the events that only the other one has, so that a group's state can be rebuilt from
 * either alone. Something more urgent interrupts it; what was copied by then is found there the next time.
 */
export async function copyStep(entity: Entity): Promise<void> {
  const { ledgerGap } = entity.state;
  if (!ledgerGap) return;
  try {
    const reached = await untilUrgent(
      entity,
      () => mustLeave() || nextStep(entity.state, entity.settings, Date.now()).do !== 'copy',
      () => closeGap(entity, ledgerGap),
    );
    if (reached !== interrupted) entity.state = afterCopy(entity.state, reached);
  } catch (thrown) {
    const failure = failureOf(thrown);
    log.warn('the ledgers could not be made alike', { code: failure.code, message: failure.message });
    entity.state = afterCopyFailure(entity.state, failure, Date.now());
  }
}

/** @returns where it was cut short, epoch ms; null: both ledgers are the same */
async function closeGap(entity: Entity, gap: LedgerGap): Promise<number | null> {
  const head = headOf(await homeSteps.loadSpec(entity.ref));
  const written = ledgerRegion(entity.state);
  // The other one is asked first: while it is silent, no warehouse is woken to tell it something.
  const fromOther = await copyFrom(otherRegion(written), head, comparedFrom(gap));
  const fromWritten = await copyFrom(written, head, comparedFrom(gap));
  return fromOther === null || fromWritten === null ? (fromOther ?? fromWritten) : Math.min(fromOther, fromWritten);
}

/** One way. @returns where it was cut short, epoch ms; null: the other ledger has all that this one has */
async function copyFrom(from: Region, head: GroupHead, since: number): Promise<number | null> {
  const to = otherRegion(from);
  const [source, target] = [syncSteps(head, from).short, syncSteps(head, to).short];
  const options = (doing: string) =>
    ({ summary: `${doing} of the ${from}`, scheduleToCloseTimeout: patience }) as const;
  let reached = since;
  let appends = 0;
  for (let page = 0; page < mostPages; page++) {
    const list = { head, region: from, since: reached, limit: eventsPerPage };
    const listed = await source.listEvents.executeWithOptions(options('list the events'), [list]);
    if (listed.length === 0) return null;
    const ask = { head, region: to, events: listed };
    let missing = await target.missingEvents.executeWithOptions(options('compare the events'), [ask]);
    for (let [next] = missing; next; [next] = missing) {
      if (appends++ === mostAppends) return next.recordedAt;
      const read = { head, region: from, events: missing.slice(0, eventsPerRead) };
      const { eventIds, rows } = await source.readForCopy.executeWithOptions(options('read events'), [read]);
      await target.recordEvents.executeWithOptions(options('copy events'), [{ head, region: to, rows }]);
      missing = missing.filter(({ eventId }) => !eventIds.includes(eventId));
    }
    if (listed.length < eventsPerPage) return null;
    reached = listed.at(-1)?.recordedAt ?? reached;
  }
  return reached;
}
