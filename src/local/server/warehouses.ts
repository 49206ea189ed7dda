import type { Clock } from '../clock.js';
import { waitUntil } from './wait.js';

export interface WarehouseSpec {
  /** 16 hex digits on Databricks. */
  readonly id: string;
  readonly name: string;
  /** How long a start takes; default 0. */
  readonly startLatencyMs?: number;
  /** Default STOPPED, as a serverless warehouse that nobody uses. */
  readonly initialState?: 'RUNNING' | 'STOPPED';
  /** Stops itself after so long without a statement; default never. */
  readonly autoStopMs?: number;
}

export type WarehouseState = 'STOPPED' | 'STARTING' | 'RUNNING';

/** One SQL warehouse: started by request or by the first statement, stopped by request or for want of work. */
export class Warehouse {
  readonly spec: WarehouseSpec;
  readonly #clock: Clock;
  /** When it is (or was) ready; null while stopped. */
  #readyAt: number | null;
  #lastUsedAt: number;
  #starts = 0;
  #activeStatements = 0;

  constructor(spec: WarehouseSpec, clock: Clock) {
    this.spec = spec;
    this.#clock = clock;
    this.#lastUsedAt = clock.now();
    this.#readyAt = spec.initialState === 'RUNNING' ? clock.now() : null;
  }

  get state(): WarehouseState {
    this.#stopIfIdle();
    if (this.#readyAt === null) return 'STOPPED';
    return this.#readyAt <= this.#clock.now() ? 'RUNNING' : 'STARTING';
  }

  /** How often it was woken: what a sync that had nothing to do must not have caused. */
  get starts(): number {
    return this.#starts;
  }

  start(): void {
    this.#stopIfIdle();
    this.#lastUsedAt = this.#clock.now();
    if (this.#readyAt !== null) return;
    this.#starts += 1;
    this.#readyAt = this.#clock.now() + (this.spec.startLatencyMs ?? 0);
  }

  stop(): void {
    this.#readyAt = null;
  }

  /** Starts it if need be and resolves when it runs. Stopped in the meantime, it is started again, as by the next statement. */
  async ensureRunning(signal: AbortSignal): Promise<void> {
    this.start();
    while (this.state !== 'RUNNING') {
      this.start();
      await waitUntil(this.#clock, this.#readyAt ?? this.#clock.now(), signal);
    }
  }

  /** A statement uses it from now until the returned function is called; a warehouse in use does not stop itself. */
  use(): () => void {
    this.#activeStatements += 1;
    return () => {
      this.#activeStatements -= 1;
      this.#lastUsedAt = this.#clock.now();
    };
  }

  #stopIfIdle(): void {
    const { autoStopMs } = this.spec;
    if (autoStopMs === undefined || this.#activeStatements > 0) return;
    if (this.#clock.now() - this.#lastUsedAt > autoStopMs) this.#readyAt = null;
  }
}

/** A region's SQL warehouses. */
export class Warehouses {
  readonly #byId: ReadonlyMap<string, Warehouse>;

  constructor(specs: readonly WarehouseSpec[], clock: Clock) {
    this.#byId = new Map(specs.map((spec) => [spec.id, new Warehouse(spec, clock)]));
  }

  all(): readonly Warehouse[] {
    return [...this.#byId.values()];
  }

  get(id: string): Warehouse | undefined {
    return this.#byId.get(id);
  }
}
