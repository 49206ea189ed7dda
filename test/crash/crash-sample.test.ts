/**
 * Promise 4 with 1 to 3, in small: a worker or the Temporal server dies at some points of a sync, calls meet faults. All the
 * points are struck by `npm run crash-matrix`; here a few, and the proof that none is missing from its list.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallWatch } from './calls.js';
import { watchCalls } from './calls.js';
import type { CrashWorld } from './crash-world.js';
import { startCrashWorld } from './crash-world.js';
import type { Point } from './deaths.js';
import { die, pointText } from './deaths.js';
import { unlistedPoints } from './undisturbed.js';

let crash: CrashWorld;
let calls: CallWatch;

beforeAll(async () => {
  crash = await startCrashWorld();
  calls = watchCalls(crash.world.stack.faults);
}, 180_000);

afterAll(() => crash?.end(), 60_000);

/** One of each kind, where most is at stake: bytes were written or readers see the tables. */
const sample: readonly Point[] = [
  { at: 'step', name: 'startClone receive dr_test_catalog.stage.workflow_1_silver', how: 'lost' },
  { at: 'step', name: 'recordEvents published', how: 'lost' },
  { at: 'step', name: 'finishClone receive dr_test_catalog.main.workflow_1_gold', how: 'last' },
  { at: 'server', name: 'recordEvents sent', how: 'last' },
  { at: 'call', name: 'primary POST /api/2.0/sql/statements DEEP CLONE', how: 'drop-response' },
  { at: 'statement', name: 'receive', how: 'die-half-way' },
];

describe('a sync', { timeout: 360_000 }, () => {
  it('has no step and no call that the crash matrix does not know', async () => {
    expect(await unlistedPoints(crash, calls)).toEqual({ steps: [], calls: [], gone: [] });
  });

  it.each(sample.map((point) => [pointText(point), point] as const))(
    'struck at %s ends right, nothing written twice',
    async (_text, point) => {
      expect(await die(crash, calls, point)).toMatchObject({ struck: true, problems: [] });
    },
  );
});
