/**
 * JSON whose integers stay exact. Run, job and repair ids are 64-bit integers; `JSON.parse` rounds those beyond 2^53,
 * and a rounded id is another run. Node 20 has neither the reviver's source text nor `JSON.rawJSON`.
 */
import { randomUUID } from 'node:crypto';

/** A string (taken first, so that digits inside it are never seen) or a number. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
/** Integers of up to 15 digits are exact as numbers. */
const longInteger = /^-?\d{16,}$/;

/** Like `JSON.parse`, but integers of 16 digits and more become decimal strings. @throws SyntaxError */
export const parseExact = (text: string): unknown =>
  JSON.parse(text.replace(tokens, (token) => (longInteger.test(token) ? `"${token}"` : token)));

/** Like `JSON.stringify`, and writes a `bigint` as the integer it is. */
export function stringifyExact(value: unknown): string {
  // The marker can't be guessed, so no text of a caller can pass for an integer.
  const marker = randomUUID();
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? `${marker}${item.toString()}` : item,
  );
  return text.replace(new RegExp(`"${marker}(-?\\d+)"`, 'g'), '$1');
}
