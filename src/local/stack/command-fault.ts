import { CliError, exitCodes } from '../../client/exit.js';
import type { Io } from '../../client/io.js';
import type { FaultRequest } from './control-routes.js';
import { askPair } from './pair-errors.js';

export interface FaultOptions {
  readonly dir: string;
  readonly region: FaultRequest['region'];
  readonly part?: FaultRequest['part'];
  readonly seed?: number;
}

/** `local fault`: switches a fault of a region or of one of its parts; `none` lifts it. */
export async function setFault(io: Io, name: string, values: readonly string[], options: FaultOptions): Promise<void> {
  const { dir, region, part, seed } = options;
  const fault = parseFault(name, values);
  await askPair(dir, (pair) =>
    pair.fault({ region, fault, ...(part && { part }), ...(seed !== undefined && { seed }) }),
  );
  io.out(`${region}${part ? ` ${part}` : ''}: ${[name, ...values].join(' ')}\n`);
}

const plainFaults = ['outage', 'hang', 'drop-response', 'die-half-way', 'orphan', 'none'] as const;
const usages = 'outage | hang | latency MS | http STATUS RATE | drop-response | die-half-way | orphan | none';

function parseFault(name: string, values: readonly string[]): FaultRequest['fault'] {
  const plain = plainFaults.find((fault) => fault === name);
  if (plain) {
    if (values.length > 0) throw misuse(`The fault ${name} takes no values.`);
    return { kind: plain };
  }
  const [first, second] = values.map((value) => (value.trim() === '' ? Number.NaN : Number(value)));
  if (name === 'latency') {
    if (values.length !== 1 || first === undefined || !(first >= 0)) throw misuse('latency takes milliseconds.');
    return { kind: 'latency', ms: first };
  }
  if (name === 'http') {
    const isStatus = first !== undefined && Number.isInteger(first) && first >= 400 && first <= 599;
    const isRate = second !== undefined && second >= 0 && second <= 1;
    if (values.length !== 2 || !isStatus || !isRate) {
      throw misuse('http takes a status from 400 to 599 and a rate from 0 to 1.');
    }
    return { kind: 'http', status: first, rate: second };
  }
  throw misuse(`There is no fault '${name}'.`);
}

const misuse = (message: string): CliError => new CliError(exitCodes.badUsage, message, `Faults are: ${usages}.`);
