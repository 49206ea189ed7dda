import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { JobRecord, RunRecord } from '../server/backends.js';

/** A run with what its repetition needs and the API does not show. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly parameters: Readonly<Record<string, string>>;
  readonly idempotencyToken: string | null;
}

// The files are written by this very class; parsing finds a damaged or foreign one and trusts the rest.
const storedRun = z.looseObject({ record: z.looseObject({ runId: z.string(), jobId: z.string() }) });
const storedJobs = z.array(z.looseObject({ jobId: z.string(), settings: z.looseObject({ name: z.string() }) }));

/**
 * A region's jobs and runs, in memory and as JSON in a folder: `jobs.json`, and `runs/<run id>.json`. Written at once
 * and in one step (temporary file, then rename), so a killed process leaves the state of its last change.
 */
export class JobStore {
  readonly #folder: string;
  readonly #jobs = new Map<string, JobRecord>();
  readonly #runs = new Map<string, StoredRun>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(this.#runFolder, { recursive: true });
    if (existsSync(this.#jobFile)) {
      for (const job of storedJobs.parse(readJson(this.#jobFile)) as unknown as JobRecord[])
        this.#jobs.set(job.jobId, job);
    }
    for (const name of readdirSync(this.#runFolder).filter((file) => file.endsWith('.json'))) {
      const run = storedRun.parse(readJson(join(this.#runFolder, name))) as unknown as StoredRun;
      this.#runs.set(run.record.runId, run);
    }
  }

  get #jobFile(): string {
    return join(this.#folder, 'jobs.json');
  }

  get #runFolder(): string {
    return join(this.#folder, 'runs');
  }

  jobs(): readonly JobRecord[] {
    return [...this.#jobs.values()];
  }

  job(jobId: string): JobRecord | undefined {
    return this.#jobs.get(jobId);
  }

  putJob(job: JobRecord): void {
    this.#jobs.set(job.jobId, job);
    this.#saveJobs();
  }

  deleteJob(jobId: string): void {
    this.#jobs.delete(jobId);
    this.#saveJobs();
  }

  runs(): readonly StoredRun[] {
    return [...this.#runs.values()];
  }

  run(runId: string): StoredRun | undefined {
    return this.#runs.get(runId);
  }

  putRun(run: StoredRun): void {
    this.#runs.set(run.record.runId, run);
    writeJson(join(this.#runFolder, `${run.record.runId}.json`), run);
  }

  deleteRun(runId: string): void {
    this.#runs.delete(runId);
    rmSync(join(this.#runFolder, `${runId}.json`), { force: true });
  }

  #saveJobs(): void {
    writeJson(this.#jobFile, this.jobs());
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} is damaged. Delete it, or the whole folder of the region pair, and start again.`, {
      cause,
    });
  }
}

function writeJson(file: string, value: unknown): void {
  const draft = `${file}.tmp`;
  writeFileSync(draft, `${JSON.stringify(value)}\n`);
  renameSync(draft, file);
}
