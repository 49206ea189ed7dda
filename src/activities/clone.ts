import { activityInfo } from '@temporalio/activity';
import type { CatalogTable, Statements, Tables, Workspace } from '../databricks/api.js';
import type { TableRef } from '../databricks/identifiers.js';
import { atPath, named } from '../databricks/identifiers.js';
import type { Retention } from '../databricks/statements.js';
import { cloneStatement, retentionOf, retentionOfHours, strandedCloneStatement } from '../databricks/statements.js';
import type { TableCommit, TableDetail } from '../domain/commits.js';
import { currencyOf, newestClone, outranks, readStamp, targetGuard, unsupportedTable } from '../domain/cut/index.js';
import type { Failure } from '../domain/failure.js';
import { DrError, errorOf } from '../domain/failure.js';
import type { CloneFacts } from '../domain/ledger-events.js';
import type { Stamp } from '../domain/point.js';
import { endsOf, stagingLocation } from '../domain/spec.js';
import type { CloneOrder, CloneResult, CloneStart, HostActivities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import type { WhenRunning } from './warehouse.js';

/** The query history may lag behind by this much: a second attempt looks for what the first one submitted only then. */
const historyLagMs = 15_000;

/** A statement that the first attempt submitted was submitted no longer ago than this. */
const lostSubmitWindowMs = 24 * 3600_000;

/** A guard that was read longer ago than this is read again before submitting. */
const staleGuardMs = 5_000;

/** Staging stays readable for this much longer than its oldest kept version is old. */
const retentionReserveHours = 14 * 24;

/** The newest CLONE and what followed it: on a table that only syncs write to, the first row or two. */
const historyRows = 100;

/** One clone as the activities see it: where it runs, what it reads and writes. */
interface Hop {
  readonly workspace: Workspace;
  readonly role: 'send' | 'receive';
  readonly source: TableRef;
  readonly target: TableRef;
  readonly targetName: string;
  readonly tables: Tables;
  readonly statements: Statements;
}

interface TargetFacts {
  readonly detail: TableDetail;
  readonly history: readonly TableCommit[];
}

/** Submitting a clone, and reading what it left. Waiting for it lies between: `awaitStatement`. */
export function createCloneActivities(
  deps: ActivityDeps,
  whenRunning: WhenRunning,
): Pick<HostActivities, 'startClone' | 'finishClone' | 'startStrand'> {
  return {
    async startClone(order) {
      const hop = hopOf(deps, order);
      await whenRunning(hop.workspace);
      if (activityInfo().attempt > 1) await pause(historyLagMs);

      const registered = order.hop === 'receive' ? await registeredTarget(hop) : null;
      let readAt = deps.now();
      let before = await readTarget(hop);
      const current = before && guarded(order, hop, before);
      if (current && !order.again) return { kind: 'current', result: current };

      const running = await alreadyRunning(hop, order, deps.now());
      if (running) return submitted(running.statementId, running.startTime, before);

      if (deps.now() - readAt > staleGuardMs) {
        readAt = deps.now();
        before = await readTarget(hop);
        if (before) guarded(order, hop, before);
      }
      const sql = cloneStatement({
        source: hop.source,
        version: order.fromVersion,
        target: hop.target,
        stamp: order.stamp,
        retention: retentionFor(order, deps.now()),
        location: registered?.tableType === 'EXTERNAL' ? registered.storageLocation : null,
      });
      const statementId = await hop.statements.submit({ sql, tags: tagsOf(order) });
      return submitted(statementId, deps.now(), before);
    },

    async finishClone(order, started) {
      const hop = hopOf(deps, order);
      await whenRunning(hop.workspace);
      const after = await readTarget(hop);
      const result = after && currentResult(order, after);
      if (result) return { ...result, versionBefore: started.versionBefore, clone: factsOf(order, after, started) };
      throw new DrError(
        'STATEMENT_FAILED',
        `Statement ${started.statementId} ended, but ${hop.targetName} does not hold version ${order.stamp.sourceVersion}.`,
        { remedy: 'Look up the statement in the query history; the sync is tried again.' },
      );
    },

    async startStrand({ head, direction, table, switchId }) {
      const { target } = endsOf(direction);
      const workspace = deps.workspace(head.workspace, target);
      await whenRunning(workspace);
      const name = named(table[target]);
      const { id } = await workspace.tables('receive').detail(name);
      const [newest] = await workspace.tables('receive').history(name, { limit: 1 });
      if (!newest) throw new DrError('UNEXPECTED_ANSWER', `${table[target]} has no history.`);
      const location = `${head.syncLocations[target]}/stranded/${switchId}/${table[target].split('.').join('/')}`;
      const statementId = await workspace.statements('receive').submit({
        sql: strandedCloneStatement(name, newest.version, location),
        tags: {
          dr_group: `${head.workspace}/${head.group}`,
          dr_table: table[target],
          dr_hop: 'strand',
          dr_sync: switchId,
        },
      });
      return { statementId, baseline: { tableId: id, version: newest.version } };
    },
  };
}

function hopOf(deps: ActivityDeps, { head, direction, hop, table, stamp }: CloneOrder): Hop {
  const { source, target } = endsOf(direction);
  const staging = stagingLocation(head, table, direction);
  const workspace = deps.workspace(head.workspace, hop === 'send' ? source : target);
  const tags = { dr_group: `${head.workspace}/${head.group}`, dr_sync: stamp.syncId };
  const common = { workspace, role: hop, tables: workspace.tables(hop, tags), statements: workspace.statements(hop) };
  return hop === 'send'
    ? { ...common, source: named(table[source]), target: atPath(staging), targetName: staging }
    : { ...common, source: atPath(staging), target: named(table[target]), targetName: table[target] };
}

/** The table as CI/CD registered it in the target region. @throws TABLE_NOT_FOUND, UNSUPPORTED_TABLE */
async function registeredTarget(hop: Hop): Promise<CatalogTable> {
  const table = await hop.workspace.catalog.getTable(hop.targetName);
  const failure = unsupportedTable(hop.targetName, table, null);
  if (failure) throw errorOf(failure);
  return table;
}

/** null where there is no table yet: staging before its first clone. */
async function readTarget(hop: Hop): Promise<TargetFacts | null> {
  try {
    const detail = await hop.tables.detail(hop.target);
    return { detail, history: await hop.tables.history(hop.target, { limit: historyRows }) };
  } catch (thrown) {
    const missing = thrown instanceof DrError && thrown.code === 'TABLE_NOT_FOUND';
    if (missing && hop.target.kind === 'path') return null;
    throw thrown;
  }
}

/** Refuses to overwrite what is not ours to overwrite; the result where nothing has to be done. */
function guarded(order: CloneOrder, hop: Hop, { detail, history }: TargetFacts): CloneResult | null {
  const holder = order.stamp;
  const failure =
    order.hop === 'receive'
      ? targetGuard({ table: hop.targetName, detail, history, holder, baseline: order.baseline })
      : stagingGuard(hop.targetName, readStamp(detail.properties), holder);
  const current = currentResult(order, { detail, history });
  // The right content is right whoever put it there; only an older controller has no business even looking.
  if (failure && (failure.code === 'SUPERSEDED' || !current)) throw errorOf(failure);
  return current;
}

/** Staging is ours alone: whatever it holds may be replaced, but not by a controller that was superseded. */
function stagingGuard(name: string, stamp: Stamp | null, holder: Stamp): Failure | null {
  if (!stamp || !outranks(stamp, holder)) return null;
  return {
    code: 'SUPERSEDED',
    message: `${name} was written by controller ${stamp.controller} at epoch ${stamp.epoch}, which outranks this one. Nothing was overwritten.`,
    remedy:
      'Another controller holds this group. Stop one of the two, then resume the group here if it is to be this one.',
  };
}

function currentResult({ stamp }: CloneOrder, { detail, history }: TargetFacts): CloneResult | null {
  if (currencyOf(detail.properties, history, stamp).kind !== 'current') return null;
  const version = newestClone(history);
  const commit = history.find((candidate) => candidate.version === version);
  const written = readStamp(detail.properties);
  if (!commit || !written) return null;
  return {
    stamp: written,
    version: commit.version,
    committedAt: commit.timestamp,
    versionBefore: commit.version,
    clone: null,
  };
}

/** A statement with our tags that still runs: an earlier attempt submitted it, and its answer was lost. */
async function alreadyRunning(hop: Hop, order: CloneOrder, now: number) {
  const found = await hop.statements.findByTags(tagsOf(order), { sinceMs: now - lostSubmitWindowMs, liveOnly: true });
  return found.find(({ live }) => live) ?? null;
}

/** All must match for a re-attach: the same table, version and epoch, for the same sync. */
const tagsOf = ({ head, direction, hop, table, stamp, fromVersion }: CloneOrder) => ({
  dr_group: `${head.workspace}/${head.group}`,
  dr_sync: stamp.syncId,
  dr_table: table[endsOf(direction).source],
  dr_hop: hop,
  dr_version: String(fromVersion),
  dr_epoch: String(stamp.epoch),
});

/**
 * Staging has to keep the versions that kept points name; a published table gets the source's own values back, unset
 * ones as explicit defaults, for a clone would otherwise leave staging's there.
 */
function retentionFor({ hop, oldestKept, sourceRetention }: CloneOrder, now: number): Retention {
  if (hop === 'receive') {
    return retentionOf({
      ...(sourceRetention.log === null ? {} : { 'delta.logRetentionDuration': sourceRetention.log }),
      ...(sourceRetention.deletedFiles === null
        ? {}
        : { 'delta.deletedFileRetentionDuration': sourceRetention.deletedFiles }),
    });
  }
  const oldestHours = oldestKept === null ? 0 : Math.max(0, now - oldestKept) / 3600_000;
  return retentionOfHours(oldestHours + retentionReserveHours);
}

const submitted = (statementId: string, submittedAt: number, before: TargetFacts | null): CloneStart => ({
  kind: 'submitted',
  statementId,
  submittedAt,
  versionBefore: before?.history.reduce((newest, { version }) => Math.max(newest, version), 0) ?? null,
});

/** From the CLONE commit's own metrics. Source: `operationMetrics` of Delta's CloneTableCommand. */
function factsOf(
  { hop }: CloneOrder,
  { history }: TargetFacts,
  { submittedAt }: Extract<CloneStart, { kind: 'submitted' }>,
): CloneFacts {
  const version = newestClone(history);
  const commit = history.find((candidate) => candidate.version === version);
  const metric = (name: string): number => Number(commit?.operationMetrics[name] ?? 0);
  return {
    hop,
    sourceBytes: metric('sourceTableSize'),
    copiedBytes: metric('copiedFilesSize'),
    copiedFiles: metric('numCopiedFiles'),
    removedFiles: metric('numRemovedFiles'),
    durationMs: Math.max(0, (commit?.timestamp ?? submittedAt) - submittedAt),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
