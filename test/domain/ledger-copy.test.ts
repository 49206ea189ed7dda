/** Promise 4: a group's state can be rebuilt from either region's ledger, because each gets what only the other one has. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerRow } from '../../src/domain/ledger.js';
import type { ListedEvent } from '../../src/domain/ledger-copy.js';
import { eventsToCopy, missingEvents, oldestDifference } from '../../src/domain/ledger-copy.js';
import { ledgerRow } from '../../src/domain/ledger-events.js';

const author = { workspace: 'w', group: 'g', epoch: 1, controller: 'c', direction: 'forward' } as const;

/** An event with rows of so many tables, as it is appended: the group row last. */
function eventRows(eventId: string, recordedAt: number, tables = 0): LedgerRow[] {
  const ofTables = Array.from({ length: tables }, (_, index) =>
    ledgerRow(author, 'sent', `${eventId}/c.s.table_${index}`, recordedAt, { tableName: `c.s.table_${index}` }),
  );
  return [...ofTables, ledgerRow(author, 'sent', eventId, recordedAt, { detail: `the manifest of ${eventId}` })];
}

const listed = (rows: readonly LedgerRow[]): ListedEvent[] =>
  rows.filter(({ tableName }) => tableName === null).map(({ eventId, recordedAt }) => ({ eventId, recordedAt }));

const ids = (rows: readonly { eventId: string }[]): string[] => rows.map(({ eventId }) => eventId);

describe('what a ledger lacks', () => {
  const events = [
    { eventId: 'c', recordedAt: 3 },
    { eventId: 'a', recordedAt: 1 },
    { eventId: 'b', recordedAt: 3 },
    { eventId: 'a', recordedAt: 1 },
  ];

  it.each<[string, string[], string[]]>([
    ['nothing is known: all, the oldest first, each once though it was written twice', [], ['a', 'b', 'c']],
    ['some are known', ['a', 'c'], ['b']],
    ['all are known', ['a', 'b', 'c', 'x'], []],
  ])('%s', (_what, known, missing) => {
    expect(ids(missingEvents(events, new Set(known)))).toEqual(missing);
  });
});

describe('what is copied of an event', () => {
  const one = eventRows('sync-1/sent', 1, 3);
  const other = eventRows('sync-1/sent-again', 1, 1);
  const wanted = [...listed(one), ...listed(other)];

  it('all of its rows, and none of an event of the same instant', () => {
    const { rows } = eventsToCopy(listed(one), [...other, ...one], 1_000_000);
    expect(new Set(ids(rows))).toEqual(new Set(ids(one)));
  });

  it('as many events as fit, whole; one in any case, or it would never be copied', () => {
    const size = JSON.stringify(one).length;
    expect(eventsToCopy(wanted, [...one, ...other], size + 1).eventIds).toEqual(['sync-1/sent']);
    expect(eventsToCopy(wanted, [...one, ...other], 1).eventIds).toEqual(['sync-1/sent']);
    expect(eventsToCopy(wanted, [...one, ...other], 3 * size).eventIds).toEqual(['sync-1/sent', 'sync-1/sent-again']);
  });

  it('an event that is gone is passed over, not waited for', () => {
    expect(eventsToCopy(wanted, one, 1_000_000)).toEqual({ eventIds: ids(wanted), rows: one });
  });
});

describe('since when two ledgers differ', () => {
  const [a, b, c] = [1, 2, 3].map((at) => eventRows(`e${at}`, at)) as [LedgerRow[], LedgerRow[], LedgerRow[]];

  it.each<[string, LedgerRow[], LedgerRow[], number | null]>([
    ['they are the same', [...a, ...b], [...b, ...a], null],
    ['both are empty', [], [], null],
    ['one has more', [...a, ...b, ...c], a, 2],
    ['each has what the other lacks', [...a, ...c], [...a, ...b], 2],
    ['an old one was lost', [...b, ...c], [...a, ...b, ...c], 1],
  ])('%s', (_what, one, other, since) => {
    expect(oldestDifference(one, other)).toBe(since);
    expect(oldestDifference(other, one)).toBe(since);
  });
});

describe('copying that may be cut short at any append', () => {
  const ledgers = fc
    .array(fc.record({ at: fc.integer({ min: 0, max: 20 }), tables: fc.nat(3), there: fc.boolean() }), {
      maxLength: 30,
    })
    .map((events) =>
      events.map(({ at, tables, there }, index) => ({ rows: eventRows(`e${index}`, at, tables), there })),
    );

  it('leaves no hole, writes nothing twice, and in the end both ledgers are the same', () => {
    fc.assert(
      fc.property(ledgers, fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1 }), (events, deaths) => {
        const from = events.flatMap(({ rows }) => rows);
        const to = events.filter(({ there }) => there).flatMap(({ rows }) => rows);
        const natives = new Set(ids(to));
        /** Appends as the ledger does: what is known by its id is left out. */
        const append = (rows: readonly LedgerRow[]): void => {
          const known = new Set(ids(to));
          to.push(...rows.filter(({ eventId }) => !known.has(eventId)));
        };
        const pass = (mostAppends: number): void => {
          let missing = missingEvents(listed(from), new Set(ids(to)));
          for (let appends = 0; missing.length > 0 && appends < mostAppends; appends++) {
            const { eventIds, rows } = eventsToCopy(missing.slice(0, 8), from, 800);
            append(rows);
            missing = missing.filter(({ eventId }) => !eventIds.includes(eventId));
          }
          const lacking = missingEvents(listed(from), new Set(ids(to)));
          const copied = listed(to).filter(({ eventId }) => !natives.has(eventId));
          const oldest = lacking[0]?.recordedAt ?? Number.POSITIVE_INFINITY;
          expect(copied.every(({ recordedAt }) => recordedAt <= oldest)).toBe(true);
        };
        for (const appends of deaths) pass(appends);
        pass(Number.POSITIVE_INFINITY);
        expect(to).toHaveLength(from.length);
        expect(new Set(ids(to))).toEqual(new Set(ids(from)));
      }),
    );
  });
});
