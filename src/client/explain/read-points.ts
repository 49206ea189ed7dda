import type { DrConfig } from '../../config/index.js';
import { groupSpec } from '../../config/index.js';
import { DrError } from '../../domain/failure.js';
import { pointsOf } from '../../domain/group/ledger-points.js';
import type { PublishedRun } from '../../domain/group/published-run.js';
import { publishedRun } from '../../domain/group/published-run.js';
import { rebuildState } from '../../domain/group/rebuild.js';
import { initialState } from '../../domain/group/state.js';
import type { LedgerRow } from '../../domain/ledger.js';
import type { RecoveryPoint } from '../../domain/point.js';
import type { Direction, Region } from '../../domain/region.js';
import { directionFrom } from '../../domain/region.js';
import type { GroupRef, GroupSpec } from '../../domain/spec.js';
import { ledgerLocation } from '../../domain/spec.js';
import type { Io } from '../io.js';
import { wakeWarehouse, warehouseLimitMs, withRegion } from '../regions.js';

/** What the ledgers tell of a group before its next cut. */
export interface KnownPoints {
  readonly direction: Direction;
  /** Published in this direction, newest first. */
  readonly points: readonly RecoveryPoint[];
  /** What the next run is chosen after, as the group's entity sees it: also the point that a switch left here. */
  readonly published: PublishedRun | null;
}

const ledgerRows = 500;

/** Reads the ledgers of both regions; one is enough while the other is dark. @throws DrError when neither answers */
export async function readPoints(io: Io, config: DrConfig, group: GroupRef): Promise<KnownPoints> {
  const spec = groupSpec(config, group);
  const answers = await Promise.all(
    (['secondary', 'primary'] as const).map((region) => readLedger(io, config, spec, region)),
  );
  const failures = answers.filter((answer) => answer instanceof DrError);
  for (const { message } of failures) io.err(`One ledger can't be read now: ${message}\n`);
  const [failure] = failures;
  if (failure !== undefined && failures.length === answers.length) throw failure;
  const rows = answers.flatMap((answer) => (answer instanceof DrError ? [] : answer));
  return knownPoints(group, rows);
}

function knownPoints(group: GroupRef, rows: readonly LedgerRow[]): KnownPoints {
  const state = rebuildState(initialState(group, ''), rows, [], rows.length);
  const direction = directionFrom(state.activeRegion);
  const published = rows.filter((row) => row.event === 'published' || row.event === 'rolled_back');
  return {
    direction,
    points: pointsOf(published.filter((row) => row.direction === direction)),
    published: publishedRun(state),
  };
}

/** The rows, or why not. A ledger that nobody created yet holds nothing. */
async function readLedger(
  io: Io,
  config: DrConfig,
  spec: GroupSpec,
  region: Region,
): Promise<readonly LedgerRow[] | DrError> {
  const { workspace, group } = spec;
  try {
    return await withRegion(io, config, workspace, region, async (connected) => {
      await wakeWarehouse(io, connected, warehouseLimitMs);
      const ledger = connected.ledger(ledgerLocation(spec, region), 'receive');
      return ledger.read({ workspace, group, groupRowsOnly: true, limit: ledgerRows });
    });
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    return error.code === 'TABLE_NOT_FOUND' || error.code === 'LOCATION_NOT_FOUND' ? [] : error;
  }
}
