import { randomBytes } from 'node:crypto';

const smallest = 10n ** 17n;

/**
 * An id as the Jobs API gives them: a 64-bit integer, here always of eighteen digits, so that a client that reads it
 * into a JavaScript number loses digits in the first test and not in production.
 */
export function newId(): string {
  return (smallest + (randomBytes(8).readBigUInt64BE() % (8n * smallest))).toString();
}
