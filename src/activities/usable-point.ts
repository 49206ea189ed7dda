import type { Tables } from '../databricks/api.js';
import { atPath, named } from '../databricks/identifiers.js';
import { currencyOf, defaultDeletedFileRetentionMs, parseIntervalMs } from '../domain/cut/index.js';
import { DrError, isTransient } from '../domain/failure.js';
import { pointsOf } from '../domain/group/ledger-points.js';
import { inParallel } from '../domain/in-parallel.js';
import type { LedgerRow } from '../domain/ledger.js';
import type { ManifestEntry, RecoveryPoint } from '../domain/point.js';
import { endsOf, ledgerLocation, patienceMs } from '../domain/spec.js';
import type { HostActivities, UsablePoint, UsablePointOrder } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { baselinesOf, claims, readGroupRows } from './ledger.js';
import { workPatiently } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

/** Points that are tried, from the newest on; each carries a manifest of all tables. */
const triedPoints = 50;
const historyRows = 500;

/** Finds the recovery point that a switch takes, from what survives in the region that it goes to. */
export function createUsablePoint(deps: ActivityDeps, whenRunning: WhenRunning): HostActivities['usablePoint'] {
  return (order) => workPatiently(patienceMs(order.spec), deps.now, (answered) => find(order, answered));

  async function find(order: UsablePointOrder, answered: () => void): Promise<UsablePoint> {
    const { spec, direction } = order;
    const { target } = endsOf(direction);
    const workspace = deps.workspace(spec.workspace, target);
    await whenRunning(workspace);
    const ledger = workspace.ledger(ledgerLocation(spec, target), 'receive');
    const rows = await readGroupRows(ledger, spec, [
      claims,
      { events: ['sent', 'published', 'rolled_back'], limit: triedPoints },
      { events: ['failed'], limit: triedPoints },
    ]);

    const tables = workspace.tables('receive');
    for (const point of candidates(order, rows)) {
      answered();
      if (!(await isUsable(tables, point, spec.maxParallelTables, deps.now()))) continue;
      const covered = new Set(point.manifest.map((entry) => entry.targetTable));
      return {
        point,
        ledgerEpoch: Math.max(0, ...rows.map(({ epoch }) => epoch)),
        uncoveredTables: spec.tables.map((table) => table[target]).filter((name) => !covered.has(name)),
        identityTables: await withIdentityColumns(tables, point, spec.maxParallelTables),
        baselines: baselinesOf(rows),
      };
    }
    throw noRecoveryPoint(order, rows);
  }
}

/**
 * Complete points of this direction, the newest run first. Those that failed verification are left out; those that a sync
 * could not publish for another reason come last, for this region would meet the same reason.
 */
function candidates({ direction, runId }: UsablePointOrder, rows: readonly LedgerRow[]): RecoveryPoint[] {
  const failed = rows.filter(({ event, syncId }) => event === 'failed' && syncId !== null);
  const bad = new Set(failed.filter(({ errorCode }) => errorCode === 'VERIFY_FAILED').map(({ syncId }) => syncId));
  const doubtful = new Set(failed.filter(({ errorCode }) => !isTransient(errorCode ?? '')).map(({ syncId }) => syncId));
  return pointsOf(rows.filter((row) => row.direction === direction))
    .filter((point) => !bad.has(point.syncId))
    .filter((point) => runId === null || (point.source.kind === 'run' && point.source.runId === runId))
    .toSorted(
      (a, b) =>
        Number(doubtful.has(a.syncId)) - Number(doubtful.has(b.syncId)) ||
        b.epoch - a.epoch ||
        b.runEndTime - a.runEndTime,
    );
}

/** Usable: every table either holds it already, or can be cloned from a staging version that is still readable. */
async function isUsable(tables: Tables, point: RecoveryPoint, limit: number, now: number): Promise<boolean> {
  const usable = await inParallel(
    point.manifest,
    limit,
    async (entry) => (await isPublished(tables, entry)) || (await isReadable(tables, entry, now)),
  );
  return usable.every(Boolean);
}

async function isPublished(tables: Tables, entry: ManifestEntry): Promise<boolean> {
  const table = named(entry.targetTable);
  const { properties } = await tables.detail(table);
  const history = await tables.history(table, { limit: historyRows });
  return currencyOf(properties, history, entry).kind === 'current';
}

/** The staging version is the very commit that the manifest names, and not past its retention. */
async function isReadable(tables: Tables, entry: ManifestEntry, now: number): Promise<boolean> {
  const staging = atPath(entry.stagingLocation);
  try {
    const history = await tables.history(staging, { limit: historyRows });
    const commit = history.find(({ version }) => version === entry.stagingVersion);
    if (commit?.timestamp !== entry.stagingCommittedAt) return false;
    if (history[0]?.version === entry.stagingVersion) return true;
    const { properties } = await tables.detail(staging);
    const retention = parseIntervalMs(properties['delta.deletedFileRetentionDuration'] ?? '');
    return now - commit.timestamp < (retention ?? defaultDeletedFileRetentionMs);
  } catch (thrown) {
    if (thrown instanceof DrError && (thrown.code === 'TABLE_NOT_FOUND' || thrown.code === 'VERSION_EXPIRED'))
      return false;
    throw thrown;
  }
}

/** Their generated values may repeat: values drawn after the recovery point are unknown here. */
async function withIdentityColumns(tables: Tables, point: RecoveryPoint, limit: number): Promise<string[]> {
  const names = await inParallel(point.manifest, limit, async ({ targetTable }) => {
    const { tableFeatures } = await tables.detail(named(targetTable));
    return tableFeatures.includes('identityColumns') ? [targetTable] : [];
  });
  return names.flat();
}

function noRecoveryPoint({ spec, runId }: UsablePointOrder, rows: readonly LedgerRow[]): DrError {
  const known = pointsOf(rows).flatMap(({ source }) => (source.kind === 'run' ? [source.runId] : []));
  if (runId !== null) {
    return new DrError('NO_RECOVERY_POINT', `There is no usable recovery point of run ${runId} for ${spec.group}.`, {
      remedy:
        known.length > 0 ? `Name one of these runs, or none for the newest: ${known.join(', ')}.` : 'Name no run.',
    });
  }
  return new DrError('NO_RECOVERY_POINT', `No complete recovery point of ${spec.group} can be read in this region.`, {
    remedy: 'Nothing was fenced or activated. See `lakehouse-dr history` for what was ever sent here.',
  });
}
