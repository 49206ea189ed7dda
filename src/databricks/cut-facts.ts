import type { TableCommit, TableDetail } from '../domain/commits.js';
import type { SourceTable, TableBase } from '../domain/cut/index.js';
import { inParallel } from '../domain/in-parallel.js';
import type { JobRun } from '../domain/runs.js';
import type { Jobs, Tables, Workspace } from './api.js';
import { named } from './identifiers.js';

/** Runs are listed from this much before the published end on: clocks of the two control planes differ. */
const listMarginMs = 60_000;

/** Every run that may matter for a cut after the published end (epoch ms); null: nothing was published yet. */
export const runsAfter = (jobs: Jobs, jobId: string, publishedEnd: number | null): Promise<readonly JobRun[]> =>
  jobs.listRuns(jobId, publishedEnd === null ? {} : { endedSince: publishedEnd - listMarginMs });

/** One table as it is now, and as the choice of its version needs it. */
export interface TableFacts {
  readonly detail: TableDetail;
  readonly source: SourceTable;
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
 * What the versions of a cut are decided by. Read it after the run that makes the cut was seen to have ended, and list
 * the runs once more afterwards: a repair that began in between has commits here, and would pass for the original run if
 * only the first list were known. The Sender's rights are enough.
 */
export function readTableFacts(order: FactsOrder): Promise<TableFacts[]> {
  const tables = order.workspace.tables('send');
  return inParallel(order.tables, order.parallel, async (name) => {
    const facts = await factsOf(order.workspace, tables, name, order.settled[name] ?? null);
    order.answered?.();
    return facts;
  });
}

async function factsOf(
  workspace: Workspace,
  tables: Tables,
  name: string,
  base: TableBase | null,
): Promise<TableFacts> {
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
