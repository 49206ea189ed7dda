import { eventsToCopy, missingEvents } from '../domain/ledger-copy.js';
import type { HostActivities } from './contract.js';
import type { LedgerOf } from './ledger.js';
import { isMissing } from './ledger.js';

/** Rows that one answer may have. */
const mostRows = 10_000;

/** Of the rows that travel through a workflow's history in one step; compressed they are a tenth of it. */
const mostCharacters = 1_000_000;

/** The three looks by which a region's ledger gets what only the other one has. Appending is `recordEvents`. */
export const createLedgerCopyActivities = (
  ledgerOf: LedgerOf,
): Pick<HostActivities, 'listEvents' | 'missingEvents' | 'readForCopy'> => ({
  async listEvents({ head, region, since, limit }) {
    const ledger = await ledgerOf(head, region);
    return orWithoutLedger([], () => ledger.list({ workspace: head.workspace, group: head.group, since, limit }));
  },

  async missingEvents({ head, region, events }) {
    const ledger = await ledgerOf(head, region);
    const known = await orWithoutLedger(new Set<string>(), () => ledger.known(events.map(({ eventId }) => eventId)));
    return missingEvents(events, known);
  },

  async readForCopy({ head, region, events }) {
    const ledger = await ledgerOf(head, region);
    const recordedAt = [...new Set(events.map((event) => event.recordedAt))];
    const rows = await ledger.read({ workspace: head.workspace, group: head.group, recordedAt, limit: mostRows });
    return eventsToCopy(events, rows, mostCharacters);
  },
});

/** A ledger that nobody created yet holds nothing. */
async function orWithoutLedger<Answer>(nothing: Answer, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (thrown) {
    if (isMissing(thrown)) return nothing;
    throw thrown;
  }
}
