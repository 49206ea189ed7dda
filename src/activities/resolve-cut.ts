import { heartbeat } from '@temporalio/activity';
import type { Tables, Workspace } from '../databricks/api.js';
import { named } from '../databricks/identifiers.js';
import type { TableCommit, TableDetail } from '../domain/commits.js';
import type { SourceTable, TableBase, TableCut } from '../domain/cut/index.js';
import { chooseCut, chooseRun, chooseSnapshot } from '../domain/cut/index.js';
import { DrError } from '../domain/failure.js';
import { inParallel } from '../domain/in-parallel.js';
import type { SourceRetention } from '../domain/point.js';
import { endsOf } from '../domain/spec.js';
import type { Cut, CutOrder, CutTable, HostActivities, Target } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { listRuns, specChanged } from './runs.js';
import { notYet } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

interface Facts {
  readonly detail: TableDetail;
  readonly source: SourceTable;
}

/** Gathers what a cut is decided by, and has domain/cut decide it. */
export function createResolveCut(deps: ActivityDeps, whenRunning: WhenRunning): HostActivities['resolveCut'] {
  return async (order) => {
    const { spec, direction } = order;
    const { source } = endsOf(direction);
    const workspace = deps.workspace(spec.workspace, source);
    await whenRunning(workspace);

    return spec.job ? cutOfRun(deps, workspace, spec.job[source], order) : cutOfSnapshot(workspace, order, deps.now());
  };
}

async function cutOfRun(deps: ActivityDeps, workspace: Workspace, jobName: string, order: CutOrder): Promise<Cut> {
  const { spec } = order;
  const { jobId } = await workspace.jobs.findJob(jobName);
  const before = await listRuns(workspace.jobs, jobId, order.published);
  const choice = chooseRun({
    runs: before,
    published: order.published,
    acceptPartialSuccess: spec.acceptPartialSuccess,
    recut: specChanged(spec, order.published),
  });
  if (choice.kind === 'hold') throw heldBy(choice.failure);
  if (choice.kind !== 'cut') {
    throw new DrError(
      'NO_QUIET_POINT',
      `The run that was to be copied does not make a cut any more (${choice.kind}).`,
      {
        remedy: 'Nothing to do: the next complete run is taken.',
      },
    );
  }
  const facts = await gather(workspace, order);
  // Runs are listed once more after the histories: a repair that began in between has commits there, and would pass for
  // the original run if only the first list were known.
  const now = deps.now();
  const runs = await listRuns(workspace.jobs, jobId, order.published);
  const decision = chooseCut({
    candidates: choice.candidates,
    runs,
    jobId,
    tables: facts.map(({ source }) => source),
    now,
    acknowledgeStreaming: spec.acknowledgeStreaming,
  });
  if (decision.kind === 'wait') throw notYet('clocks have to pass the margin', decision.until - now);
  if (decision.kind === 'failed') throw heldBy(decision.failure);
  const { run, endTime } = decision.candidate;
  return cutOf(order, { kind: 'run', run, endTime }, decision.tables, facts);
}

async function cutOfSnapshot(workspace: Workspace, order: CutOrder, now: number): Promise<Cut> {
  const facts = await gather(workspace, order);
  const instant = order.target.endTime;
  const decision = chooseSnapshot({
    instant,
    tables: facts.map(({ source }) => source),
    now,
    acknowledgeStreaming: order.spec.acknowledgeStreaming,
  });
  if (decision.kind === 'wait') throw notYet('clocks have to pass the margin', decision.until - now);
  if (decision.kind === 'failed') throw heldBy(decision.failure);
  return cutOf(order, { kind: 'snapshot', endTime: instant }, decision.tables, facts);
}

const gather = (workspace: Workspace, order: CutOrder): Promise<Facts[]> => {
  const { source } = endsOf(order.direction);
  const tables = workspace.tables('send');
  return inParallel(order.spec.tables, order.spec.maxParallelTables, async (table) => {
    heartbeat();
    const name = table[source];
    return factsOf(workspace, tables, name, order.settled[name] ?? null);
  });
};

async function factsOf(workspace: Workspace, tables: Tables, name: string, base: TableBase | null): Promise<Facts> {
  const catalog = await workspace.catalog.getTable(name);
  const detail = await tables.detail(named(name));
  // Only what is new is read. A changed table id asks for the whole history: was it dropped, or replaced in place?
  const known = base !== null && base.tableId === detail.id ? { aboveVersion: base.version } : {};
  const history = await withAuthors(workspace, await tables.history(named(name), known));
  return { detail, source: { name, detail, catalog, history, base } };
}

/**
 * Commits without a job are looked up in the query history: SQL tasks and dbt leave their run there only. A statement
 * that the history knows and that no job issued was made by hand.
 */
async function withAuthors(workspace: Workspace, history: readonly TableCommit[]): Promise<readonly TableCommit[]> {
  const unattributed = history.flatMap(({ job, statementId }) => (job === null && statementId ? [statementId] : []));
  if (unattributed.length === 0) return history;
  const records = await workspace.statements('jobs').lookUp(unattributed);
  return history.map((commit) => {
    if (commit.job !== null || commit.statementId === null) return commit;
    const record = records.get(commit.statementId);
    if (!record) return commit;
    return record.job === null ? { ...commit, byHand: true } : { ...commit, job: record.job };
  });
}

function cutOf(order: CutOrder, target: Target, cuts: readonly TableCut[], facts: readonly Facts[]): Cut {
  const { source } = endsOf(order.direction);
  const byName = new Map(cuts.map((cut) => [cut.table, cut]));
  const tables = order.spec.tables.map((table): CutTable => {
    const cut = byName.get(table[source]);
    const detail = facts.find((fact) => fact.source.name === table[source])?.detail;
    if (!cut || !detail) throw new DrError('UNEXPECTED_ERROR', `The cut lacks ${table[source]}.`);
    return {
      table,
      tableId: cut.sourceTableId,
      version: cut.version,
      changed: cut.changed,
      sourceRetention: retentionOf(detail),
    };
  });
  const notes = cuts.flatMap((cut) => [
    ...cut.warnings.map((warning) => `${cut.table}: ${warning}`),
    ...(cut.recreated ? [`${cut.table} was dropped and created anew: it is sent in full.`] : []),
    ...(cut.foreignVersions.length > 0
      ? [`${cut.table}: versions ${cut.foreignVersions.join(', ')} were not written by the job.`]
      : []),
  ]);
  return { target, tables, notes };
}

const retentionOf = ({ properties }: TableDetail): SourceRetention => ({
  log: properties['delta.logRetentionDuration'] ?? null,
  deletedFiles: properties['delta.deletedFileRetentionDuration'] ?? null,
});

const heldBy = ({ code, message, remedy }: { code: DrError['code']; message: string; remedy?: string }): DrError =>
  new DrError(code, message, { remedy });
