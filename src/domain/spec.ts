import type { Direction, Region } from './region.js';

/** One table of a group: its full name (`catalog.schema.table`) in each region. */
export interface TableSpec {
  readonly primary: string;
  readonly secondary: string;
}

/** What the entity needs to decide with: small, without the tables. Read from the worker's config at each round. */
export interface GroupSettings {
  readonly workspace: string;
  readonly group: string;
  /** Job name per region; null for a group of standalone tables. */
  readonly job: Readonly<Record<Region, string>> | null;
  readonly tableCount: number;
  /** Workspace host per region, without scheme: names the task queues `dr/<host>` and `dr-switch/<host>`, nothing else. */
  readonly hosts: Readonly<Record<Region, string>>;
  readonly syncIntervalMinutes: number;
  readonly failoverIntervalMinutes: number;
  /** Attempts of one sync before it is undone and reported. */
  readonly maxRetries: number;
  readonly trigger: 'interval' | 'completion';
  readonly acceptPartialSuccess: boolean;
  readonly recoveryPointsKept: number;
  /** Alert when the recovery point is older; null: never. */
  readonly rpoTargetMinutes: number | null;
  readonly maxParallelTables: number;
  readonly verify: 'files' | 'rows';
  readonly acknowledgeStreaming: boolean;
  readonly successMail: 'each' | 'off';
  /** Unpause the job in the region that a switch makes active. */
  readonly activateJob: boolean;
  /**
   * SHA-256 (hex) over the group's name, its tables, workspaces and sync locations: what a recovery point consists of and
   * where it lies. Points record it; one with another hash is followed by a new cut, be there a newer run or not.
   */
  readonly specHash: string;
}

/** A group's whole spec, as handed to a sync or a switch: a snapshot that stays the same while that one runs. */
export interface GroupSpec extends GroupSettings {
  readonly tables: readonly TableSpec[];
  /** `<sync_location>` per region: parent of staging and of the ledger in that region. */
  readonly syncLocations: Readonly<Record<Region, string>>;
}

/**
 * A spec without its tables: what a step that works on one table is told of the group. `tables` is ruled out on purpose:
 * a thousand steps that each carried a thousand names would outgrow a workflow's history.
 */
export type GroupHead = Omit<GroupSpec, 'tables'> & { readonly tables?: never };

export function headOf(spec: GroupSpec): GroupHead {
  const { tables: _tables, ...head } = spec;
  return head;
}

/** A group's name, unique in a namespace. */
export interface GroupRef {
  readonly workspace: string;
  readonly group: string;
}

/** The ends of a copy: where the job runs, and the region being protected into. */
export const endsOf = (direction: Direction): { source: Region; target: Region } =>
  direction === 'forward' ? { source: 'primary', target: 'secondary' } : { source: 'secondary', target: 'primary' };

/** Where the Sender puts a table's deep clone: in the *target* region's sync location. */
export function stagingLocation(
  spec: Pick<GroupSpec, 'workspace' | 'syncLocations'>,
  table: TableSpec,
  direction: Direction,
): string {
  const { source, target } = endsOf(direction);
  return `${spec.syncLocations[target]}/${spec.workspace}/${table[source].split('.').join('/')}`;
}

/** One of a copy's two clones, for people. */
export function cloneText(hop: 'send' | 'receive', table: TableSpec, direction: Direction): string {
  const { source, target } = endsOf(direction);
  return hop === 'send' ? `Clone of ${table[source]} to staging` : `Clone of ${table[target]} from staging`;
}

export const ledgerLocation = (spec: Pick<GroupSpec, 'syncLocations'>, region: Region): string =>
  `${spec.syncLocations[region]}/sync_ledger`;

/** Long enough to restart a worker in. */
const shortestPatienceMs = 60_000;

/** Transient failures are retried inside a step for at most the sync interval; then the step has failed. */
export const patienceMs = ({ syncIntervalMinutes }: Pick<GroupSettings, 'syncIntervalMinutes'>): number =>
  Math.max(shortestPatienceMs, syncIntervalMinutes * 60_000);
