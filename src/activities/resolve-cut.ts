import type { Workspace } from '../databricks/api.js';
import type { FactsOrder, TableFacts } from '../databricks/cut-facts.js';
import { listedSince, listRuns, readCutFacts, readTableFacts } from '../databricks/cut-facts.js';
import type { TableDetail } from '../domain/commits.js';
import type { TableCut } from '../domain/cut/index.js';
import { chooseCut, chooseRun, chooseSnapshot, failedRunsNote } from '../domain/cut/index.js';
import { DrError, errorOf } from '../domain/failure.js';
import { runQuestion } from '../domain/group/published-run.js';
import type { SourceRetention } from '../domain/point.js';
import { endsOf, patienceMs } from '../domain/spec.js';
import type { Cut, CutOrder, CutTable, HostActivities, Target } from './contract.js';
import type { ActivityDeps } from './deps.js';
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
  const { spec, published } = order;
  const { jobId } = await workspace.jobs.findJob(jobName);
  const runIds = order.target.kind === 'run' ? [order.target.run.runId] : [];
  const question = runQuestion(spec, published);
  const listing = { jobId, endedSince: listedSince(published), runIds };
  const choice = chooseRun({ ...question, runs: await listRuns(workspace.jobs, listing) });
  if (choice.kind === 'hold') throw errorOf(choice.failure);
  if (choice.kind !== 'cut') {
    throw new DrError(
      'NO_QUIET_POINT',
      'The end of the run that was to be copied makes no cut any more: it was deleted, or repaired and runs again.',
      {
        remedy: 'Nothing to do: the next complete run is taken.',
      },
    );
  }
  const now = deps.now();
  const { tables, missing, runs } = await readCutFacts({
    ...factsOrder(workspace, order, answered),
    ...listing,
  });
  const decision = chooseCut({
    candidates: choice.candidates,
    look: { ...question, runs },
    jobId,
    tables: tables.map(({ source }) => source),
    missing,
    now,
    acknowledgeStreaming: spec.acknowledgeStreaming,
  });
  if (decision.kind === 'wait') throw notYet('clocks have to pass the margin', decision.until - now);
  if (decision.kind === 'failed') throw errorOf(decision.failure);
  const { run, endTime } = decision.candidate;
  const note = failedRunsNote(choice, endTime);
  return cutOf(order, { kind: 'run', run, endTime }, decision.tables, tables, note === null ? [] : [note]);
}

async function cutOfSnapshot(workspace: Workspace, order: CutOrder, now: number, answered: () => void): Promise<Cut> {
  const { tables, missing } = await readTableFacts(factsOrder(workspace, order, answered));
  const instant = order.target.endTime;
  const decision = chooseSnapshot({
    instant,
    tables: tables.map(({ source }) => source),
    missing,
    now,
    acknowledgeStreaming: order.spec.acknowledgeStreaming,
  });
  if (decision.kind === 'wait') throw notYet('clocks have to pass the margin', decision.until - now);
  if (decision.kind === 'failed') throw errorOf(decision.failure);
  return cutOf(order, { kind: 'snapshot', endTime: instant }, decision.tables, tables);
}

const factsOrder = (workspace: Workspace, order: CutOrder, answered: () => void): FactsOrder => ({
  workspace,
  tables: order.spec.tables.map((table) => table[endsOf(order.direction).source]),
  settled: order.settled,
  parallel: order.spec.maxParallelTables,
  answered,
});

function cutOf(
  order: CutOrder,
  target: Target,
  cuts: readonly TableCut[],
  facts: readonly TableFacts[],
  runNotes: readonly string[] = [],
): Cut {
  const { source } = endsOf(order.direction);
  const byName = new Map(cuts.map((cut) => [cut.table, cut]));
  const tables = order.spec.tables.map((table): CutTable => {
    const cut = byName.get(table[source]);
    const found = facts.find((fact) => fact.source.name === table[source]);
    if (!cut || !found) throw new DrError('UNEXPECTED_ERROR', `The cut lacks ${table[source]}.`);
    return {
      table,
      tableId: cut.sourceTableId,
      version: cut.version,
      committedAt: found.source.history.find(({ version }) => version === cut.version)?.timestamp ?? null,
      changed: cut.changed,
      sourceRetention: retentionOf(found.detail),
    };
  });
  const warnings = cuts.flatMap((cut) => cut.warnings.map((warning) => `${cut.table}: ${warning}`));
  const others = cuts.flatMap((cut) => [
    ...(cut.recreated ? [`${cut.table} was dropped and created anew: it is sent in full.`] : []),
    // Tables without a job are written by others alone.
    ...(order.spec.job !== null && cut.foreignVersions.length > 0
      ? [`${cut.table}: not written by the job: ${versionList(cut.foreignVersions)}.`]
      : []),
  ]);
  return { target, tables, notes: [...warnings, ...runNotes, ...others], warnings };
}

const versionList = (versions: readonly number[]): string =>
  `${versions.length === 1 ? 'version' : 'versions'} ${versions.join(', ')}`;

const retentionOf = ({ properties }: TableDetail): SourceRetention => ({
  log: properties['delta.logRetentionDuration'] ?? null,
  deletedFiles: properties['delta.deletedFileRetentionDuration'] ?? null,
});
