/**
 * What a group does while there is nothing to copy: it waits for the next run (`sync_trigger: "completion"`), tells when
 * its recovery point becomes too old, whatever it is that it waits for, and explains itself.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsIn } from '../../demo/mails.js';
import { until } from '../../demo/until.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import type { World } from '../support/world.js';
import { startWorld, workspace } from '../support/world.js';

const completing = 'sample_workflow_1';
const guarded = 'sample_workflow_2';
let world: World;

beforeAll(async () => {
  world = await startWorld({
    config: (_config, _workspace, groups) => {
      Object.assign(groupOf(groups, completing), { sync_trigger: 'completion' });
      Object.assign(groupOf(groups, guarded), { rpo_target_mins: 0.05 });
    },
  });
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  // From here on no tick comes: whatever is synced, a run's end has started.
  const paused = await world.temporal(
    ...['schedule', 'toggle', '--address', world.stack.file.temporal?.address ?? '', '--pause', '--reason', 'test'],
    ...['--schedule-id', `dr/${workspace}/${completing}`],
  );
  expect(paused, paused.stderr).toMatchObject({ code: 0 });
  world.startWorker();
}, 180_000);

afterAll(() => world?.end());

const groupOf = (groups: Record<string, unknown>[], name: string): Record<string, unknown> =>
  groups.find((group) => group.group_name === name) ?? {};

/** The worker reads the file again when it changed. */
function configure(group: string, settings: Record<string, unknown>): void {
  const file = world.stack.file.config;
  const config = JSON.parse(readFileSync(file, 'utf8')) as {
    workspaces: [{ sync_groups: Record<string, unknown>[] }];
  };
  Object.assign(groupOf(config.workspaces[0].sync_groups, group), settings);
  writeFileSync(file, JSON.stringify(config));
}

const runToItsEnd = async (job: string): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job });
  await ended;
  return runId;
};

const publishedRuns = async (group: string): Promise<unknown[]> => {
  const { stdout } = await world.dr('history', group, '--json');
  const rows = JSON.parse(stdout) as { event: string; run_id: string | null; table_name: string | null }[];
  return rows.filter(({ event, table_name }) => event === 'published' && table_name === null).map((row) => row.run_id);
};

describe('sync_trigger "completion"', { timeout: 180_000 }, () => {
  let published: string[] = [];

  it('syncs when the next run ends, without a tick', async () => {
    await world.untilStatus(completing, 'waiting for a run', ({ phase }) => phase === 'waiting-for-run');
    const runId = await runToItsEnd(completing);
    await world.untilStatus(completing, 'the run', ({ recoveryPoint }) => recoveryPoint?.runId === runId);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
    published = [runId];
  });

  it('syncs at most once per interval: runs that end within it coalesce into the newest', async () => {
    await runToItsEnd(completing);
    const newest = await runToItsEnd(completing);
    expect(await world.status(completing)).toMatchObject({ phase: 'idle', recoveryPoint: { runId: published[0] } });

    configure(completing, { sync_interval_mins: 0.02 });
    const output = await world.dr('sync', completing, '--wait');
    expect(output, output.stderr).toMatchObject({ code: 0 });
    expect(await publishedRuns(completing)).toEqual([newest, ...published]);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, newest))).toEqual([]);
  });

  it('waits for the next run again when the interval has passed; whoever asks by hand is answered at once', async () => {
    await world.untilStatus(completing, 'waiting for a run', ({ phase }) => phase === 'waiting-for-run');
    const output = await world.dr('sync', completing, '--wait');
    expect(output, output.stderr).toMatchObject({ code: 0 });
    expect((await world.status(completing)).requests[0]).toMatchObject({ kind: 'syncNow', outcome: 'no-change' });

    await world.untilStatus(completing, 'waiting again', ({ phase }) => phase === 'waiting-for-run');
    const runId = await runToItsEnd(completing);
    await world.untilStatus(completing, 'the run', ({ recoveryPoint }) => recoveryPoint?.runId === runId);
  });
});

describe('explain', { timeout: 180_000 }, () => {
  const bronze = 'dr_test_catalog.raw.workflow_1_bronze';

  it('tells of a published run which versions it has, and of every commit what became of it', async () => {
    const { recoveryPoint } = await world.status(completing);
    await world.stack.regions.primary.engine.execute({
      sql: `OPTIMIZE ${bronze}`,
      principal: 'admin',
      attribution: null,
      statementId: null,
      signal: new AbortController().signal,
    });
    const { code, stdout, stderr } = await world.dr('explain', completing, '--json');
    expect(code, stderr).toBe(0);
    const told = JSON.parse(stdout) as {
      published: { runId: string };
      runs: { runId: string; verdict: string; because: string }[];
      cuts: {
        run: { runId: string };
        published: boolean;
        outcome: string;
        tables: {
          table: string;
          version: number;
          commits: { fate: string; operation: string; skipped: boolean; bytes: number | null }[];
        }[];
      }[];
    };
    expect(told.published.runId).toBe(recoveryPoint?.runId);
    expect(told.runs).toHaveLength(4);
    expect(told.runs.every(({ because }) => because.endsWith('.'))).toBe(true);
    expect(told.cuts).toHaveLength(1);
    const [cut] = told.cuts;
    expect(cut).toMatchObject({ outcome: 'cut', published: true, run: { runId: recoveryPoint?.runId } });
    const truth = truthOf(world.stack, recoveryPoint?.runId ?? '');
    expect(Object.fromEntries(cut?.tables.map(({ table, version }) => [table, version]) ?? [])).toEqual(
      Object.fromEntries(Object.entries(truth.tables).map(([name, { version }]) => [name, version])),
    );
    const commits = cut?.tables.find(({ table }) => table === bronze)?.commits ?? [];
    expect(commits.at(-1)).toMatchObject({ operation: 'OPTIMIZE', fate: 'maintenance', skipped: true });
    expect(commits.at(-1)?.bytes, 'what it would have cost').toBeGreaterThan(0);
    expect(commits.find(({ fate }) => fate === 'chosen')?.bytes).toBeGreaterThan(0);
  });

  it('says it for people, and of a run that was never published', async () => {
    const runs = world.stack.truth().filter(({ job }) => job === completing);
    const passedOver = runs[1]?.runId ?? '';
    const { code, stdout, stderr } = await world.dr('explain', completing, '--run', passedOver);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`The end of run ${passedOver}`);
    expect(stdout).toMatch(/every\s+table\s+has\s+an\s+exact\s+version/);
    expect(stdout).toMatch(/What\s+is\s+published\s+is\s+as\s+new\s+or\s+newer/);
    expect(stdout).toMatch(/chosen/);
  });

  it('refuses a run that is none', async () => {
    expect(await world.dr('explain', completing, '--run', '17')).toMatchObject({ code: 2 });
  });
});

describe('rpo_target_mins', { timeout: 240_000 }, () => {
  const alarms = async () =>
    (await mailsIn(world.stack.file.smtp.mailDir)).filter(
      ({ subject }) => subject.includes(guarded) && subject.includes('target'),
    );
  const untilAlarms = (...expected: RegExp[]) =>
    until(
      `${expected.length} alarms`,
      async () => {
        const told = await alarms();
        if (told.length < expected.length) return null;
        for (const [index, { subject }] of told.entries()) expect(subject).toMatch(expected[index] ?? /no such mail/);
        return told;
      },
      120_000,
    );

  it('tells that there is still no recovery point at all', async () => {
    const [mail] = await untilAlarms(/older than/);
    expect(mail?.text).toContain('There is no recovery point at all');
  });

  it('tells when a point is young enough again, and once more when it is too old while a run is awaited', async () => {
    // Long enough for a run and its sync on a busy machine, short enough to be waited for.
    configure(guarded, { rpo_target_mins: 1 });
    const runId = await runToItsEnd(guarded);
    const output = await world.dr('sync', guarded, '--wait');
    expect(output, output.stderr).toMatchObject({ code: 0 });
    const [, recovered] = await untilAlarms(/older than/, /within its target again/);
    expect(recovered?.text).toContain(runId);

    const slow = world.stack.runJob({ job: guarded, stepDelayMs: 60_000 });
    await world.dr('sync', guarded);
    await untilAlarms(/older than/, /within its target again/, /older than/);
    expect((await world.status(guarded)).phase, 'told while it waits').toBe('waiting-for-run');
    world.stack.regions.primary.jobs.cancelRun(slow.runId);
    await slow.ended;
  });
});
