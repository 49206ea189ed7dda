import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MovableClock } from '../../../src/local/clock.js';
import { JobEngine } from '../../../src/local/jobs/engine.js';
import type { TaskStatement } from '../../../src/local/jobs/task-work.js';
import type { RunRecord } from '../../../src/local/server/backends.js';
import { FaultBoard } from '../../../src/local/server/faults.js';

/** A job engine whose statements are answered by the test: `ok` succeeds, `fail` throws, `wait` lasts until released. */
export class Harness {
  readonly clock = new MovableClock();
  readonly faults = new FaultBoard();
  readonly folder = mkdtempSync(join(tmpdir(), 'dr-jobs-'));
  readonly statements: TaskStatement[] = [];
  readonly ends: { readonly runId: string; readonly result: string | null }[] = [];
  readonly problems: unknown[] = [];
  /** What lies in every storage folder. */
  readonly files: string[] = [];
  engine = this.newEngine();
  #release: (() => void)[] = [];
  #begun: (() => void)[] = [];

  newEngine(): JobEngine {
    return new JobEngine({
      folder: this.folder,
      region: 'primary',
      clock: this.clock,
      faults: this.faults,
      statements: { run: (statement) => this.#run(statement) },
      readScript: async (path) => path.replaceAll('+', ';\n'),
      filesBelow: () => [...this.files],
      recordEnd: async (run, _job, state) => {
        this.ends.push({ runId: run.runId, result: state.result });
        return this.clock.now();
      },
      report: (error) => this.problems.push(error),
    });
  }

  /** A job of notebook tasks: task key to its statements (joined by `+`) and the tasks it depends on. */
  createJob(
    tasks: Readonly<Record<string, readonly [script: string, ...dependsOn: string[]]>>,
    settings: object = {},
  ): string {
    return this.engine.createJob(
      {
        name: 'job',
        tasks: Object.entries(tasks).map(([key, [script, ...dependsOn]]) => ({
          task_key: key,
          depends_on: dependsOn.map((other) => ({ task_key: other })),
          notebook_task: { notebook_path: script },
          ...('task' in settings ? (settings as { task: Record<string, object> }).task[key] : {}),
        })),
        ...settings,
      },
      'owner',
    );
  }

  start(jobId: string, options: object = {}): string {
    return this.engine.runNow({ jobId, principal: 'someone', ...options }).runId;
  }

  async runToEnd(jobId: string, options: object = {}): Promise<RunRecord> {
    return await this.engine.whenEnded(this.start(jobId, options));
  }

  /** Resolves when the next statement `wait` has begun. */
  waiting(): Promise<void> {
    return new Promise((resolve) => this.#begun.push(resolve));
  }

  /** Lets all statements `wait` succeed that have begun. */
  release(): void {
    for (const release of this.#release.splice(0)) release();
  }

  async #run(statement: TaskStatement): Promise<void> {
    this.statements.push(statement);
    if (statement.sql === 'fail') throw new Error('it failed');
    if (statement.sql !== 'wait') return;
    await new Promise<void>((resolve, reject) => {
      this.#release.push(resolve);
      statement.signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      for (const begun of this.#begun.splice(0)) begun();
    });
  }
}

export const taskResults = (run: RunRecord): Record<string, string | null> =>
  Object.fromEntries(run.tasks.map((task) => [task.taskKey, task.state.result]));
