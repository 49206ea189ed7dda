import type { TableCommit, TableDetail } from '../domain/commits.js';
import type { MissingTable, SourceTable, TableBase } from '../domain/cut/index.js';
import { unlistedRunIds } from '../domain/cut/index.js';
import { DrError } from '../domain/failure.js';
import { inParallel } from '../domain/in-parallel.js';
import type { JobRun } from '../domain/runs.js';
import type { Jobs, Tables, Workspace } from './api.js';
import { named } from './identifiers.js';

/** Runs are listed from this much before the published end on: clocks of the two control planes differ. */
const listMarginMs = 60_000;

/** A table that is replaced again and again while it is read is read so often. */
const mostReadings = 3;

/** Since when runs that ended may matter for a cut after the published one, epoch ms; null: nothing was published yet. */
export const listedSince = (published: { readonly endTime: number } | null): number | null =>
  published === null ? null : published.endTime - listMarginMs;

export interface RunListing {
  readonly jobId: string;
  /** Epoch ms; null: the newest runs. */
  readonly endedSince: number | null;
  /** Runs that are wanted wherever they lie in the list. */
  readonly runIds: readonly string[];
}

export const listRuns = (jobs: Jobs, { jobId, endedSince, runIds }: RunListing): Promise<readonly JobRun[]> =>
  jobs.listRuns(jobId, { ...(endedSince !== null && { endedSince }), include: runIds });

/** One table as it is now, and as the choice of its version needs it. */
export interface TableFacts {
  readonly detail: TableDetail;
  readonly source: SourceTable;
}

export interface GroupFacts {
  readonly tables: readonly TableFacts[];
  /** Tables that do not exist now. */
  readonly missing: readonly MissingTable[];
}

export interface FactsOrder {
  readonly workspace: Workspace;
  /** Full names in this region. */
  readonly tables: readonly string[];
  /** What is settled per table, so that only newer history is read. */
  readonly settled: Readonly<Record<string, TableBase>>;
  /** Tables asked at a time. */
  readonly parallel: number;
  /** Told after each table, so that whoever watches knows that the region answers. */
  readonly answered?: () => void;
}

/**
 * What the cut of a job's run is decided by. Read it after the run that makes the cut was seen to have ended. Runs are
 * listed after the histories, for a repair that began in between has commits there, and would pass for the original run
 * if only an earlier list were known.
 */
export async function readCutFacts(
  order: FactsOrder & RunListing,
): Promise<GroupFacts & { readonly runs: readonly JobRun[] }> {
  const { jobs } = order.workspace;
  const facts = await readTableFacts(order);
  const listed = await listRuns(jobs, order);
  const commits = facts.tables.flatMap(({ source }) => source.history);
  const unlisted = unlistedRunIds(order.jobId, listed, commits, order.endedSince);
  const runs =
    unlisted.length === 0 ? listed : await listRuns(jobs, { ...order, runIds: [...order.runIds, ...unlisted] });
  return { ...facts, runs };
}

/** What the versions of a cut are decided by, runs aside. The Sender's rights are enough. */
export async function readTableFacts(order: FactsOrder): Promise<GroupFacts> {
  const tables = order.workspace.tables('send');
  const found = await inParallel(order.tables, order.parallel, async (name) => {
    const facts = await unlessMissing(name, factsOf(order.workspace, tables, name, order.settled[name] ?? null));
    order.answered?.();
    return facts;
  });
  return {
    tables: found.flatMap((facts) => ('source' in facts ? [facts] : [])),
    missing: found.flatMap((facts) => ('source' in facts ? [] : [facts])),
  };
}

async function unlessMissing(name: string, reading: Promise<TableFacts>): Promise<TableFacts | MissingTable> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DrError && error.code === 'TABLE_NOT_FOUND') return { name, failure: error.toFailure() };
    throw error;
  }
}

async function factsOf(
  workspace: Workspace,
  tables: Tables,
  name: string,
  base: TableBase | null,
): Promise<TableFacts> {
  const catalog = await workspace.catalog.getTable(name);
  const { detail, history } = await readStill(tables, name, base);
  return { detail, source: { name, detail, catalog, history: await withAuthors(workspace, history), base } };
}

/**
 * Detail and history of one and the same table, though it may be dropped and created anew between two statements: a history
 * that lies between two equal ids is of the table with that id. Only what is new since the base is read. Another id asks
 * for the whole history: was it dropped, or replaced in place?
 */
async function readStill(
  tables: Tables,
  name: string,
  base: TableBase | null,
): Promise<{ readonly detail: TableDetail; readonly history: readonly TableCommit[] }> {
  const table = named(name);
  // The base's id was read long ago.
  const news = base === null ? null : await tables.history(table, { aboveVersion: base.version });
  let detail = await tables.detail(table);
  if (news !== null && detail.id === base?.tableId) return { detail, history: news };
  for (let reading = 0; reading < mostReadings; reading += 1) {
    const { id } = detail;
    const history = await tables.history(table);
    detail = await tables.detail(table);
    if (detail.id === id) return { detail, history };
  }
  throw new DrError('COMMIT_CONFLICT', `${name} is replaced again and again while its history is read.`);
}

/**
 * Commits without a job are looked up in the query history: SQL tasks and dbt leave their run there only. One that names no
 * job there was not therefore made by hand, for whatever connects to a warehouse from within a task names none either. Only
 * of the SQL editor it is known.
 */
async function withAuthors(workspace: Workspace, history: readonly TableCommit[]): Promise<readonly TableCommit[]> {
  const unattributed = history.flatMap(({ job, statementId }) => (job === null && statementId ? [statementId] : []));
  if (unattributed.length === 0) return history;
  const records = await workspace.statements('jobs').lookUp(unattributed);
  return history.map((commit) => {
    if (commit.job !== null || commit.statementId === null) return commit;
    const record = records.get(commit.statementId);
    if (record === undefined) return commit;
    if (record.job !== null) return { ...commit, job: record.job };
    return record.fromEditor ? { ...commit, byHand: true } : commit;
  });
}
