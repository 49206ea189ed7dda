import type { DrConfig } from '../../config/index.js';
import { groupSpec } from '../../config/index.js';
import type { Workspace } from '../../databricks/api.js';
import type { FactsOrder, RunListing } from '../../databricks/cut-facts.js';
import { listedSince, listRuns, readCutFacts, readTableFacts } from '../../databricks/cut-facts.js';
import type { ChooseRunInput, CutCandidate, RunChoice } from '../../domain/cut/index.js';
import {
  chooseCut,
  chooseRun,
  chooseSnapshot,
  defaultClockSkewMarginMs,
  unsupportedJob,
} from '../../domain/cut/index.js';
import type { Failure } from '../../domain/failure.js';
import { DrError } from '../../domain/failure.js';
import { settledBy } from '../../domain/group/ledger-points.js';
import { runQuestion } from '../../domain/group/published-run.js';
import type { RecoveryPoint } from '../../domain/point.js';
import type { JobRun } from '../../domain/runs.js';
import type { GroupRef, GroupSpec } from '../../domain/spec.js';
import { endsOf } from '../../domain/spec.js';
import { CliError, exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { wakeWarehouse, warehouseLimitMs, withRegion } from '../regions.js';
import type { ExplainedCut, Explanation } from './explanation.js';
import { explainedCut, explainedPoint, explainedRun } from './explanation.js';
import type { KnownPoints } from './read-points.js';
import { readPoints } from './read-points.js';

/** Runs that overlap with an older one that is asked for ended this long before its start, or they do not matter. */
const overlapMs = 24 * 60 * 60_000;

/** What one look works with. */
interface Look {
  readonly io: Io;
  readonly workspace: Workspace;
  readonly spec: GroupSpec;
  readonly known: KnownPoints;
}

/**
 * Decides the group's next cut as a sync would, and tells every step of it; nothing is written. Without a newer cut the
 * published one is explained, behind the reason why there is none where that is a refusal.
 *
 * @param runId  a run to explain instead; null: the newest
 * @throws DrError; CliError when there is no such run
 */
export async function explainGroup(
  io: Io,
  config: DrConfig,
  group: GroupRef,
  runId: string | null,
): Promise<Explanation> {
  const spec = groupSpec(config, group);
  const known = await readPoints(io, config, group);
  const { source } = endsOf(known.direction);
  return withRegion(io, config, group.workspace, source, async (workspace) => {
    await wakeWarehouse(io, workspace, warehouseLimitMs);
    const look: Look = { io, workspace, spec, known };
    return spec.job === null ? explainSnapshot(look, runId) : explainRuns(look, spec.job[source], runId);
  });
}

async function explainRuns(look: Look, jobName: string, runId: string | null): Promise<Explanation> {
  const { workspace, spec, known } = look;
  const { published } = known;
  const { jobId, settings: job } = await workspace.jobs.findJob(jobName);
  const question = runQuestion(spec, published);
  const next: RunListing = { jobId, endedSince: listedSince(published), runIds: [] };
  const deciding = await listRuns(workspace.jobs, next);
  const choice = chooseRun({ ...question, runs: deciding });
  const runs = await withOthers(look, jobId, deciding, runId);
  const { verdicts } = chooseRun({ ...question, runs });
  if (runId !== null && !verdicts.some(({ run }) => run.runId === runId)) throw unknownRun(runId, jobName);

  const answer = { ...headOf(look), runs: verdicts.map(explainedRun) };
  const unsupported = unsupportedJob(
    jobName,
    workspace.region,
    { isContinuous: job.continuous !== null },
    spec.acknowledgeStreaming,
  );
  if (unsupported !== null) return { ...answer, cuts: [], noCut: unsupported };
  if (runId === null && choice.kind === 'cut') {
    const listing = { ...next, runIds: [choice.run.runId] };
    const cuts = await explainCuts(look, listing, choice.candidates, question, known.points[0]);
    return { ...answer, cuts, noCut: null };
  }
  // What is published makes no cut any more only because it is published: it is decided from the point before it.
  const wanted = runId ?? published?.run?.runId ?? null;
  const candidates = wanted === null ? [] : candidatesOf(chooseRun({ ...question, published: null, runs }), wanted);
  const [candidate] = candidates;
  if (candidate === undefined) return { ...answer, cuts: [], noCut: failureOf(choice) };
  const before = known.points.find((point) => point.runEndTime < candidate.endTime);
  const listing = {
    jobId,
    endedSince: Math.min(candidate.endTime, before?.runEndTime ?? Infinity) - overlapMs,
    runIds: [candidate.run.runId],
  };
  return {
    ...answer,
    cuts: await explainCuts(look, listing, [candidate], { ...question, published: null }, before),
    noCut: runId === null ? failureOf(choice) : null,
  };
}

/** With the newest runs, and those around one that is asked for. */
async function withOthers(
  { workspace }: Look,
  jobId: string,
  deciding: readonly JobRun[],
  runId: string | null,
): Promise<readonly JobRun[]> {
  const { jobs } = workspace;
  const newest = await jobs.listRuns(jobId);
  const listed = new Map([...newest, ...deciding].map((run) => [run.runId, run]));
  if (runId !== null && !listed.has(runId)) {
    const start = await startOf(workspace, runId);
    const older = start === null ? [] : await jobs.listRuns(jobId, { endedSince: start - overlapMs });
    for (const run of older) listed.set(run.runId, run);
  }
  return [...listed.values()];
}

/** null: there is no such run (any more). */
async function startOf({ jobs }: Workspace, runId: string): Promise<number | null> {
  try {
    const run = await jobs.getRun(runId);
    return Math.min(...run.segments.map(({ startTime }) => startTime));
  } catch (error) {
    if (error instanceof DrError && error.code === 'JOB_NOT_FOUND') return null;
    throw error;
  }
}

/** The cut that a run makes, or is complete in. */
function candidatesOf(choice: RunChoice, runId: string): readonly CutCandidate[] {
  if (choice.kind !== 'cut') return [];
  const own = choice.candidates.filter(({ run }) => run.runId === runId);
  return own.length > 0
    ? own
    : choice.candidates.filter(({ overlappedWith }) => overlappedWith.some((run) => run.runId === runId));
}

/** @param before the point that the versions are counted from; undefined: none */
async function explainCuts(
  look: Look,
  listing: RunListing,
  candidates: readonly CutCandidate[],
  question: Omit<ChooseRunInput, 'runs'>,
  before: RecoveryPoint | undefined,
): Promise<ExplainedCut[]> {
  const { io, spec, known } = look;
  const now = io.now();
  const { tables, missing, runs } = await readCutFacts({ ...factsOrder(look, before), ...listing });
  const { tried } = chooseCut({
    candidates,
    look: { ...question, runs },
    jobId: listing.jobId,
    tables: tables.map(({ source }) => source),
    missing,
    now,
    acknowledgeStreaming: spec.acknowledgeStreaming,
  });
  return tried.map(({ candidate: { run, endTime }, outcome }) =>
    explainedCut({ run, endTime, published: endTime === known.points[0]?.runEndTime }, outcome, tables),
  );
}

async function explainSnapshot(look: Look, runId: string | null): Promise<Explanation> {
  const { io, spec, known } = look;
  if (runId !== null) throw unknownRun(runId, null);
  const now = io.now();
  const instant = now - defaultClockSkewMarginMs;
  const { tables, missing } = await readTableFacts(factsOrder(look, known.points[0]));
  const outcome = chooseSnapshot({
    instant,
    tables: tables.map(({ source }) => source),
    missing,
    now,
    acknowledgeStreaming: spec.acknowledgeStreaming,
  });
  const cut = explainedCut({ run: null, endTime: instant, published: false }, outcome, tables);
  return { ...headOf(look), runs: [], cuts: [cut], noCut: null };
}

const factsOrder = ({ workspace, spec, known }: Look, before: RecoveryPoint | undefined): FactsOrder => ({
  workspace,
  tables: spec.tables.map((table) => table[endsOf(known.direction).source]),
  settled: settledBy(before ?? null),
  parallel: spec.maxParallelTables,
});

const headOf = ({ spec, known }: Look) => ({
  workspace: spec.workspace,
  group: spec.group,
  direction: known.direction,
  published: known.points[0] ? explainedPoint(known.points[0]) : null,
});

function failureOf(choice: RunChoice): Failure | null {
  return choice.kind === 'hold' ? choice.failure : null;
}

const unknownRun = (runId: string, jobName: string | null): CliError =>
  new CliError(
    exitCodes.badUsage,
    jobName === null ? 'This group has no job, and so no runs.' : `The job "${jobName}" has no run ${runId}.`,
    jobName === null
      ? 'Leave out --run.'
      : 'Runs are deleted after 60 days. `lakehouse-dr explain GROUP` lists the newest.',
  );
