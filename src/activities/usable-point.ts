import type { Tables } from '../databricks/api.js';
import { named } from '../databricks/identifiers.js';
import { createReadablePoints } from '../databricks/readable-points.js';
import { DrError } from '../domain/failure.js';
import { pointsOf } from '../domain/group/ledger-points.js';
import { pointsToTry } from '../domain/group/points-to-try.js';
import { newestSwitch } from '../domain/group/rebuild.js';
import { inParallel } from '../domain/in-parallel.js';
import type { LedgerRow } from '../domain/ledger.js';
import type { RecoveryPoint } from '../domain/point.js';
import { endsOf, patienceMs } from '../domain/spec.js';
import type { HostActivities, UsablePoint, UsablePointOrder } from './contract.js';
import type { ActivityDeps } from './deps.js';
import type { LedgerOf } from './ledger.js';
import { baselines, baselinesOf, claims, readGroupRows } from './ledger.js';
import { workPatiently } from './waiting.js';

/** Points that are tried, from the newest on; each carries a manifest of all tables. */
const triedPoints = 50;

/**
 * Failures say which of those points are wrong. A source that is away for days makes one at every tick: they must not push
 * that out of sight.
 */
const readFailures = 1000;

/** Finds the recovery point that a switch takes, from what survives in the region that it goes to. */
export function createUsablePoint(deps: ActivityDeps, ledgerOf: LedgerOf): HostActivities['usablePoint'] {
  return (order) => workPatiently(patienceMs(order.spec), deps.now, (answered) => find(order, answered));

  async function find(order: UsablePointOrder, answered: () => void): Promise<UsablePoint> {
    const { spec, direction } = order;
    const { target } = endsOf(direction);
    const workspace = deps.workspace(spec.workspace, target);
    const rows = await readGroupRows(await ledgerOf(spec, target), spec, [
      claims,
      baselines,
      { events: ['sent'], direction, limit: triedPoints },
      // Every one that is kept can be named.
      {
        events: ['published', 'rolled_back'],
        direction,
        limit: Math.max(triedPoints, 2 * spec.recoveryPointsKept + 10),
      },
      { events: ['failed'], direction, limit: readFailures },
    ]);

    assertPassive(order, rows);
    const tables = workspace.tables('receive');
    const isReadable = createReadablePoints({ tables, parallel: spec.maxParallelTables, nowMs: deps.now(), answered });
    for (const point of pointsToTry(rows, order)) {
      answered();
      if (!(await isReadable(point))) continue;
      const covered = new Set(point.manifest.map((entry) => entry.targetTable));
      return {
        point,
        publishedAt: rows.find((row) => row.event === 'published' && row.syncId === point.syncId)?.recordedAt ?? null,
        ledgerEpoch: Math.max(0, ...rows.map(({ epoch }) => epoch)),
        uncoveredTables: spec.tables.map((table) => table[target]).filter((name) => !covered.has(name)),
        identityTables: await withIdentityColumns(tables, point, spec.maxParallelTables),
        baselines: baselinesOf(rows, direction),
      };
    }
    throw noRecoveryPoint(order, rows);
  }
}

/**
 * A controller that was reset by hand to before a switch asks for it again. By now the job writes to these tables: they
 * are no copies any more, and a recovery point would take them back.
 */
function assertPassive({ spec, direction, epochBefore }: UsablePointOrder, rows: readonly LedgerRow[]): void {
  const { target } = endsOf(direction);
  const newest = newestSwitch(rows.toSorted((a, b) => a.epoch - b.epoch || a.recordedAt - b.recordedAt));
  if (epochBefore === null || newest?.to !== target || newest.row.epoch <= epochBefore) return;
  throw new DrError(
    'ALREADY_THERE',
    `${spec.group} is active in the ${target} region since epoch ${newest.row.epoch}, as its ledger says.`,
    { remedy: 'Nothing to do: nothing was replaced, and the group reads its ledgers again.' },
  );
}

/** Their generated values may repeat: values drawn after the recovery point are unknown here. */
async function withIdentityColumns(tables: Tables, point: RecoveryPoint, limit: number): Promise<string[]> {
  const names = await inParallel(point.manifest, limit, async ({ targetTable }) => {
    const { tableFeatures } = await tables.detail(named(targetTable));
    return tableFeatures.includes('identityColumns') ? [targetTable] : [];
  });
  return names.flat();
}

function noRecoveryPoint({ spec, runId, direction }: UsablePointOrder, rows: readonly LedgerRow[]): DrError {
  const known = pointsOf(rows).flatMap(({ source }) =>
    source.kind === 'run' && source.runId !== runId ? [source.runId] : [],
  );
  if (runId !== null) {
    return new DrError('NO_RECOVERY_POINT', `There is no usable recovery point of run ${runId} for ${spec.group}.`, {
      remedy:
        known.length > 0 ? `Name one of these runs, or none for the newest: ${known.join(', ')}.` : 'Name no run.',
    });
  }
  const { target } = endsOf(direction);
  return new DrError('NO_RECOVERY_POINT', `No complete recovery point of ${spec.group} can be read in the ${target}.`, {
    remedy: 'Nothing was fenced or activated. See `lakehouse-dr history` for what was ever sent here.',
  });
}
