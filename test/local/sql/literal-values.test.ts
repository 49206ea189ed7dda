import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Duck } from '../../../src/local/sql/duck.js';
import { literalValues } from '../../../src/local/sql/literal-values.js';
import { bindParameters } from '../../../src/local/sql/parameters.js';
import { loadPolyglot } from '../../../src/local/sql/polyglot.js';
import { translateQuery } from '../../../src/local/sql/translate.js';

let duck: Duck;

beforeAll(async () => {
  await loadPolyglot();
  duck = await Duck.open({ memoryLimitMegabytes: 256, threads: 1 });
});
afterAll(() => duck.close());

const signal = new AbortController().signal;
const noSource = () => Promise.reject(new Error('VALUES read nothing.'));
const translated = (query: string) => translateQuery(query, { table: noSource, tableFunction: noSource });

async function computed(query: string): Promise<unknown> {
  const { types, rows } = await duck.session(signal, (session) => session.query(query));
  return { types: types.map(String), rows: rows.map((row) => row.map(String)) };
}

/** A string as a parameter would be bound: with every character that has a meaning of its own. */
const text = fc
  .string({
    unit: fc.constantFrom(
      'a',
      "'",
      '"',
      '\\',
      '%',
      '_',
      '\n',
      '`',
      ';',
      '--',
      ':p',
      '(',
      ',',
      'ß',
      '😀',
      'u0041',
      '{"x":1}',
    ),
    maxLength: 12,
  })
  .map((value) => bindParameters(':p', { p: { type: 'STRING', value } }));
const instant = fc
  .date({ min: new Date('1970-01-02'), max: new Date('2200-01-01'), noInvalidDate: true })
  .map((value) => bindParameters(':p', { p: { type: 'TIMESTAMP', value: value.toISOString() } }));
const whole = fc.oneof(fc.integer(), fc.maxSafeInteger()).map(String);
const columnTypes = [text, instant, whole, fc.constantFrom('TRUE', 'false')];

/** Rows whose columns hold values of one type each, or NULL. */
const rows = fc
  .constantFrom(...columnTypes.map((_, at) => [...columnTypes.slice(at), ...columnTypes.slice(0, at)]))
  .chain((columns) =>
    fc.array(fc.tuple(...columns.map((column) => fc.oneof(column, fc.constant('NULL')))), {
      minLength: 1,
      maxLength: 4,
    }),
  );

it('literal rows are what the translator makes of them', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (values) => {
      const query = `VALUES ${values.map((row) => `(${row.join(', ')})`).join(', ')}`;
      const direct = literalValues(query);
      expect(direct).toBeDefined();
      expect(await computed(direct ?? '')).toEqual(await computed(await translated(query)));
    }),
    { numRuns: 60 },
  );
});

it.each([
  'SELECT 1',
  'VALUES',
  'VALUES (1',
  'VALUES (1),',
  'VALUES (1) AS t(a)',
  'VALUES (1 + 1)',
  'VALUES (1.5)',
  'VALUES (2L)',
  'VALUES (- - 1)',
  "VALUES ('a' 'b')",
  'VALUES (current_timestamp())',
  "VALUES (CAST('1' AS INT))",
  "VALUES (CAST('1' AS TIMESTAMP_NTZ))",
  'VALUES (CAST(NULL AS TIMESTAMP))',
  'VALUES (a)',
])('leaves everything else to the translator: %s', (query) => {
  expect(literalValues(query)).toBeUndefined();
});
