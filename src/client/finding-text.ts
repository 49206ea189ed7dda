import type { Finding } from '../config/index.js';
import { indented, wrap } from './text.js';

/** A finding for people: where, what, what to do. */
export function findingText({ place, message, remedy, severity }: Finding, columns: number): string {
  const head = wrap(place === '' ? severity : `${severity} at ${place}`, columns).join('\n');
  return `${head}\n${indented(message, columns)}${indented(`To do: ${remedy}`, columns)}`;
}
