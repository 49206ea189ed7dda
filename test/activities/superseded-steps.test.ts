/**
 * A sync that goes on although another controller has switched the group: the stamps say nothing where that switch found the
 * tables as it wanted them, so the ledger is asked before anything is replaced.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloneOrder } from '../../src/activities/contract.js';
import { ledgerRow } from '../../src/domain/ledger-events.js';
import { ledgerLocation } from '../../src/domain/spec.js';
import type { StepsWorld } from '../support/steps.js';
import { head, run, startSteps } from '../support/steps.js';

const table = 'dr_test_catalog.raw.workflow_1_bronze';
const ours = { epoch: 2, controller: 'ours' };

let world: StepsWorld;

beforeAll(async () => {
  world = await startSteps();
  await world.workspace('secondary').ledger(ledgerLocation(head, 'secondary'), 'receive').create();
}, 120_000);

afterAll(() => world?.end());

const ledgerSays = (event: 'failed_over' | 'took_over', epoch: number, controller: string): Promise<void> =>
  world
    .workspace('secondary')
    .ledger(ledgerLocation(head, 'secondary'), 'receive')
    .append([
      ledgerRow(
        { workspace: head.workspace, group: head.group, epoch, controller, direction: 'forward' },
        ...[event, `${event}-${epoch}-${controller}`, Date.now()],
      ),
    ]);

const quiesce = () =>
  run(() => world.stepsOf('a').quiesce({ head, region: 'secondary', keepSyncId: null, holder: ours }));

const receive: CloneOrder = {
  ...{ head, direction: 'forward', hop: 'receive', table: { primary: table, secondary: table }, fromVersion: 0 },
  ...{ sourceRetention: { log: null, deletedFiles: null }, keep: null, baseline: null, again: false, reading: null },
  stamp: { sourceTableId: 'source', sourceVersion: 1, syncId: 'sync', ...ours },
};

describe('never backwards: the ledger, before tables are replaced', { timeout: 60_000 }, () => {
  it('tells of earlier switches, of our own and of somebody who only took the group: they are no reason', async () => {
    await ledgerSays('failed_over', 1, 'theirs');
    await ledgerSays('failed_over', 2, 'ours');
    await ledgerSays('took_over', 3, 'theirs');
    await expect(quiesce()).resolves.toBeUndefined();
  });

  it('tells of a switch by another controller since: nothing is cancelled, and nothing submitted', async () => {
    await ledgerSays('failed_over', 3, 'theirs');
    await expect(quiesce()).rejects.toMatchObject({ code: 'SUPERSEDED' });
    const from = world.stack.requestLog.entries().length;
    await expect(run(() => world.stepsOf('a').startClone(receive))).rejects.toMatchObject({ code: 'SUPERSEDED' });
    const clones = world.stack.requestLog
      .entries()
      .slice(from)
      .filter(({ sql }) => sql?.includes('DEEP CLONE'));
    expect(clones).toEqual([]);
  });
});
