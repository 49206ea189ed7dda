/**
 * Ends of runs that make no cut, on real tables: each is refused with its reason, readers keep what they have, and the next
 * good end clears it without anybody's doing. Clocks of storage and control plane differ, and tables are dropped meanwhile.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsIn } from '../../demo/mails.js';
import { until } from '../../demo/until.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { containerUri } from '../../src/local/stack/layout.js';
import { jobOwner } from '../../src/local/stack/principals.js';
import { newestVersion } from '../../src/local/truth/content-hash.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { jobNamed } from '../support/nested-job.js';
import { protectScheduledJob, scheduledGroup, scheduledJob } from '../support/random-schedules.js';
import { statementsSince } from '../support/requests.js';
import { execute } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld, workspace } from '../support/world.js';

const [raw, silver] = ['dr_test_catalog.raw.raw_data', 'dr_test_catalog.stage.silver_data'] as const;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** What happens here happened long ago: the margin for the clocks has passed, and versions may be too old. */
const hoursAgo = 5;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    createdAgoMs: hoursAgo * hourMs,
    config: (_config, _workspace, groups) => protectScheduledJob(groups),
  });
  const { primary } = world.stack.regions;
  primary.jobs.updateJob(jobNamed(world, scheduledJob).jobId, { max_concurrent_runs: 3 }, []);
  // Grants on a table are dropped with it.
  for (const role of ['sender', 'jobs']) {
    for (const schema of ['raw', 'stage']) {
      await primary.catalog.grant(role, ['SELECT'], { type: 'schema', name: `dr_test_catalog.${schema}` });
    }
  }
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
  await published(await run());
}, 240_000);

afterAll(() => world?.end());

const run = async (options: { failAt?: string } = {}): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: scheduledJob, ...options });
  await ended;
  return runId;
};

/** As the job's own principal; without a run, nobody can tell whose the commit is. */
function asOwner(
  sql: string,
  attribution: { readonly jobId: string; readonly jobRunId: string } | null = null,
): Promise<unknown> {
  return world.stack.regions.primary.engine.execute({
    sql,
    principal: jobOwner,
    attribution: attribution && {
      ...attribution,
      jobName: scheduledJob,
      runId: attribution.jobRunId,
      jobOwnerId: jobOwner,
      triggerType: 'manual',
    },
    statementId: null,
    signal: new AbortController().signal,
  });
}

async function tick(): Promise<void> {
  const address = world.stack.file.temporal?.address ?? '';
  const id = `dr/${workspace}/${scheduledGroup}`;
  const { code, stderr } = await world.temporal('schedule', 'trigger', '--address', address, '--schedule-id', id);
  expect(code, stderr).toBe(0);
}

/** The next tick publishes the run, and whatever held the group is over. */
async function published(runId: string): Promise<GroupStatus> {
  await tick();
  const status = await world.untilStatus(
    scheduledGroup,
    `run ${runId}`,
    ({ recoveryPoint, phase }) => recoveryPoint?.runId === runId && phase === 'idle',
    120_000,
  );
  expect(status.held).toBeNull();
  await secondaryEquals(runId);
  return status;
}

const secondaryEquals = async (runId: string): Promise<void> =>
  expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);

/** The next tick is refused, and readers keep what they have. */
async function refused(code: string): Promise<NonNullable<GroupStatus['held']>> {
  const before = await world.status(scheduledGroup);
  await tick();
  const { held, recoveryPoint } = await world.untilStatus(
    scheduledGroup,
    code,
    (status) => status.held?.code === code && status.phase === 'idle',
    120_000,
  );
  expect(recoveryPoint).toEqual(before.recoveryPoint);
  await secondaryEquals(before.recoveryPoint?.runId ?? '');
  if (held === null) throw new Error('not held');
  return held;
}

/** A managed table that is created anew lies elsewhere. */
const versionOf = (table: string): Promise<number> => newestVersion(world.stack.regions.primary.tableFolder(table));

/** A run that has written the first table and is held between two statements. */
async function runHalfWay(): Promise<{ readonly runId: string; readonly goOn: () => Promise<unknown> }> {
  const before = await versionOf(raw);
  const { runId, ended } = world.stack.runJob({ job: scheduledJob, stepDelayMs: 600_000 });
  await until('its first commit', async () => ((await versionOf(raw)) > before ? true : null));
  return {
    runId,
    goOn: () => {
      world.stack.regions.primary.jobs.cancelRun(runId);
      return ended;
    },
  };
}

describe('a table that is dropped and created anew while it is copied', { timeout: 300_000 }, () => {
  it('is not taken for the one that was: VERSION_EXPIRED, and the next run is copied', async () => {
    const { stack } = world;
    await run();
    const version = await versionOf(raw);
    stack.faults.set('primary', 'warehouse', { kind: 'latency', ms: 6_000, only: 'DEEP CLONE', times: 3 });
    const from = stack.requestLog.entries().length;
    await tick();
    await until('the clone', async () =>
      statementsSince(stack, from, /DEEP CLONE.*raw_data/).length > 0 ? true : null,
    );
    await asOwner(`DROP TABLE ${raw}`);
    await asOwner(`CREATE TABLE ${raw} (id BIGINT, batch INT, payload STRING) USING DELTA`);
    // Its versions are counted anew, so that the wanted one is there again, with other rows.
    while ((await versionOf(raw)) < version) await asOwner(`INSERT INTO ${raw} VALUES (7, 7, 'seven')`);
    const before = await world.status(scheduledGroup);
    const { held } = await world.untilStatus(scheduledGroup, 'the hold', (status) => status.held !== null, 120_000);
    expect(held).toMatchObject({ code: 'VERSION_EXPIRED' });
    expect(held?.message).toContain(`${raw} was dropped while its version ${version} was copied`);
    await secondaryEquals(before.recoveryPoint?.runId ?? '');
    await published(await run());
  });
});

describe('clocks of storage and control plane differ', { timeout: 300_000 }, () => {
  afterAll(() => {
    const { storageClock } = world.stack.regions.primary;
    storageClock.skewTo(0);
    // Commit times never go back: until this one is passed, storage would be ahead as before.
    world.stack.clock.advance(2 * minuteMs);
  });

  it.each([
    ['ahead', 8_000],
    ['behind', -8_000],
  ])(
    'storage is %s by less than the margin, and no commit names its run: every commit is the right run’s',
    async (_, skewMs) => {
      const { primary } = world.stack.regions;
      primary.setAttribution('none');
      primary.storageClock.skewTo(skewMs);
      await published(await run());
    },
  );

  it('storage is ahead by a minute, and commits name their runs: clocks do not matter', async () => {
    const { primary } = world.stack.regions;
    primary.setAttribution('history');
    primary.storageClock.skewTo(minuteMs);
    const runId = await run();
    const next = await runHalfWay();
    await published(runId);
    await next.goOn();
  });
});

describe('a cut hold', { timeout: 300_000 }, () => {
  it('AMBIGUOUS_COMMIT: the job went on too soon, and no commit names its run', async () => {
    const { primary } = world.stack.regions;
    primary.setAttribution('none');
    await run();
    const next = await runHalfWay();
    const held = await refused('AMBIGUOUS_COMMIT');
    expect(held.message).toContain(raw);
    expect(held.remedy).toBeTruthy();
    await next.goOn();
    primary.setAttribution('history');
    await published(await run());
  });

  it('CUT_NOT_PURE: a statement outlived its run, and committed on top of the next one', async () => {
    const { jobId } = jobNamed(world, scheduledJob);
    const runId = await run();
    const next = await runHalfWay();
    await asOwner(`DELETE FROM ${raw} WHERE id % 7 = 1`, { jobId, jobRunId: runId });
    const held = await refused('CUT_NOT_PURE');
    expect(held.message).toContain(`run ${next.runId}`);
    await next.goOn();
    await published(await run());
  });

  it('NO_QUIET_POINT: a run ended while another one was active', async () => {
    const long = await runHalfWay();
    await run();
    const held = await refused('NO_QUIET_POINT');
    expect(held.message).toContain(long.runId);
    const { stdout } = await world.dr('explain', scheduledGroup);
    expect(stdout).toMatch(/No cut now: NO_QUIET_POINT[\s\S]*\(published\)/);
    await long.goOn();
    await published(await run());
  });

  it('VERSION_EXPIRED: newer data followed, and the version is older than the retention', async () => {
    await asOwner(`ALTER TABLE ${raw} SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 2 hours')`, {
      jobId: '4711',
      jobRunId: '1',
    });
    await run();
    await run({ failAt: 'load' });
    const held = await refused('VERSION_EXPIRED');
    expect(held.message).toContain(raw);
    await run();
  });

  it('a warning comes before it expires', async () => {
    const { clock } = world.stack;
    clock.advance(Math.max(0, Date.now() - 100 * minuteMs - clock.now()));
    const runId = await run();
    await run({ failAt: 'load' });
    const { warnings } = await published(runId);
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`^${raw}: Version \\d+ can be read only until`))]);
    const { stdout } = await world.dr('status', scheduledGroup);
    expect(stdout).toMatch(/warnings[\s\S]*can\s+be\s+read\s+only\s+until/);
    const mail = await until('the mail', async () => {
      const mails = await mailsIn(world.stack.file.smtp.mailDir);
      return mails.find(({ text }) => text.includes(runId)) ?? null;
    });
    expect(mail.text).toMatch(/can be read only until/);
    expect(mail.text).toMatch(/written by runs that did not succeed: run \d+ \(FAILED\)/);
  });

  it('VERSION_EXPIRED, too, while a table is missing that a later run has dropped', async () => {
    await run();
    const next = await runHalfWay();
    await asOwner(`DROP TABLE ${silver}`);
    await refused('VERSION_EXPIRED');
    await next.goOn();
    await asOwner(`CREATE TABLE ${silver} (id BIGINT, batch INT, payload_length INT) USING DELTA`);
    await published(await run());
  });
});

describe('column mapping is turned on in the source', { timeout: 300_000 }, () => {
  it('UNSUPPORTED_CHANGE: no clone may change it; once the copies have it, too, the next run is copied', async () => {
    const turnOn = (table: string): string =>
      `ALTER TABLE ${table} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')`;
    await asOwner(turnOn(silver));
    await run();
    const held = await refused('UNSUPPORTED_CHANGE');
    expect(held.message).toMatch(/silver_data[\s\S]*Changing column mapping mode from 'none' to 'name'/);
    expect(held.remedy).toContain("'delta.columnMapping.mode'");

    const staging = `${containerUri('secondary', 'sync')}/${workspace}/${silver.split('.').join('/')}`;
    for (const copy of [`delta.\`${staging}\``, silver]) await execute(world.stack, 'secondary', turnOn(copy));
    expect(await world.dr('apply', '--accept-baseline')).toMatchObject({ code: 0 });
    expect(await world.dr('resume', scheduledGroup)).toMatchObject({ code: 0 });
    await published(await run());
  });
});
