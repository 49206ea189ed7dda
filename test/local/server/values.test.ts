import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, toJson } from '../../../src/local/server/http/json.js';
import { parseQueryTags } from '../../../src/local/server/query-tags.js';
import { parseSparkType } from '../../../src/local/server/spark-type.js';
import { restValueText, timestampText, valueText } from '../../../src/local/server/values.js';

test('query tags come out as the drivers wrote them', () => {
  // The rule of both drivers: backslashes in keys are escaped, in values also colons and commas.
  const write = (tags: Record<string, string | null>) =>
    Object.entries(tags)
      .map(([key, value]) => [
        key.replaceAll('\\', '\\\\'),
        ...(value === null ? [] : [value.replace(/[\\:,]/g, (special) => `\\${special}`)]),
      ])
      .map((parts) => parts.join(':'))
      .join(',');
  const key = fc.string({ minLength: 1 }).filter((text) => !/[:,]/.test(text) && text !== '__proto__');
  fc.assert(
    fc.property(fc.dictionary(key, fc.option(fc.string())), (tags) => {
      expect({ ...parseQueryTags(write(tags)) }).toEqual({ ...tags });
    }),
  );
});

test('64-bit ids survive JSON in both directions', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 10n ** 15n, max: 2n ** 63n - 1n }), fc.string(), (id, text) => {
      expect(parseJson(toJson({ id, text, digits: `"${id}` }))).toEqual({ id: String(id), text, digits: `"${id}` });
    }),
  );
});

test('type texts are taken apart however deep they nest', () => {
  expect(parseSparkType('map<string,array<decimal(18,2)>>')).toEqual({
    kind: 'map',
    key: { kind: 'primitive', name: 'string' },
    value: { kind: 'array', element: { kind: 'decimal', precision: 18, scale: 2 } },
  });
  expect(parseSparkType('struct<a:bigint,`b:,<`:struct<c:map<string,int>>>')).toEqual({
    kind: 'struct',
    fields: [
      { name: 'a', type: { kind: 'primitive', name: 'bigint' } },
      {
        name: 'b:,<',
        type: {
          kind: 'struct',
          fields: [
            {
              name: 'c',
              type: {
                kind: 'map',
                key: { kind: 'primitive', name: 'string' },
                value: { kind: 'primitive', name: 'int' },
              },
            },
          ],
        },
      },
    ],
  });
});

test('times before 1970 and between milliseconds keep their microseconds', () => {
  expect(timestampText(-1n)).toBe('1969-12-31 23:59:59.999999');
  expect(timestampText(1_769_860_800_000_001n)).toBe('2026-01-31 12:00:00.000001');
  expect(timestampText(0n)).toBe('1970-01-01 00:00:00');
});

test('nested values keep exact numbers, times and nulls', () => {
  const type = parseSparkType(
    'struct<id:bigint,at:timestamp,tags:map<string,decimal(9,2)>,list:array<string>,none:int>',
  );
  const value = { id: 2n ** 60n, at: 0n, tags: { a: '1.50' }, list: ['"'], none: null };
  const nested = (at: string) => `{"id":1152921504606846976,"at":"${at}","tags":{"a":1.50},"list":["\\""],"none":null}`;
  expect(valueText(value, type)).toBe(nested('1970-01-01 00:00:00'));
  expect(restValueText(value, type)).toBe(nested('1970-01-01T00:00:00.000Z'));
});
