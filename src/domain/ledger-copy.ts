/** How one ledger gets the events that only the other one has: which are missing, and what belongs to each. */
import type { LedgerRow } from './ledger.js';

/** An event of a group as a ledger lists it: id and time of its group row. */
export interface ListedEvent {
  readonly eventId: string;
  /** Epoch ms; all rows of an event have the same. */
  readonly recordedAt: number;
}

/**
 * Of the events that one ledger lists those that another one lacks, oldest first, each once: copied in this order, what
 * is there when the copying is cut short has no hole. An event is known by its group row, which is written last: where
 * that one is, the rows of the event's tables are.
 *
 * @param known ids that the other ledger has
 */
export function missingEvents(listed: readonly ListedEvent[], known: ReadonlySet<string>): ListedEvent[] {
  const missing = new Map(listed.filter(({ eventId }) => !known.has(eventId)).map((event) => [event.eventId, event]));
  return [...missing.values()].toSorted((a, b) => a.recordedAt - b.recordedAt || compareText(a.eventId, b.eventId));
}

/** Whole events, ready to be appended to the other ledger. */
export interface EventsToCopy {
  readonly eventIds: readonly string[];
  readonly rows: readonly LedgerRow[];
}

/**
 * As many of the wanted events as fit, in their order and at least one, each with all its rows.
 *
 * @param rows           all rows that were recorded when the wanted events were
 * @param mostCharacters of the rows as JSON, which travel through a workflow's history
 */
export function eventsToCopy(
  wanted: readonly ListedEvent[],
  rows: readonly LedgerRow[],
  mostCharacters: number,
): EventsToCopy {
  const eventIds: string[] = [];
  const copied: LedgerRow[] = [];
  let characters = 0;
  for (const { eventId } of wanted) {
    const own = rows.filter((row) => belongsTo(eventId, row));
    characters += JSON.stringify(own).length;
    if (eventIds.length > 0 && characters > mostCharacters) break;
    eventIds.push(eventId);
    copied.push(...own);
  }
  return { eventIds, rows: copied };
}

/** The id of a table's row is that of its event and the table's name. */
const belongsTo = (eventId: string, row: LedgerRow): boolean =>
  row.eventId === eventId || (row.tableName !== null && row.eventId.startsWith(`${eventId}/`));

/** When the oldest event was recorded that only one of two ledgers has, epoch ms; null: both have the same. */
export function oldestDifference(one: readonly LedgerRow[], other: readonly LedgerRow[]): number | null {
  const differing = [...notIn(other, one), ...notIn(one, other)];
  return differing.length === 0 ? null : Math.min(...differing.map(({ recordedAt }) => recordedAt));
}

function notIn(ledger: readonly LedgerRow[], rows: readonly LedgerRow[]): LedgerRow[] {
  const known = new Set(ledger.map(({ eventId }) => eventId));
  return rows.filter(({ eventId }) => !known.has(eventId));
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
