/** What a chaos run is going to do: drawn from its seed before it begins, so that a seed names one story. */
import type { Region } from '../../src/domain/region.js';
import { seededRandom } from '../../src/local/random.js';
import type { Fault, Part } from '../../src/local/server/faults.js';

/** One thing that happens to a group, its job, its regions, its worker or its server. */
export type Happening =
  | { readonly what: 'run'; readonly how: 'good' | 'fails' | 'repaired' | 'cancelled'; readonly stepDelayMs: number }
  | { readonly what: 'maintenance'; readonly statement: 'OPTIMIZE' | 'VACUUM'; readonly table: number }
  | { readonly what: 'ask'; readonly how: 'syncNow' | 'again' | 'tick' | 'nonsense' | 'unknown' }
  | { readonly what: 'pause'; readonly forMs: number }
  | {
      readonly what: 'fault';
      readonly region: Region;
      readonly part: Part;
      readonly fault: Fault;
      readonly seed: number;
      /** From its first hit on. */
      readonly forMs: number;
    }
  | { readonly what: 'worker'; readonly how: 'killed' | 'stopped'; readonly downMs: number }
  | { readonly what: 'server'; readonly how: 'killed' }
  | {
      readonly what: 'operator';
      readonly how:
        | 'terminates the group'
        | 'cancels the group'
        | 'resets the group'
        | 'cancels the sync'
        | 'terminates the sync';
    };

export interface Moment {
  /** From the round's beginning. */
  readonly atMs: number;
  readonly happening: Happening;
}

/** How the primary dies at the end of a run. */
export interface Finale {
  readonly during: 'rest' | 'run' | 'sync';
  readonly dark: 'outage' | 'hang';
  /** The worker is killed so long after the failover was asked for; null: it lives. */
  readonly workerKilledAfterMs: number | null;
  /** From the sync's beginning to the outage. */
  readonly afterMs: number;
}

export interface Plan {
  readonly seed: number;
  readonly job: 'light' | 'whole';
  /** Attempts of a sync. */
  readonly maxRetries: number;
  readonly attribution: 'history' | 'query-history';
  /** The Temporal server keeps its state, so that it can be killed. */
  readonly keptServer: boolean;
  /** A run was published before anything happens; else the first sync of all is met. */
  readonly protectedBefore: boolean;
  readonly rounds: readonly (readonly Moment[])[];
  readonly finale: Finale | null;
}

const happeningsInRound = 6;
const roundMs = 4000;

/** The story of a seed. */
export function planOf(seed: number): Plan {
  const random = seededRandom(seed);
  const dice = diceOf(random);
  const keptServer = dice.chance(0.3);
  return {
    seed,
    job: dice.chance(0.75) ? 'light' : 'whole',
    maxRetries: dice.pick([1, 2, 3]),
    attribution: dice.pick(['history', 'query-history']),
    keptServer,
    protectedBefore: dice.chance(0.7),
    rounds: Array.from({ length: dice.pick([1, 1, 2]) }, () => roundOf(dice, keptServer)),
    finale: dice.chance(0.4)
      ? {
          during: dice.pick(['rest', 'run', 'sync']),
          dark: dice.pick(['outage', 'outage', 'hang']),
          workerKilledAfterMs: dice.chance(0.4) ? dice.upTo(3000) : null,
          afterMs: dice.upTo(3000),
        }
      : null,
  };
}

/**
 * A round begins with a run that has just ended. It is asked to be synced, a clone of that sync is struck, something dies:
 * an idle round proves nothing.
 */
function roundOf(dice: Dice, keptServer: boolean): readonly Moment[] {
  const drawn = [
    deathOf(dice, keptServer),
    ...Array.from({ length: happeningsInRound - 3 }, () => anythingOf(dice, keptServer)),
  ].map((happening): Moment => ({ atMs: dice.upTo(roundMs), happening }));
  return [
    { atMs: 0, happening: faultOf(dice, dice.pick(['primary', 'secondary', 'secondary']), 'warehouse', cloneFaults) },
    { atMs: 0, happening: { what: 'ask', how: 'syncNow' } },
    ...drawn.toSorted((a, b) => a.atMs - b.atMs),
  ];
}

function anythingOf(dice: Dice, keptServer: boolean): Happening {
  return dice.pick([
    () => runOf(dice, dice.pick(['good', 'fails', 'repaired', 'cancelled'])),
    () => runOf(dice, dice.pick(['good', 'fails', 'repaired', 'cancelled'])),
    (): Happening => ({
      what: 'maintenance',
      statement: dice.pick(['OPTIMIZE', 'VACUUM']),
      table: dice.upTo(3),
    }),
    (): Happening => ({ what: 'ask', how: dice.pick(['syncNow', 'again', 'tick', 'nonsense', 'unknown']) }),
    (): Happening => ({ what: 'ask', how: dice.pick(['syncNow', 'again', 'tick', 'nonsense', 'unknown']) }),
    (): Happening => ({ what: 'pause', forMs: dice.upTo(2000) }),
    () => anyFaultOf(dice),
    () => anyFaultOf(dice),
    () => deathOf(dice, keptServer),
    () => operatorOf(dice),
  ])();
}

const runOf = (dice: Dice, how: Extract<Happening, { what: 'run' }>['how']): Happening => ({
  what: 'run',
  how,
  stepDelayMs: dice.upTo(500),
});

function deathOf(dice: Dice, keptServer: boolean): Happening {
  if (keptServer && dice.chance(0.4)) return { what: 'server', how: 'killed' };
  if (dice.chance(0.3)) {
    return { what: 'operator', how: dice.pick(['terminates the group', 'resets the group', 'terminates the sync']) };
  }
  return { what: 'worker', how: dice.pick(['killed', 'killed', 'stopped']), downMs: dice.upTo(1500) };
}

const operatorOf = (dice: Dice): Happening => ({
  what: 'operator',
  how: dice.pick([
    'terminates the group',
    'cancels the group',
    'resets the group',
    'cancels the sync',
    'terminates the sync',
  ]),
});

type DrawFault = (dice: Dice) => Fault;

const anywhere: readonly DrawFault[] = [
  () => ({ kind: 'outage' }),
  () => ({ kind: 'hang' }),
  (dice) => ({ kind: 'latency', ms: dice.upTo(1500) }),
  (dice) => ({ kind: 'drop-response', times: 1 + dice.upTo(3) }),
  (dice) => ({ kind: 'http', status: dice.pick([429, 500, 503]), rate: 0.5 }),
];

/** Of single clones, so that a publish is met in the middle; some are met so often that a sync gives up. */
const cloneFaults: readonly DrawFault[] = [
  (dice) => ({ kind: 'die-half-way', only: 'DEEP CLONE', times: dice.pick([1, 1, 2, 4, 8]) }),
  (dice) => ({ kind: 'orphan', only: 'DEEP CLONE', times: 1, delayMs: 500 + dice.upTo(3000) }),
  (dice) => ({ kind: 'latency', ms: 500 + dice.upTo(2500), only: 'DEEP CLONE' }),
];

function anyFaultOf(dice: Dice): Happening {
  const region = dice.pick(['primary', 'secondary', 'secondary'] as const);
  const part = dice.pick(['control', 'warehouse', 'warehouse', 'storage'] as const);
  return faultOf(dice, region, part, part === 'warehouse' && dice.chance(0.5) ? cloneFaults : anywhere);
}

const faultOf = (dice: Dice, region: Region, part: Part, from: readonly DrawFault[]): Happening => ({
  what: 'fault',
  ...{ region, part, fault: dice.pick(from)(dice), seed: dice.upTo(1_000_000) },
  forMs: dice.upTo(3000),
});

interface Dice {
  chance(probability: number): boolean;
  /** A whole number, not negative, below the limit. */
  upTo(limit: number): number;
  pick<T>(from: readonly T[]): T;
}

function diceOf(random: () => number): Dice {
  return {
    chance: (probability) => random() < probability,
    upTo: (limit) => Math.floor(random() * limit),
    pick<T>(from: readonly T[]): T {
      const chosen = from[Math.floor(random() * from.length)];
      if (chosen === undefined) throw new Error('nothing to choose from');
      return chosen;
    },
  };
}

/** The plan in lines, for whoever looks into a run that went wrong. */
export function planText({ rounds: played, finale, seed, ...rest }: Plan): string {
  const lines = played.flatMap((moments, index) =>
    moments.map(({ atMs, happening }) => `  round ${index + 1}, ${atMs} ms: ${JSON.stringify(happening)}`),
  );
  return [`seed ${seed}: ${JSON.stringify(rest)}`, ...lines, `  finale: ${JSON.stringify(finale)}`, ''].join('\n');
}
