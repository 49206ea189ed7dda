import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Region } from '../src/domain/region.js';
import type { GroupStatus } from '../src/domain/status.js';
import type { Stack } from '../src/local/stack/stack.js';
import type { TrueRun } from '../src/local/truth/truth-log.js';
import { leftBehind, tablesAfter } from './left-behind.js';
import { mailsIn } from './mails.js';
import type { Programs } from './programs.js';
import { differencesBetween, differencesFrom, filesOf, newBytes, truthOf } from './proof.js';
import type { Tally } from './say.js';
import { bytes, chapter, claim, say, typed } from './say.js';
import { until } from './until.js';

const workspace = 'dr_test_eastus2_databricks';
const group = 'sample_workflow_1';
const workflowId = `dr/${workspace}/${group}`;
const tables = [
  'dr_test_catalog.raw.workflow_1_bronze',
  'dr_test_catalog.stage.workflow_1_silver',
  'dr_test_catalog.main.workflow_1_gold',
] as const;
const silver = tables[1];

export interface Scene {
  readonly stack: Stack;
  readonly programs: Programs;
  readonly tally: Tally;
  readonly undisturbed: Promise<UndisturbedRuns>;
  readonly reportFile: string;
  /** Everything keeps running when the story is over. */
  readonly keep: boolean;
  /** Where it is told what is left, for other readers of the tables. */
  readonly leftFile: string;
}

/** The same job's runs in a pair that nothing ever happened to. */
export interface UndisturbedRuns {
  readonly runs: readonly TrueRun[];
  /** Where the tables lie, by their names. */
  readonly folders: Readonly<Record<string, string>>;
}

/** The whole story, from the first sync to the job's run in the other region. */
export async function play(scene: Scene): Promise<void> {
  await firstSync(scene);
  const moved = await maintenance(scene);
  await secondRun(scene, moved);
  const lostRun = await outage(scene);
  await failover(scene, lostRun);
  await runInSecondary(scene);
  await primaryReturns(scene);
  await whatIsLeft(scene, lostRun);
}

async function firstSync({ stack, programs, tally }: Scene): Promise<void> {
  chapter(1, 'A run ends, and the other region gets exactly what it left behind.');
  typed('lakehouse-dr apply');
  await programs.dr('apply');
  say('three groups are protected: two jobs with their tables, and three standalone tables');
  const { runId, ended } = stack.runJob({ job: group });
  await ended;
  say(`run ${runId} of ${group} ended: bronze, silver in six commits, gold`);
  typed(`lakehouse-dr sync ${group} --wait`);
  await programs.dr('sync', group, '--wait');
  await published(programs, runId);
  claim(
    tally,
    'the secondary equals the end of run 1',
    await differencesFrom(stack, 'secondary', truthOf(stack, runId)),
  );
}

/** What a plain file sync would send, and what was really sent, since the first sync. */
interface Moved {
  readonly filesBefore: ReadonlyMap<string, number>;
}

async function maintenance({ stack, programs, tally }: Scene): Promise<Moved> {
  chapter(2, 'Maintenance rewrites files, not data. Nothing crosses the border for it.');
  const filesBefore = await filesOf(stack, 'primary', tables);
  for (const table of tables) await statement(stack, `OPTIMIZE ${table}`);
  await statement(stack, `VACUUM ${silver}`);
  const rewritten = newBytes(filesBefore, await filesOf(stack, 'primary', tables));
  const before = await status(programs);
  await programs.dr('sync', group, '--wait');
  const after = await status(programs);
  say(`OPTIMIZE and VACUUM ran: a plain file sync would send ${bytes(rewritten)} now, this one sent nothing`);
  claim(
    tally,
    'maintenance alone is not copied',
    before.lastSync?.syncId === after.lastSync?.syncId ? [] : ['a sync was made for it'],
  );
  return { filesBefore };
}

async function secondRun({ stack, programs, tally }: Scene, { filesBefore }: Moved): Promise<void> {
  chapter(3, 'Run 2 is half way, silver half written, when a sync is due.');
  const first = truthOf(stack, (await status(programs)).recoveryPoint?.runId ?? '');
  const { runId, ended } = stack.runJob({ job: group, stepDelayMs: 2500 });
  await until('a half-written silver', async () =>
    (await differencesFrom(stack, 'primary', only(first, silver))).length > 0 ? true : null,
  );
  typed(`lakehouse-dr sync ${group}`);
  await programs.dr('sync', group);
  await phase(programs, 'waiting-for-run');
  say(`run ${runId} has changed silver in the primary; the product waits for the run's end`);
  claim(tally, 'meanwhile the secondary still equals run 1', await differencesFrom(stack, 'secondary', first));
  await ended;
  await published(programs, runId);
  claim(
    tally,
    'run 2 ended, and the secondary equals its end',
    await differencesFrom(stack, 'secondary', truthOf(stack, runId)),
  );
  const sent = (await status(programs)).lastSync?.copiedBytes ?? 0;
  const plain = newBytes(filesBefore, await filesOf(stack, 'primary', tables));
  say(
    `sent for run 2: ${bytes(sent)}; a plain file sync of the same time: ${bytes(plain)}, many times over half-written`,
  );
}

async function outage({ stack, programs }: Scene): Promise<string> {
  chapter(4, 'Run 3 is half way when the primary region goes dark.');
  const { runId } = stack.runJob({ job: group, stepDelayMs: 2500 });
  await programs.dr('sync', group);
  await phase(programs, 'waiting-for-run');
  for (const part of ['control', 'warehouse', 'storage'] as const)
    stack.faults.set('primary', part, { kind: 'outage' });
  say(`run ${runId} was writing; nothing in the primary answers any more`);
  return runId;
}

async function failover({ stack, programs, tally }: Scene, lostRun: string): Promise<void> {
  chapter(5, 'Failover, by a signal.');
  const recoveryPoint = (await status(programs)).recoveryPoint;
  typed(`temporal workflow signal --workflow-id ${workflowId} --name failover --input '{"reason":"region down"}'`);
  const signalledAt = Date.now();
  await programs.temporal(
    ...['workflow', 'signal', '--workflow-id', workflowId, '--name', 'failover'],
    ...['--input', JSON.stringify({ reason: 'region down', requestId: 'demo-failover' })],
  );
  const after = await until('the failover', async () => {
    const now = await status(programs);
    return now.protection === 'exposed' ? now : null;
  });
  say(
    `back in business ${((Date.now() - signalledAt) / 1000).toFixed(1)} s after the signal, at run ${recoveryPoint?.runId}`,
  );
  say(`lost: run ${lostRun}, which had not ended; the job will do its work again`);
  const point = truthOf(stack, recoveryPoint?.runId ?? '');
  claim(
    tally,
    'the secondary equals exactly one run, the last that ended',
    await differencesFrom(stack, 'secondary', point),
  );
  claim(tally, 'the job may run in the secondary', isUnpaused(stack) ? [] : ['its schedule is still paused']);
  claim(
    tally,
    'the primary is still to be fenced, and status says so',
    after.fencePending ? [] : ['fencePending is false'],
  );
}

async function runInSecondary({ stack, tally, undisturbed }: Scene): Promise<void> {
  chapter(6, 'The job goes on in the secondary, from a clean state.');
  const { runId, ended } = stack.runJob({ job: group, region: 'secondary' });
  await ended;
  const run = truthOf(stack, runId);
  say(`run ${runId} in the secondary: ${run.result}`);
  const reference = await thirdUndisturbedRun(undisturbed);
  claim(tally, 'it ends with the numbers that an undisturbed third run gives', differencesBetween(run, reference));
}

async function primaryReturns({ stack, programs, tally }: Scene): Promise<void> {
  chapter(7, 'The primary comes back, and finds itself fenced.');
  for (const part of ['control', 'warehouse', 'storage'] as const) stack.faults.set('primary', part, { kind: 'none' });
  await until('the fence', async () => ((await status(programs)).fencePending ? null : true));
  const settings = jobIn(stack, 'primary')?.settings;
  const fenced = settings?.max_concurrent_runs === 0 && JSON.stringify(settings.schedule).includes('"PAUSED"');
  say('its job is paused and may not run, until somebody protects the group the other way');
  claim(tally, 'the job can not run in both regions', fenced ? [] : ['the job in the primary may still run']);
}

async function whatIsLeft(scene: Scene, lostRun: string): Promise<void> {
  const { stack, programs, tally, reportFile, leftFile, undisturbed, keep } = scene;
  chapter(8, 'What people see of it.');
  const mails = await until('the mail about the failover', async () => {
    const all = await mailsIn(stack.file.smtp.mailDir);
    return all.some(({ subject }) => subject.includes('failed over')) ? all : null;
  });
  for (const { subject } of mails.filter((mail) => mail.subject.includes(group))) say(`mail: ${subject}`);
  const told = mails.some(({ subject, text }) => subject.includes('failed over') && text.includes(lostRun));
  claim(tally, 'the mail about the failover names the run that was lost', told ? [] : ['it does not']);
  await mkdir(join(reportFile, '..'), { recursive: true });
  await programs.dr('report', '--out', reportFile);
  say(`report: ${reportFile}`);
  const expected = tablesAfter(await thirdUndisturbedRun(undisturbed), (await undisturbed).folders);
  await writeFile(leftFile, `${JSON.stringify(leftBehind(stack, group, expected), null, 2)}\n`);
  say(`tables: real Delta tables, for any reader; ${leftFile} says where they lie`);
  const uiUrl = stack.file.temporal?.uiUrl ?? '';
  say(
    keep
      ? `Web UI: ${uiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`
      : 'Web UI: `npm run demo -- --keep` leaves everything running, to look around in it',
  );
}

async function thirdUndisturbedRun(undisturbed: Scene['undisturbed']): Promise<TrueRun> {
  const third = (await undisturbed).runs.filter(({ job }) => job === group)[2];
  if (!third) throw new Error('the undisturbed pair has not run the job three times');
  return third;
}

async function status(programs: Programs): Promise<GroupStatus> {
  const { groups } = JSON.parse(await programs.dr('status', group, '--json')) as { groups: GroupStatus[] };
  const [only] = groups;
  if (!only) throw new Error(`status knows no ${group}`);
  return only;
}

const published = (programs: Programs, runId: string): Promise<GroupStatus> =>
  until(`the recovery point of run ${runId}`, async () => {
    const now = await status(programs);
    return now.recoveryPoint?.runId === runId ? now : null;
  });

const phase = (programs: Programs, wanted: GroupStatus['phase']): Promise<GroupStatus> =>
  until(`the phase ${wanted}`, async () => {
    const now = await status(programs);
    return now.phase === wanted ? now : null;
  });

const only = (run: TrueRun, table: string): TrueRun => {
  const truth = run.tables[table];
  if (!truth) throw new Error(`run ${run.runId} left no ${table}`);
  return { ...run, tables: { [table]: truth } };
};

const jobIn = (stack: Stack, region: Region) =>
  stack.regions[region].jobs.listJobs().find(({ settings }) => settings.name === group);

const isUnpaused = (stack: Stack): boolean =>
  JSON.stringify(jobIn(stack, 'secondary')?.settings.schedule ?? null).includes('"UNPAUSED"');

/** As an administrator of the primary would, in a SQL editor. */
async function statement(stack: Stack, sql: string): Promise<void> {
  await stack.regions.primary.engine.execute({
    sql,
    principal: 'admin',
    attribution: null,
    statementId: null,
    signal: new AbortController().signal,
  });
}
