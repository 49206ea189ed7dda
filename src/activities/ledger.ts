import type { Ledger } from '../databricks/api.js';
import { keptInStaging, unsupportedTable } from '../domain/cut/index.js';
import type { Failure } from '../domain/failure.js';
import { DrError, errorOf } from '../domain/failure.js';
import { hasManifest, pointsOf } from '../domain/group/ledger-points.js';
import type { Holder } from '../domain/group/rebuild.js';
import { holderOf } from '../domain/group/rebuild.js';
import { both, inParallel } from '../domain/in-parallel.js';
import type { LedgerEventName, LedgerRow } from '../domain/ledger.js';
import type { Direction, Region } from '../domain/region.js';
import type { GroupRef, GroupSpec } from '../domain/spec.js';
import { endsOf, ledgerLocation, patienceMs } from '../domain/spec.js';
import type { Base, Baselines, BaseOrder, HostActivities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { lostCopies } from './lost-copies.js';
import { workPatiently } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

const pointEvents = ['published', 'rolled_back'] as const satisfies readonly LedgerEventName[];
const switchEvents = ['failed_over', 'switched_over'] as const satisfies readonly LedgerEventName[];
const claimEvents = ['took_over', ...switchEvents] as const satisfies readonly LedgerEventName[];
const operatorEvents = ['paused', 'resumed', 'held'] as const satisfies readonly LedgerEventName[];

/**
 * Rare events are read apart from frequent ones, each kind with its own limit: in a ledger of years a thousand syncs
 * must not push the one take-over out of sight, by which a controller knows whose the group is.
 */
interface Reading {
  readonly events: readonly LedgerEventName[];
  /** Only what concerns copies made this way: a ledger has the events of both, copied from the other region's. */
  readonly direction?: Direction;
  /** Newest rows. */
  readonly limit: number;
}

/** Who holds the group: told by a few rows a year. */
export const claims: Reading = { events: claimEvents, limit: 200 };
const switches: Reading = { events: switchEvents, limit: 10 };
/** What may be replaced. */
export const baselines: Reading = { events: ['baseline'], limit: 200 };

/** Gives a region's ledger, as soon as its warehouse runs. */
export type LedgerOf = (group: Pick<GroupSpec, 'workspace' | 'syncLocations'>, region: Region) => Promise<Ledger>;

export const createLedgerOf =
  (deps: ActivityDeps, whenRunning: WhenRunning): LedgerOf =>
  async (group, region) => {
    const workspace = deps.workspace(group.workspace, region);
    await whenRunning(workspace);
    return workspace.ledger(ledgerLocation(group, region), 'receive');
  };

/** What a group's state, and the base of its next sync, is read from; and what is recorded. */
export function createLedgerActivities(
  deps: ActivityDeps,
  ledgerOf: LedgerOf,
): Pick<HostActivities, 'readEvents' | 'recordEvents' | 'readBase'> {
  return {
    async readEvents({ head, region }) {
      const rows = await readGroupRows(await ledgerOf(head, region), head, [
        claims,
        baselines,
        { events: operatorEvents, limit: 100 },
        { events: ['fenced'], limit: 10 },
        { events: ['request'], limit: 50 },
        { events: pointEvents, limit: 2 * head.recoveryPointsKept + 10 },
        { events: ['sent'], limit: 1 },
      ]);
      return rows.map((row) => (hasManifest(row) ? { ...row, detail: null } : row));
    },

    async recordEvents({ head, region, rows }) {
      const ledger = await ledgerOf(head, region);
      try {
        await ledger.append(rows);
      } catch (thrown) {
        if (!isMissing(thrown)) throw thrown;
        await ledger.create();
        await ledger.append(rows);
      }
    },

    readBase(order) {
      const { spec, direction } = order;
      const { target } = endsOf(direction);
      return workPatiently(patienceMs(spec), deps.now, async (answered) => {
        const ledger = await ledgerOf(spec, target);
        const reading = readGroupRows(ledger, spec, [
          claims,
          baselines,
          { events: pointEvents, direction, limit: 2 * spec.recoveryPointsKept + 10 },
          { events: ['failed'], direction, limit: 5 },
        ]);
        const [, rows] = await both(checkTargets(deps, order, answered), reading);
        const base = baseOf(order, rows);
        return base.superseded ? base : { ...base, unstaged: await unstagedOf(deps, order, base, answered) };
      });
    },
  };
}

/** A group's rows without those of single tables; none where there is no ledger yet. */
export async function readGroupRows(
  ledger: Ledger,
  { workspace, group }: GroupRef,
  readings: readonly Reading[],
): Promise<readonly LedgerRow[]> {
  try {
    const parts = await Promise.all(
      readings.map((reading) => ledger.read({ workspace, group, groupRowsOnly: true, ...reading })),
    );
    return parts.flat();
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}

export const isMissing = (thrown: unknown): boolean => thrown instanceof DrError && thrown.code === 'TABLE_NOT_FOUND';

/** Every target table is there, and of a kind that a clone can replace: told before a byte crosses the border. */
async function checkTargets(deps: ActivityDeps, { spec, direction }: BaseOrder, answered: () => void): Promise<void> {
  const { target } = endsOf(direction);
  const { catalog } = deps.workspace(spec.workspace, target);
  await inParallel(spec.tables, spec.maxParallelTables, async (table) => {
    const failure = unsupportedTable(table[target], await catalog.getTable(table[target]), null);
    answered();
    if (failure) throw errorOf(failure);
  });
}

function baseOf({ spec, direction, author }: BaseOrder, rows: readonly LedgerRow[]): Base {
  const points = pointsOf(rows).slice(0, spec.recoveryPointsKept);
  const kept = keptInStaging(points);
  return {
    superseded: supersededBy(rows, author),
    previous: points[0] ?? null,
    kept,
    // The pace is told by all of them: with one point kept there would be none.
    stillKept: { ...keptInStaging(points.slice(0, spec.recoveryPointsKept - 1)), ends: kept.ends },
    baselines: baselinesOf(rows, direction),
    sendAgain: failedVerification(rows),
    unstaged: [],
  };
}

/** Of the tables that a sync would carry from the point before. */
function unstagedOf(deps: ActivityDeps, { spec, direction }: BaseOrder, { previous }: Base, answered: () => void) {
  const { source, target } = endsOf(direction);
  const names = new Set(spec.tables.map((table) => table[source]));
  return lostCopies({
    tables: deps.workspace(spec.workspace, target).tables('receive'),
    manifest: (previous?.manifest ?? []).filter(({ sourceTable }) => names.has(sourceTable)),
    parallel: spec.maxParallelTables,
    nowMs: deps.now(),
    answered,
  });
}

/** A point that failed verification and none that was published since: its copy in staging may be what is wrong. */
function failedVerification(rows: readonly LedgerRow[]): boolean {
  const [newest] = rows
    .filter(({ event }) => event === 'published' || event === 'failed')
    .toSorted((a, b) => b.epoch - a.epoch || b.recordedAt - a.recordedAt);
  return newest?.errorCode === 'VERIFY_FAILED';
}

/** What may be replaced in the region that is copied into. The other region's tables may have the same names. */
export function baselinesOf(rows: readonly LedgerRow[], direction: Direction): Baselines {
  const newest = rows
    .filter((row) => row.event === 'baseline' && row.direction === direction)
    .toSorted((a, b) => a.recordedAt - b.recordedAt);
  return Object.assign({}, ...newest.map(({ detail }) => (detail ? (JSON.parse(detail) as Baselines) : {})));
}

/**
 * Asked again right before readers' tables are replaced: since the sync began another controller may have switched the group,
 * and its job write to them. One that only took it over is told by the stamps.
 *
 * @throws SUPERSEDED
 */
export async function assertNotSwitched(ledger: Ledger, author: Holder & GroupRef): Promise<void> {
  const failure = supersededBy(await readGroupRows(ledger, author, [switches]), author);
  if (failure) throw errorOf(failure);
}

function supersededBy(rows: readonly LedgerRow[], author: Holder): Failure | null {
  const holder = holderOf(rows);
  if (!holder || holder.controller === author.controller || holder.epoch < author.epoch) return null;
  return {
    code: 'SUPERSEDED',
    message:
      `The ledger says that controller ${holder.controller} holds this group at epoch ${holder.epoch}; ` +
      `this one is ${author.controller} at epoch ${author.epoch}. Nothing was written.`,
    remedy:
      'Two Temporal namespaces work on the same group. Stop one of them, then `lakehouse-dr resume` the group here if it is to be this one.',
  };
}
