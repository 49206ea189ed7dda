import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonText } from '../../src/config/json-text.js';

describe('the JSON reader', () => {
  it('reads what JSON.parse reads, and nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 3 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJsonText(text).value).toEqual(JSON.parse(text));
      }),
    );
    const accepts = (read: () => unknown): boolean => {
      try {
        read();
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.string({ maxLength: 2 }), (value, at, extra) => {
        const text = JSON.stringify(value);
        const broken = text.slice(0, at % (text.length + 1)) + extra + text.slice((at % (text.length + 1)) + 1);
        expect(accepts(() => parseJsonText(broken))).toBe(accepts(() => JSON.parse(broken)));
      }),
    );
  });

  it('takes a byte order mark and "__proto__" for what they are', () => {
    expect(parseJsonText('\uFEFF{"a":1}').value).toEqual({ a: 1 });
    expect(Object.keys(parseJsonText('{"__proto__": 1}').value as object)).toEqual(['__proto__']);
  });
});
