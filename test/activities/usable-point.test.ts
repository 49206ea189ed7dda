/** Which recovery point a failover takes, after a long life of the ledger. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerAuthor } from '../../src/domain/ledger-events.js';
import { failureRow, pointFields, pointRows } from '../../src/domain/ledger-events.js';
import type { ManifestEntry, RecoveryPoint } from '../../src/domain/point.js';
import type { GroupSpec } from '../../src/domain/spec.js';
import { ledgerLocation, stagingLocation } from '../../src/domain/spec.js';
import { execute } from '../support/sql.js';
import type { StepsWorld } from '../support/steps.js';
import { head, run, startSteps } from '../support/steps.js';

const names = { primary: 'dr_test_catalog.raw.workflow_1_bronze', secondary: 'dr_test_catalog.raw.workflow_1_bronze' };
const kept = 60;
const spec: GroupSpec = { ...head, recoveryPointsKept: kept, tables: [names] };
const author: LedgerAuthor = { workspace: 'ws', group: 'g', epoch: 1, controller: 'c', direction: 'forward' };
const firstEnd = Date.parse('2026-11-01T00:00:00Z');

let world: StepsWorld;
let entry: ManifestEntry;

/** Points share one copy in staging: all of them can be read. */
const point = (number: number): RecoveryPoint => ({
  syncId: `sync-${number}`,
  source: { kind: 'run', runId: String(number), repairId: null },
  runEndTime: firstEnd + number * 60_000,
  ...{ epoch: 1, controller: 'c', specHash: '', manifest: [entry] },
});

const usable = (runId: string | null) =>
  run(() => world.stepsOf('a').usablePoint({ spec, direction: 'forward', runId, endedSince: null, epochBefore: null }));

beforeAll(async () => {
  world = await startSteps();
  const location = stagingLocation(head, names, 'forward');
  await execute(world.stack, 'secondary', `CREATE TABLE delta.\`${location}\` (id BIGINT) USING DELTA`);
  const history = await world.workspace('secondary').tables('receive').history({ kind: 'path', location });
  entry = {
    ...{ sourceTable: names.primary, targetTable: names.secondary, stagingLocation: location },
    ...{ sourceTableId: 'id', sourceVersion: 1, stagingVersion: 0, stagingCommittedAt: history[0]?.timestamp ?? 0 },
    stamp: { sourceTableId: 'id', sourceVersion: 1, syncId: 'sync-1', epoch: 1, controller: 'c' },
    ...{ sourceRetention: { log: null, deletedFiles: null }, targetVersionBefore: null, carried: false },
  };
  const ledger = world.workspace('secondary').ledger(ledgerLocation(head, 'secondary'), 'receive');
  await ledger.create();
  const points = Array.from({ length: kept }, (_, index) => point(index + 1));
  await ledger.append(
    points.flatMap((each) => [
      ...pointRows(author, 'sent', each, [], each.runEndTime),
      ...pointRows(author, 'published', each, [], each.runEndTime + 1000),
    ]),
  );
  // The newest one was sent and is wrong; then the source was away for days.
  const wrong = point(kept + 1);
  const failures = Array.from({ length: 120 }, (_, index) =>
    failureRow(
      ...([author, 'failed', `sync-away-${index}/failed`] as const),
      { code: 'REGION_UNREACHABLE', message: 'No answer.' },
      wrong.runEndTime + 3000 + index,
      { syncId: `sync-away-${index}` },
    ),
  );
  await ledger.append([
    ...pointRows(author, 'sent', wrong, [], wrong.runEndTime),
    failureRow(
      ...([author, 'failed', `${wrong.syncId}/failed`] as const),
      { code: 'VERIFY_FAILED', message: 'It is not what staging holds.' },
      wrong.runEndTime + 2000,
      pointFields(wrong),
    ),
    ...failures,
  ]);
}, 120_000);

afterAll(() => world?.end());

describe('nothing is lost in silence: a failover', { timeout: 60_000 }, () => {
  it('finds every recovery point that is kept when a person names it', async () => {
    expect((await usable('1')).point.syncId).toBe('sync-1');
  });

  it('remembers which point is wrong, however many syncs have failed since', async () => {
    expect((await usable(null)).point.syncId).toBe(`sync-${kept}`);
  });
});
