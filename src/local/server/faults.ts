/** Faults on demand: what is broken now, per region and part. Everything random is drawn from a seed. */
import type { Region } from '../../domain/region.js';
import { seededRandom } from '../random.js';
import { invalidParameter } from './http/api-error.js';

/**
 * control: the REST APIs of jobs, secrets and Unity Catalog. warehouse: Thrift, statements, warehouses and query
 * history. storage: the region's Delta files.
 */
export type Part = 'control' | 'warehouse' | 'storage';

export const parts: readonly Part[] = ['control', 'warehouse', 'storage'];

interface Scope {
  /** Only requests whose path, Thrift method, file path or SQL contains this text, whatever its case; default all. */
  readonly only?: string;
  /** After so many hits the fault heals itself; default never. */
  readonly times?: number;
}

export type Fault =
  /** Nothing is broken. */
  | { readonly kind: 'none' }
  /** Connections are cut at once, requests under way included. */
  | ({ readonly kind: 'outage' } & Scope)
  /** Connections are accepted and never answered; when the fault is lifted they are cut. */
  | ({ readonly kind: 'hang' } & Scope)
  /** Control and storage answer so much later. On the warehouse every statement runs so much longer. */
  | ({ readonly kind: 'latency'; readonly ms: number } & Scope)
  /** This HTTP status instead of an answer, with this probability (0 to 1); nothing is done. */
  | ({ readonly kind: 'http'; readonly status: number; readonly rate: number } & Scope)
  /** The work is done, then the connection is cut before the answer. */
  | ({ readonly kind: 'drop-response' } & Scope)
  /** A statement that writes leaves some files behind and fails before its commit. */
  | ({ readonly kind: 'die-half-way' } & Scope)
  /**
   * A statement outlives its client: it commits `delayMs` later (default 5000), and a cancel is answered with
   * "canceled" although it goes on.
   */
  | ({ readonly kind: 'orphan'; readonly delayMs?: number } & Scope);

const noFault: Fault = { kind: 'none' };

interface SetFault {
  readonly fault: Fault;
  hits: number;
  readonly random: () => number;
}

/** It has hit as often as it was to: it has healed by itself. */
const isSpent = ({ fault, hits }: SetFault): boolean =>
  fault.kind !== 'none' && fault.times !== undefined && hits >= fault.times;

type Listener = (region: Region, part: Part, fault: Fault) => void;

/** The one place where faults are switched; servers and storages look here at every request. */
export class FaultBoard {
  readonly #faults = new Map<string, SetFault>();
  readonly #listeners = new Set<Listener>();
  readonly #seed: number;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  /** What is broken now; `none` where a fault has hit as often as it was to. */
  get(region: Region, part: Part): Fault {
    const entry = this.#faults.get(keyOf(region, part));
    return entry && !isSpent(entry) ? entry.fault : noFault;
  }

  /**
   * @param seed makes the random choices of this fault repeatable; default the board's own.
   * @throws ApiError for a fault that this part cannot have.
   */
  set(region: Region, part: Part, fault: Fault, seed: number = this.#seed): void {
    if (!canHave(part, fault)) {
      throw invalidParameter(
        `The fault ${fault.kind} strikes statements: it can be set on the warehouse, not on ${part}.`,
      );
    }
    this.#faults.set(keyOf(region, part), { fault, hits: 0, random: seededRandom(seed) });
    for (const listener of this.#listeners) listener(region, part, fault);
  }

  /** Sets it on every part that can have it; the others become whole. */
  setAll(region: Region, fault: Fault, seed?: number): void {
    for (const part of parts) this.set(region, part, canHave(part, fault) ? fault : noFault, seed);
  }

  /**
   * The fault that hits this request, and counts the hit; `none` where it does not apply. An `http` fault rolls its
   * dice here.
   *
   * @param what the request's path, Thrift method, SQL or file path, for faults that name their victims.
   */
  hit(region: Region, part: Part, what: string, kinds: readonly Fault['kind'][]): Fault {
    const entry = this.#faults.get(keyOf(region, part));
    if (!entry || entry.fault.kind === 'none' || !kinds.includes(entry.fault.kind)) return noFault;
    const { fault } = entry;
    if (!concerns(fault, what) || isSpent(entry)) return noFault;
    if (fault.kind === 'http' && entry.random() >= fault.rate) return noFault;
    entry.hits += 1;
    return fault;
  }

  /** How many requests the part's present fault has hit. */
  hits(region: Region, part: Part): number {
    return this.#faults.get(keyOf(region, part))?.hits ?? 0;
  }

  /** Whether a fault of this kind is set for such a request; counts nothing. */
  isSet(region: Region, part: Part, what: string, kind: Fault['kind']): boolean {
    const fault = this.get(region, part);
    return fault.kind === kind && concerns(fault, what);
  }

  /** Called at every change; returns the function that ends it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the region's part is given another fault. */
  nextChange(region: Region, part: Part): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.onChange((changedRegion, changedPart) => {
        if (changedRegion !== region || changedPart !== part) return;
        stop();
        resolve();
      });
    });
  }
}

const concerns = (fault: Fault, what: string): boolean =>
  fault.kind === 'none' || fault.only === undefined || what.toLowerCase().includes(fault.only.toLowerCase());

const canHave = (part: Part, fault: Fault): boolean =>
  part === 'warehouse' || (fault.kind !== 'die-half-way' && fault.kind !== 'orphan');

const keyOf = (region: Region, part: Part): string => `${region}/${part}`;
