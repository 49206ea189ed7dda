/** Rows that nobody published are put aside before they are replaced: what counts is what really lies there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostActivities, StrandOrder, StrandStart } from '../../src/activities/contract.js';
import { execute } from '../support/sql.js';
import type { StepsWorld } from '../support/steps.js';
import { head, run, startSteps } from '../support/steps.js';

const table = 'dr_test_catalog.raw.workflow_1_bronze';
const strand = (switchId: string): StrandOrder => ({
  head,
  direction: 'forward',
  table: { primary: table, secondary: table },
  switchId,
});

let world: StepsWorld;
let steps: HostActivities;

beforeAll(async () => {
  world = await startSteps();
  steps = world.stepsOf('a');
}, 120_000);

afterAll(() => world?.end());

async function putAside(order: StrandOrder): Promise<StrandStart> {
  const start = await run(() => steps.startStrand(order));
  const { statementId } = start;
  await run(() =>
    steps.awaitStatement({
      ...{ workspace: 'ws', region: 'secondary', hop: 'receive', doing: 'Copy', statementId, silenceLimitMs: 60_000 },
    }),
  );
  return start;
}

describe('nothing is lost: a table that is put aside', { timeout: 60_000 }, () => {
  it('may be replaced up to the version that lies there, though another attempt has seen a newer one since', async () => {
    const first = await putAside(strand('one'));
    await execute(world.stack, 'secondary', `ALTER TABLE ${table} SET TBLPROPERTIES ('somebody' = 'was here')`);
    const second = await putAside(strand('one'));
    expect(second.baseline.version).toBe(first.baseline.version + 1);
    expect(await run(() => steps.finishStrand(strand('one'), second))).toEqual(first.baseline);
  });

  it('may not be replaced where there is no copy', async () => {
    const start = await putAside(strand('one'));
    await expect(run(() => steps.finishStrand(strand('two'), start))).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
    });
  });
});
