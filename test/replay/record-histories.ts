/**
 * Records the corpus of `replay.test.ts` anew: plays each path through the workflows once, on a local pair and a real
 * Temporal server, and keeps what `temporal workflow show` prints. Run it (`npm run record-histories`) when a change is
 * meant to break replay, that is before anything was released; afterwards changes are gated by `patched()` and the old
 * histories stay.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../demo/until.js';
import { defaultClockSkewMarginMs } from '../../src/domain/cut/choose-versions.js';
import type { GroupStatus, SyncResult } from '../../src/domain/status.js';
import { packageFolder } from '../../src/worker/bundle-path.js';
import { statementsSince } from '../support/requests.js';
import { execute } from '../support/sql.js';
import type { World, WorldOptions } from '../support/world.js';
import { startWorld, workspace } from '../support/world.js';
import type { History } from './histories.js';
import { cleaned, historyFolder, readable } from './histories.js';

const [first, second, standalone] = ['sample_workflow_1', 'sample_workflow_2', 'scheduled_sync'];
/** Generous: a machine that also does other things takes its time. */
const limitMs = 600_000;

/** Closed and open: everything that a story needs of the world that it plays in. */
function playIn(world: World) {
  const { stack } = world;

  /** @param runId of an earlier life; default the newest one */
  const keep = async (name: string, workflowId: string, runId?: string): Promise<void> => {
    const { code, stdout, stderr } = await world.temporal(
      ...['workflow', 'show', '--workflow-id', workflowId, '--output', 'json'],
      ...(runId === undefined ? [] : ['--run-id', runId]),
    );
    if (code !== 0) throw new Error(`${workflowId} can't be shown: ${stderr}`);
    const text = cleaned(JSON.parse(stdout) as History);
    const told = readable(text);
    for (const [what, words] of Object.entries(mustNotBeIn(world))) {
      const found = words.find((word) => told.includes(word));
      if (found === undefined) continue;
      const at = told.indexOf(found);
      throw new Error(`${name} tells ${what}: …${told.slice(at - 200, at)}…`);
    }
    writeFileSync(join(historyFolder, `${name}.json`), text);
    process.stdout.write(`${name}: ${Math.round(text.length / 1024)} KiB\n`);
  };

  const runJob = async (job: string): Promise<void> => {
    await stack.runJob({ job }).ended;
  };

  const signal = (group: string, name: string, input: object = {}): Promise<void> =>
    world.client.workflow.getHandle(`dr/${workspace}/${group}`).signal(name, input);

  const sync = async (group: string, wanted: SyncResult): Promise<GroupStatus> => {
    const { lastSync } = await world.status(group);
    await signal(group, 'syncNow');
    return world.untilStatus(
      ...[group, `a sync that is ${wanted}`],
      (status) =>
        status.phase === 'idle' && status.lastSync?.syncId !== lastSync?.syncId && status.lastSync?.result === wanted,
      limitMs,
    );
  };

  const withoutSelect = async (table: string, story: () => Promise<void>): Promise<void> => {
    const { catalog } = stack.regions.primary;
    const select = ['sender', ['SELECT'], { type: 'table', name: table }] as const;
    await catalog.revoke(...select);
    await story();
    await catalog.grant(...select);
  };

  /** Every receive of this table leaves files behind and fails. */
  const whereClonesDie = async (table: string, story: () => Promise<void>): Promise<void> => {
    stack.faults.set('secondary', 'warehouse', { kind: 'die-half-way', only: table });
    await story();
    stack.faults.set('secondary', 'warehouse', { kind: 'none' });
  };

  /** The version that the newest run left is neither the newest any more, nor readable for long: no cut can be made of it. */
  const expireNewestRun = async (table: string): Promise<void> => {
    // Before that a nameless commit might still be the run's own, and would be taken.
    await sleep(defaultClockSkewMarginMs + 1000);
    const retention = "'delta.deletedFileRetentionDuration' = 'interval 1 second'";
    await execute(stack, 'primary', `ALTER TABLE ${table} SET TBLPROPERTIES (${retention})`);
    await execute(stack, 'primary', `DELETE FROM ${table}`);
  };

  const tick = async (group: string, name: string, keepAs: string): Promise<void> => {
    const handle = world.client.schedule.getHandle(`dr/${workspace}/${group}`);
    const before = (await handle.describe()).info.recentActions.length;
    await handle.trigger();
    const ticked = await until(name, async () => {
      const action = (await handle.describe()).info.recentActions.slice(before).at(-1)?.action;
      return action?.workflow.workflowId ?? null;
    });
    await world.client.workflow.getHandle(ticked).result();
    await keep(keepAs, ticked);
  };
  return { stack, keep, runJob, signal, sync, withoutSelect, whereClonesDie, expireNewestRun, tick };
}

const mustNotBeIn = ({ stack, dir }: World): Readonly<Record<string, readonly string[]>> => ({
  'where it was recorded': [packageFolder(), dir, `@${hostname()}`],
  'a token': Object.values(stack.file.regions).flatMap(({ tokens }) => Object.values(tokens)),
});

const entity = (group: string): string => `dr/${workspace}/${group}`;

async function record(world: World): Promise<void> {
  const { stack, keep, runJob, signal, sync, withoutSelect, whereClonesDie, expireNewestRun, tick } = playIn(world);

  await runJob(first);
  await sync(first, 'published');
  await keep('sync-run-first-published', `${entity(first)}/sync`);
  await runJob(first);
  await sync(first, 'published');
  await keep('sync-run-published', `${entity(first)}/sync`);

  await runJob('standalone_load');
  await sync(standalone, 'published');
  await keep('sync-run-snapshot', `${entity(standalone)}/sync`);
  await sync(standalone, 'unchanged');
  await keep('sync-run-unchanged', `${entity(standalone)}/sync`);
  await keep('protect-group-standalone', entity(standalone));

  await withoutSelect('dr_test_catalog.stage.workflow_1_silver', async () => {
    await runJob(first);
    await sync(first, 'held');
    await keep('sync-run-held', `${entity(first)}/sync`);
  });
  await signal(first, 'resume');
  await world.untilStatus(first, 'the sync after the hold', ({ held, runsBehind }) => !held && runsBehind === 0);

  await runJob(first);
  await whereClonesDie('workflow_1_gold', async () => {
    await sync(first, 'rolled_back');
    await keep('sync-run-rolled-back', `${entity(first)}/sync`);
  });
  await tick(first, 'the tick', 'sync-tick-signals');

  await signal(second, 'failover', { reason: 'nothing to fail over to' });
  await world.untilStatus(second, 'the refusal', ({ requests }) => requests[0]?.outcome === 'refused', limitMs);
  await keep('switch-over-no-recovery-point', `${entity(second)}/switch`);
  await keep('protect-group-refused', entity(second));

  await world.client.workflow.getHandle(entity(second)).terminate('by mistake');
  await tick(second, 'the tick that starts', 'sync-tick-starts');
  await runJob(second);
  await whereClonesDie('workflow_2_summary', async () => {
    await sync(second, 'failed');
    await keep('sync-run-failed', `${entity(second)}/sync`);
  });
  // The first thing after a publish that was left half-way: it is completed, though no run has ended since.
  await sync(second, 'published');
  await keep('sync-run-completed', `${entity(second)}/sync`);
  await runJob(second);
  await sync(second, 'published');

  await runJob(second);
  await expireNewestRun('dr_test_catalog.main.workflow_2_summary');
  await sync(second, 'held');
  await keep('sync-run-cut-hold', `${entity(second)}/sync`);
  await runJob(second);
  await signal(second, 'syncDue');
  await world.untilStatus(second, 'the next cut', ({ held, runsBehind }) => !held && runsBehind === 0, limitMs);

  await signal(second, 'pause');
  await signal(second, 'syncNow', { requestId: 'while-paused' });
  await world.untilStatus(second, 'the refusal', ({ requests }) => requests[0]?.outcome === 'refused', limitMs);
  await signal(second, 'resume');
  await world.untilStatus(second, 'rest', ({ paused, phase }) => !paused && phase === 'idle', limitMs);
  await keep('protect-group-held-and-paused', entity(second));

  await world.untilStatus(first, 'rest', ({ phase, runsBehind }) => phase === 'idle' && runsBehind === 0, limitMs);
  await runJob(first);
  stack.faults.set('secondary', 'warehouse', { kind: 'latency', ms: 20_000, only: 'DEEP CLONE' });
  const from = stack.requestLog.entries().length;
  await signal(first, 'syncNow');
  const receive = /^CREATE OR REPLACE TABLE `dr_test_catalog`.*DEEP CLONE/;
  await until('a receive', () => (statementsSince(stack, from, receive).length > 0 ? true : null), limitMs);
  stack.faults.set('secondary', 'warehouse', { kind: 'none' });
  await signal(first, 'failover', { reason: 'region down', requestId: 'failover-1' });
  await world.untilStatus(first, 'the failover', ({ activeRegion }) => activeRegion === 'secondary', limitMs);
  await world.untilStatus(first, 'the fence', ({ fencePending, phase }) => !fencePending && phase === 'idle', limitMs);
  await keep('sync-run-canceled', `${entity(first)}/sync`);
  await keep('switch-over-switched', `${entity(first)}/switch`);
  await keep('protect-group-failed-over', entity(first));
}

/** The end of a life, and the next one that begins with what it was handed. */
async function recordLives(world: World): Promise<void> {
  const { keep, runJob, signal, sync } = playIn(world);
  const endedLives = async (): Promise<readonly string[]> => {
    const query = `WorkflowId = '${entity(first)}' AND ExecutionStatus = 'ContinuedAsNew'`;
    const lives = [];
    for await (const { runId } of world.client.workflow.list({ query })) lives.push(runId);
    return lives;
  };
  await runJob(first);
  await sync(first, 'published');
  const known = await endedLives();
  const ended = await until(
    'the end of a life',
    async () => {
      await signal(first, 'resume');
      return (await endedLives()).find((runId) => !known.includes(runId)) ?? null;
    },
    limitMs,
  );
  await keep('protect-group-continues', entity(first), ended);
  await runJob(first);
  await sync(first, 'published');
  await keep('protect-group-continued', entity(first));
}

async function playedIn(options: WorldOptions, play: (world: World) => Promise<void>): Promise<void> {
  const world = await startWorld(options);
  try {
    const { code, stderr } = await world.dr('apply');
    if (code !== 0) throw new Error(`apply failed: ${stderr}`);
    world.startWorker();
    await play(world);
  } finally {
    await world.end();
  }
}

mkdirSync(historyFolder, { recursive: true });
for (const file of readdirSync(historyFolder)) rmSync(join(historyFolder, file));
await playedIn({}, record);
await playedIn({ continueAfterEvents: 60 }, recordLives);
