import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExact, stringifyExact } from '../../src/databricks/exact-json.js';

const isLongInteger = (item: unknown): boolean => Number.isInteger(item) && Math.abs(Number(item)) >= 1e15;

describe('never-backwards: ids of 64 bit stay exact', () => {
  it('keeps every digit of a long run id', () => {
    expect(parseExact('{"run_id": 1018446744073709551, "n": 12}')).toEqual({ run_id: '1018446744073709551', n: 12 });
  });

  it('leaves digits inside texts and fractions alone', () => {
    const text = '{"a\\"1234567890123456789": "x 1234567890123456789", "f": 0.12345678901234567, "e": 1e20}';
    expect(parseExact(text)).toEqual(JSON.parse(text));
  });

  it('reads everything but long integers as JSON.parse does', () => {
    const values = fc.jsonValue({ stringUnit: 'binary' });
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value, (_key, item: unknown) => (isLongInteger(item) ? 0 : item));
        expect(parseExact(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('writes and reads any id between any texts', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.string({ unit: 'binary' }), (id, text) => {
        const written = stringifyExact({ before: text, id, after: `${text}${id}` });
        expect(written).toContain(`"id":${id},`);
        const read = parseExact(written) as { before: string; id: unknown; after: string };
        expect(String(read.id)).toBe(String(id));
        expect(read.before).toBe(text);
        expect(read.after).toBe(`${text}${id}`);
      }),
    );
  });
});
