import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Region } from '../../domain/region.js';

/** A table's state, told by the engine that wrote it. */
export interface TrueTable {
  readonly version: number;
  /** Id in the table's Delta metadata. */
  readonly tableId: string;
  readonly rows: number;
  /** Same content, same hash, whatever files and order the rows lie in. */
  readonly contentHash: string;
}

/** What a run left behind: recorded at its end by the job engine, never derived from history. */
export interface TrueRun {
  readonly region: Region;
  readonly job: string;
  readonly runId: string;
  /** Id of the repair that ended here; null for the original attempt. */
  readonly repairId: string | null;
  /** ISO 8601 UTC. */
  readonly startTime: string;
  readonly endTime: string;
  /** A result state of the Jobs API. */
  readonly result: string;
  /** By full table name. */
  readonly tables: Readonly<Record<string, TrueTable>>;
}

const trueRun = z.object({
  region: z.enum(['primary', 'secondary']),
  job: z.string(),
  runId: z.string(),
  repairId: z.string().nullable(),
  startTime: z.string(),
  endTime: z.string(),
  result: z.string(),
  tables: z.record(
    z.string(),
    z.object({ version: z.number(), tableId: z.string(), rows: z.number(), contentHash: z.string() }),
  ),
});

/** For those who get the truth as JSON. */
export const trueRunsSchema = z.array(trueRun);

/** A region's truth, one JSON line per ended run, in the order of the ends. */
export class TruthLog {
  readonly #file: string;
  readonly #runs: TrueRun[];

  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    this.#runs = lines.map((line) => trueRun.parse(JSON.parse(line)));
  }

  add(run: TrueRun): void {
    appendFileSync(this.#file, `${JSON.stringify(run)}\n`);
    this.#runs.push(run);
  }

  runs(): readonly TrueRun[] {
    return [...this.#runs];
  }
}
