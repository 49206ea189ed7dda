/**
 * After `npm run demo`: delta-rs reads the tables of both regions, staging and the ledger that the demo left on the disk,
 * and finds the runs that the job engines recorded. The demo's servers are gone; nothing of the project takes part in it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { LeftBehind } from '../../demo/left-behind.js';
import { packageFolder } from '../../src/worker/bundle-path.js';
import type { LedgerRow } from '../support/judge-left-behind.js';
import { differencesAtTheEnd, differencesOfPublished, readLedger } from '../support/judge-left-behind.js';
import { judgesPython } from '../support/judges.js';

const python = judgesPython();
let left: LeftBehind;
let ledger: readonly LedgerRow[];

beforeAll(async () => {
  left = JSON.parse(readFileSync(join(packageFolder(), 'var', 'demo', 'left.json'), 'utf8')) as LeftBehind;
  ledger = await readLedger(python, left);
});

const goodRuns = (region: 'primary' | 'secondary') =>
  left.runs.filter((run) => run.region === region && run.result === 'SUCCESS').map(({ runId }) => runId);

it('ledger: both runs that ended in the primary were sent and published, then the group failed over', () => {
  const [first, second] = goodRuns('primary');
  const told = ledger
    .filter(({ event, table_name }) => table_name === null && ['sent', 'published', 'failed_over'].includes(event))
    .map(({ event, run_id }) => [event, run_id]);
  expect(told).toEqual([
    ['sent', first],
    ['published', first],
    ['sent', second],
    ['published', second],
    ['failed_over', second],
  ]);
});

it('source, staging and target are equal, row by row, at each published run', async () => {
  expect(ledger.filter(({ event, table_name }) => event === 'published' && table_name !== null)).toHaveLength(6);
  expect(await differencesOfPublished(python, left, ledger)).toEqual([]);
});

it('after the run in the secondary, its tables are those of an undisturbed third run', async () => {
  expect(goodRuns('secondary')).toHaveLength(1);
  expect(await differencesAtTheEnd(python, left)).toEqual([]);
});
