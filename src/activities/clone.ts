import { activityInfo, log, sleep } from '@temporalio/activity';
import type { CatalogTable, StatementState, Statements, Tables, Workspace } from '../databricks/api.js';
import type { TableRef } from '../databricks/identifiers.js';
import { atPath, named } from '../databricks/identifiers.js';
import type { Retention } from '../databricks/statements.js';
import { cloneStatement, retentionOf, retentionOfHours } from '../databricks/statements.js';
import type { TableCommit } from '../domain/commits.js';
import {
  changesAfter,
  currencyOf,
  outranks,
  readStamp,
  stagingRetentionMs,
  targetGuard,
  unsupportedTable,
  withoutUpkeep,
} from '../domain/cut/index.js';
import type { Failure } from '../domain/failure.js';
import { DrError, errorOf } from '../domain/failure.js';
import { both } from '../domain/in-parallel.js';
import type { CloneFacts } from '../domain/ledger-events.js';
import type { Stamp } from '../domain/point.js';
import { versionBefore } from '../domain/point.js';
import { cloneText, endsOf, stagingLocation } from '../domain/spec.js';
import type { CloneOrder, CloneResult, CloneStart, HostActivities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import type { LedgerOf } from './ledger.js';
import { assertNotSwitched } from './ledger.js';
import { assertSucceeded, isLive, lookQuickly } from './statements.js';
import type { TableReading } from './table-reading.js';
import {
  cloneFacts,
  foundClone,
  historySinceClone,
  newestCloneCommit,
  newestVersion,
  readTable,
  unlessMissing,
} from './table-reading.js';
import { whileWanted } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

/** The query history may lag behind by this much: a second attempt looks for what the first one submitted only then. */
const historyLagMs = 15_000;

/** A statement that the first attempt submitted was submitted no longer ago than this. */
const lostSubmitWindowMs = 24 * 3600_000;

/** A guard that was read longer ago than this is read again before submitting. */
const staleGuardMs = 5_000;

/** A small clone ends within two seconds: then its sync need not come back for it. */
const quickLooksMs = [50, 80, 120, 150, 200, 200, 200, 250, 250, 500] as const;

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

/** What a clone finds before it: nothing to do, or what it replaces. */
type Before =
  | { readonly kind: 'current'; readonly result: CloneResult }
  | { readonly kind: 'replaceable'; readonly newestVersion: number | null; readonly readAt: number };

type Submitted = Extract<CloneStart, { kind: 'submitted' }>;

/** Submitting a clone, and reading what it left. Waiting for it lies between: `awaitStatement`. */
export function createCloneActivities(
  deps: ActivityDeps,
  whenRunning: WhenRunning,
  ledgerOf: LedgerOf,
): Pick<HostActivities, 'startClone' | 'finishClone'> {
  return {
    startClone: (order) => whileWanted(deps.now, (assertWanted) => start(order, assertWanted)),

    async finishClone(order, started) {
      const hop = hopOf(deps, order);
      await whenRunning(hop.workspace);
      return resultOf(hop, order, started);
    },
  };

  async function start(order: CloneOrder, assertWanted: () => void): Promise<CloneStart> {
    const hop = hopOf(deps, order);
    await whenRunning(hop.workspace);
    if (activityInfo().attempt > 1) await sleep(historyLagMs);

    const registered = order.hop === 'receive' ? await registeredTarget(hop) : null;
    let before = knownFrom(order.reading, deps) ?? (await look(order, hop));
    if (before.kind === 'current') return alreadyThere(hop, order, before.result);

    const running = await alreadyRunning(hop, order, deps.now());
    if (running) return finishSoon(hop, order, submitted(running.statementId, running.startTime, before.newestVersion));

    if (!isFresh(before.readAt, deps.now())) {
      before = await look(order, hop);
      if (before.kind === 'current') return alreadyThere(hop, order, before.result);
    }
    const sql = cloneStatement({
      source: hop.source,
      version: order.fromVersion,
      target: hop.target,
      stamp: order.stamp,
      retention: retentionFor(order, deps.now()),
      location: registered?.tableType === 'EXTERNAL' ? registered.storageLocation : null,
    });
    assertWanted();
    const statementId = await hop.statements.submit({ sql, tags: tagsOf(order) });
    return finishSoon(hop, order, submitted(statementId, deps.now(), before.newestVersion));
  }

  /** The ledger is asked, too: a switch that found the table as it wanted it has left no stamp of its own there. */
  async function look(order: CloneOrder, hop: Hop): Promise<Before> {
    const { head, stamp } = order;
    const looking = lookBefore(order, hop, deps.now());
    if (order.hop === 'send') return looking;
    const { target } = endsOf(order.direction);
    const author = { workspace: head.workspace, group: head.group, epoch: stamp.epoch, controller: stamp.controller };
    const [before] = await both(looking, assertNotSwitched(await ledgerOf(head, target), author));
    return before;
  }
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

/** A clock that was set back would make an old reading look as if it came from the future. */
const isFresh = (readAt: number, now: number): boolean => readAt <= now && now - readAt <= staleGuardMs;

/** The whole publish's guard looked at the table a moment ago; null where that is too long ago to submit anything. */
function knownFrom(reading: CloneOrder['reading'], { processId, now }: ActivityDeps): Before | null {
  if (!reading || activityInfo().attempt > 1) return null;
  if (reading.readBy !== processId || !isFresh(reading.readAt, now())) return null;
  return { kind: 'replaceable', newestVersion: reading.newestVersion, readAt: reading.readAt };
}

/** Refuses to overwrite what is not ours to overwrite. @throws TARGET_CHANGED, SUPERSEDED */
async function lookBefore(order: CloneOrder, hop: Hop, now: number): Promise<Before> {
  const table = order.hop === 'receive' ? await readTable(hop.tables, hop.target) : await readStaging(hop, order.stamp);
  if (!table) return { kind: 'replaceable', newestVersion: null, readAt: now };
  const failure = guardOf(order, hop, table);
  const current = currentResult(order, table);
  // The right content is right whoever put it there; only an older controller has no business even looking.
  if (failure && (failure.code === 'SUPERSEDED' || !current)) throw errorOf(failure);
  if (current && !order.again) return { kind: 'current', result: asFound(order, table.history, current) };
  return { kind: 'replaceable', newestVersion: newestVersion(table.history), readAt: now };
}

/**
 * A clone that was made for this very sync by somebody who could not tell any more counts as a clone. What is sent, a later
 * attempt of the same sync finds there, too, and has counted.
 */
function asFound(order: CloneOrder, history: readonly TableCommit[], result: CloneResult): CloneResult {
  const found = foundClone(order.hop, history, result.stamp);
  const counts = found?.syncId === order.stamp.syncId && (order.hop === 'receive' || activityInfo().attempt > 1);
  if (!counts) return { ...result, found: true };
  return { ...result, found: true, versionBefore: versionBefore(found.version), clone: found.facts };
}

/** null before the first clone. What followed the clone matters only where it is the wanted one: else it is replaced. */
const readStaging = (hop: Hop, wanted: Stamp): Promise<TableReading | null> =>
  unlessMissing(
    hop.tables.detail(hop.target).then(async (detail) => {
      const asWanted = currencyOf(detail.properties, [], wanted).kind !== 'other-version';
      return { detail, history: asWanted ? await historySinceClone(hop.tables, hop.target) : [] };
    }),
  );

const guardOf = (order: CloneOrder, hop: Hop, { detail, history }: TableReading): Failure | null =>
  order.hop === 'receive'
    ? targetGuard({ table: hop.targetName, detail, history, holder: order.stamp, baseline: order.baseline })
    : stagingGuard(hop.targetName, readStamp(detail.properties), order.stamp);

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

function currentResult({ hop, stamp }: CloneOrder, { detail, history }: TableReading): CloneResult | null {
  if (currencyOf(detail.properties, changesOf(hop, history), stamp).kind !== 'current') return null;
  const commit = newestCloneCommit(history);
  const written = readStamp(detail.properties);
  return commit && written && resultFrom(written, commit, commit.version, null);
}

/** What was done to keep staging readable is no change of it. */
const changesOf = (hop: CloneOrder['hop'], history: readonly TableCommit[]): readonly TableCommit[] =>
  hop === 'send' ? withoutUpkeep(history) : history;

const resultFrom = (
  stamp: Stamp,
  { version, timestamp }: TableCommit,
  versionBefore: number | null,
  clone: CloneFacts | null,
): CloneResult => ({ stamp, version, committedAt: timestamp, versionBefore, clone });

/** An earlier attempt may have cloned it, and died before it looked at the source once more. */
async function alreadyThere(hop: Hop, order: CloneOrder, result: CloneResult): Promise<CloneStart> {
  await assertSourceStayed(hop, order);
  return { kind: 'done', result };
}

/**
 * A clone names its source, and a version of it. Had the table been dropped and created anew since the cut was chosen, that
 * version would be another one, of a run that is half done. CREATE OR REPLACE goes on with the history: the version is then
 * known again by its commit time.
 *
 * @throws VERSION_EXPIRED
 */
async function assertSourceStayed({ tables, source }: Hop, order: CloneOrder): Promise<void> {
  if (order.hop !== 'send') return;
  const { stamp, fromVersion, committedAt, table, direction } = order;
  const detail = await unlessMissing(tables.detail(source));
  if (detail?.id === stamp.sourceTableId) return;
  const history = detail === null ? [] : await tables.history(source, { aboveVersion: fromVersion - 1 });
  const commit = history.find(({ version }) => version === fromVersion);
  if (commit !== undefined && commit.timestamp === committedAt) return;
  throw new DrError(
    'VERSION_EXPIRED',
    `${table[endsOf(direction).source]} was dropped while its version ${fromVersion} was copied, so nobody can tell what was copied.`,
    { remedy: 'The end of the next good run makes a cut again.' },
  );
}

/** Finishes a clone that ends within two seconds; any other is awaited in a step of its own, by whichever worker. */
async function finishSoon(hop: Hop, order: CloneOrder, started: Submitted): Promise<CloneStart> {
  let state: StatementState;
  try {
    state = await lookQuickly(() => hop.statements.get(started.statementId), quickLooksMs);
  } catch (thrown) {
    // It runs all the same. Who awaits it is patient; this step would submit it again.
    log.warn('a clone was submitted and could not be looked at', { statementId: started.statementId, error: thrown });
    return started;
  }
  if (isLive(state)) return started;
  const doing = cloneText(order.hop, order.table, order.direction);
  assertSucceeded({ statementId: started.statementId, hop: order.hop, doing }, state);
  const result = state.state === 'succeeded' ? await resultOfSuccess(hop, order, started) : null;
  return { kind: 'done', result: result ?? (await resultOf(hop, order, started)) };
}

/**
 * What a clone left that was seen to succeed just now: its commit is the newest CLONE, and tells which version it copied.
 *
 * @returns null where somebody wrote right after it: the stamp has to tell whose the content is
 */
async function resultOfSuccess(hop: Hop, order: CloneOrder, started: Submitted): Promise<CloneResult | null> {
  const [history] = await both(historySinceClone(hop.tables, hop.target), assertSourceStayed(hop, order));
  const commit = newestCloneCommit(history);
  if (commit?.operationParameters.sourceVersion !== String(order.fromVersion)) return null;
  if (changesAfter(changesOf(order.hop, history), commit.version).length > 0) return null;
  return resultFrom(order.stamp, commit, started.versionBefore, cloneFacts(order.hop, commit, started.submittedAt));
}

/** Reads what the clone left. @throws STATEMENT_FAILED where the table does not hold what it should */
async function resultOf(hop: Hop, order: CloneOrder, started: Submitted): Promise<CloneResult> {
  const [after] = await both(readTable(hop.tables, hop.target), assertSourceStayed(hop, order));
  const result = currentResult(order, after);
  const commit = newestCloneCommit(after.history);
  if (result && commit)
    return {
      ...result,
      versionBefore: started.versionBefore,
      clone: cloneFacts(order.hop, commit, started.submittedAt),
    };
  throw new DrError(
    'STATEMENT_FAILED',
    `Statement ${started.statementId} ended, but ${hop.targetName} does not hold version ${order.stamp.sourceVersion}.`,
    { remedy: 'Look up the statement in the query history; the sync is tried again.' },
  );
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
function retentionFor({ keep, sourceRetention }: CloneOrder, now: number): Retention {
  if (keep) return retentionOfHours(stagingRetentionMs(keep.oldestAt, keep.reserveMs, now) / 3600_000);
  return retentionOf({
    ...(sourceRetention.log === null ? {} : { 'delta.logRetentionDuration': sourceRetention.log }),
    ...(sourceRetention.deletedFiles === null
      ? {}
      : { 'delta.deletedFileRetentionDuration': sourceRetention.deletedFiles }),
  });
}

const submitted = (statementId: string, submittedAt: number, versionBefore: number | null): Submitted => ({
  kind: 'submitted',
  statementId,
  submittedAt,
  versionBefore,
});
