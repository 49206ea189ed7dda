/**
 * Promise 5: no token of the set-up stands in a history, a search attribute, the ledger, a log at debug level or a mail,
 * whatever went wrong on the way. The scan has to find a canary that was planted in each of these places.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import type { Place } from '../support/secrets.js';
import { leaks } from '../support/secrets.js';
import { execute } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';
const canary = 'dapi-canary/+?&ä-0123456789abcdef';

let world: World;

beforeAll(async () => {
  process.env.DR_LOG_LEVEL = 'debug';
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
}, 180_000);

afterAll(async () => {
  delete process.env.DR_LOG_LEVEL;
  await world?.end();
});

/** A sync, then every kind of trouble that puts a request or its answer into an error. */
async function troubles(): Promise<void> {
  const { stack } = world;
  const run = async (): Promise<string> => {
    const { runId, ended } = stack.runJob({ job: group });
    await ended;
    return runId;
  };
  const sync = () => world.entity(group).signal('syncNow');
  const published = async (runId: string): Promise<void> => {
    await sync();
    await world.untilStatus(group, runId, ({ recoveryPoint }) => recoveryPoint?.runId === runId, 120_000);
    for (const region of ['primary', 'secondary'] as const) stack.faults.setAll(region, { kind: 'none' });
  };
  await published(await run());
  for (const fault of [
    { kind: 'http', status: 503, rate: 1, times: 3 },
    { kind: 'drop-response', times: 2 },
  ] as const) {
    const runId = await run();
    for (const part of ['control', 'warehouse'] as const) {
      stack.faults.set('primary', part, fault);
      stack.faults.set('secondary', part, fault);
    }
    await published(runId);
  }
  // A token that is refused makes an error of its own.
  await run();
  stack.faults.set('primary', 'control', { kind: 'http', status: 403, rate: 1 });
  await sync();
  await world.untilStatus(group, 'an error', ({ lastError, held }) => lastError !== null || held !== null, 120_000);
  stack.faults.setAll('primary', { kind: 'none' });
}

async function histories(): Promise<Place[]> {
  const places: Place[] = [];
  for await (const { workflowId, runId, searchAttributes, memo } of world.client.workflow.list()) {
    const history = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
    places.push({ name: `history of ${workflowId}`, text: textsIn(history).join('\n') });
    places.push({ name: `search attributes of ${workflowId}`, text: JSON.stringify({ searchAttributes, memo }) });
  }
  return places;
}

/** Every text in it, failures' messages included; payloads are bytes, shown as the text that they are. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((part: unknown) => textsIn(part));
}

async function ledgers(): Promise<Place[]> {
  const regions = ['primary', 'secondary'] as const;
  return Promise.all(
    regions.map(async (region) => {
      const rows = await execute(
        world.stack,
        region,
        `SELECT * FROM delta.\`abfss://dr-sync@${region}sync.dfs.core.windows.net/sync_ledger\``,
      );
      const text = JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      return { name: `ledger of the ${region}`, text };
    }),
  );
}

const filesIn = (dir: string, pattern: RegExp, kind: string): Place[] =>
  readdirSync(dir)
    .filter((name) => pattern.test(name))
    .map((name) => ({ name: `${kind} ${name}`, text: readFileSync(join(dir, name), 'utf8') }));

it('no secret of the set-up is in any place that outlives the process, and the scan finds a planted canary', {
  timeout: 300_000,
}, async () => {
  await troubles();
  await until('a mail', () => (readdirSync(world.stack.mail.mailDir).length > 0 ? true : null));

  // Planted in the reason of a request: it goes through history and ledger as any text of a user does.
  await world.entity(group).signal('pause', { requestId: 'canary', reason: canary });
  await world.untilStatus(group, 'the canary', ({ requests }) => requests.some(({ id }) => id === 'canary'));

  const places = [
    ...(await histories()),
    ...(await ledgers()),
    ...filesIn(world.dir, /^worker-.*\.log$/, 'log'),
    ...filesIn(world.stack.mail.mailDir, /\.eml$/, 'mail'),
  ];
  const kinds = ['history', 'search attributes', 'ledger', 'log', 'mail'];
  expect(kinds.filter((kind) => !places.some(({ name, text }) => name.startsWith(kind) && text.length > 2))).toEqual(
    [],
  );
  const log = places.find(({ name }) => name.startsWith('log'))?.text ?? '';
  expect(log, 'the log is at debug level').toMatch(/"level":("debug"|20)/);

  const secrets = Object.fromEntries(
    Object.values(world.stack.regions).flatMap(({ region, tokens }) =>
      Object.entries(tokens).map(([role, token]) => [`${region} ${role}`, token]),
    ),
  );
  expect(Object.keys(secrets).length).toBeGreaterThanOrEqual(4);
  expect(leaks(secrets, places)).toEqual([]);

  expect(leaks({ canary }, places), 'the canary in the signal').toContain(
    `canary in history of dr/dr_test_eastus2_databricks/${group}`,
  );
});

it.each([
  ['as it is', canary],
  ['in base64', Buffer.from(`user:${canary}:x`).toString('base64')],
  ['in base64 for URLs', Buffer.from(`Bearer ${canary} and more`).toString('base64url')],
  ['URL-encoded', `https://host/?token=${encodeURIComponent(canary)}&x`],
])('the scan finds a secret %s, in the middle of a text', (_form, planted) => {
  const text = `before ${planted} after`;
  expect(leaks({ canary }, [{ name: 'here', text }])).toEqual(['canary in here']);
  expect(leaks({ other: 'dapi-of-somebody-else-0123456789' }, [{ name: 'here', text }])).toEqual([]);
});
