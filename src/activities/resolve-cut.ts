import type { Workspace } from '../databricks/api.js';
import type { TableFacts } from '../databricks/cut-facts.js';
import { readTableFacts } from '../databricks/cut-facts.js';
import type { TableDetail } from '../domain/commits.js';
import type { TableCut } from '../domain/cut/index.js';
import { chooseCut, chooseRun, chooseSnapshot } from '../domain/cut/index.js';
import { DrError, errorOf } from '../domain/failure.js';
import type { SourceRetention } from '../domain/point.js';
import { endsOf, patienceMs } from '../domain/spec.js';
import type { Cut, CutOrder, CutTable, HostActivities, Target } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { listRuns, specChanged } from './runs.js';
import { notYet, workPatiently } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

/** Gathers what a cut is decided by, and has domain/cut decide it. */
export function createResolveCut(deps: ActivityDeps, whenRunning: WhenRunning): HostActivities['resolveCut'] {
  return async (order) => {
    const { spec, direction } = order;
    const { source } = endsOf(direction);
    const workspace = deps.workspace(spec.workspace, source);
    return workPatiently(patienceMs(spec), deps.now, async (answered) => {
      await whenRunning(workspace);
      return spec.job
        ? cutOfRun(deps, workspace, spec.job[source], order, answered)
        : cutOfSnapshot(workspace, order, deps.now(), answered);
    });
  };
}

async function cutOfRun(
  deps: ActivityDeps,
  workspace: Workspace,
  jobName: string,
  order: CutOrder,
  answered: () => void,
): Promise<Cut> {
  const { spec } = order;
  const { jobId } = await workspace.jobs.findJob(jobName);
  const before = await listRuns(workspace.jobs, jobId, order.published);
  const choice = chooseRun({
    runs: before,
    published: order.published,
    acceptPartialSuccess: spec.acceptPartialSuccess,
    recut: specChanged(spec, order.published),
    switchedAt: order.published?.switchedAt ?? null,
  });
  if (choice.kind === 'hold') throw errorOf(choice.failure);
  if (choice.kind !== 'cut') {
    throw new DrError(
      'NO_QUIET_POINT',
      `The run that was to be copied does not make a cut any more (${choice.kind}).`,
      {
        remedy: 'Nothing to do: the next complete run is taken.',
      },
    );
  }
  const now = deps.now();
  const facts = await gather(workspace, order, answered);
  // Once more after the histories: a repair that began in between has commits there.
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
  if (decision.kind === 'failed') throw errorOf(decision.failure);
  const { run, endTime } = decision.candidate;
  return cutOf(order, { kind: 'run', run, endTime }, decision.tables, facts);
}

async function cutOfSnapshot(workspace: Workspace, order: CutOrder, now: number, answered: () => void): Promise<Cut> {
  const facts = await gather(workspace, order, answered);
  const instant = order.target.endTime;
  const decision = chooseSnapshot({
    instant,
    tables: facts.map(({ source }) => source),
    now,
    acknowledgeStreaming: order.spec.acknowledgeStreaming,
  });
  if (decision.kind === 'wait') throw notYet('clocks have to pass the margin', decision.until - now);
  if (decision.kind === 'failed') throw errorOf(decision.failure);
  return cutOf(order, { kind: 'snapshot', endTime: instant }, decision.tables, facts);
}

const gather = (workspace: Workspace, order: CutOrder, answered: () => void): Promise<TableFacts[]> =>
  readTableFacts({
    workspace,
    tables: order.spec.tables.map((table) => table[endsOf(order.direction).source]),
    settled: order.settled,
    parallel: order.spec.maxParallelTables,
    answered,
  });

function cutOf(order: CutOrder, target: Target, cuts: readonly TableCut[], facts: readonly TableFacts[]): Cut {
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
  const warnings = cuts.flatMap((cut) => cut.warnings.map((warning) => `${cut.table}: ${warning}`));
  const others = cuts.flatMap((cut) => [
    ...(cut.recreated ? [`${cut.table} was dropped and created anew: it is sent in full.`] : []),
    ...(cut.foreignVersions.length > 0
      ? [`${cut.table}: versions ${cut.foreignVersions.join(', ')} were not written by the job.`]
      : []),
  ]);
  return { target, tables, notes: [...warnings, ...others], warnings };
}

const retentionOf = ({ properties }: TableDetail): SourceRetention => ({
  log: properties['delta.logRetentionDuration'] ?? null,
  deletedFiles: properties['delta.deletedFileRetentionDuration'] ?? null,
});
