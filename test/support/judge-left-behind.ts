/**
 * What delta-rs, which shares no code with the product or the local pair, finds in the tables that a story left behind.
 */
import { fileURLToPath } from 'node:url';
import type { LeftBehind, TableAt } from '../../demo/left-behind.js';
import { askJudge } from './judges.js';

/** A ledger row by its column names. */
export interface LedgerRow {
  readonly event: string;
  readonly group_name: string;
  readonly table_name: string | null;
  readonly run_id: string | null;
  readonly recorded_at: string;
  readonly source_version: number | null;
  readonly staging_version: number | null;
  readonly target_version: number | null;
  readonly detail: string | null;
}

interface Copies {
  readonly [name: string]: { readonly folder: string; readonly version?: number };
}

interface Comparison {
  /** What is compared, for people. */
  readonly what: string;
  /** Rows that the job engine counted, where it did. */
  readonly rows: number | null;
  readonly reference: TableAt;
  readonly copies: Copies;
}

const ask = (python: string | null, question: object): Promise<unknown> =>
  askJudge(python, fileURLToPath(new URL('../e2e/delta-judge.py', import.meta.url)), question);

/** The group's rows, oldest first. */
export async function readLedger(python: string | null, { ledger, group }: LeftBehind): Promise<readonly LedgerRow[]> {
  const rows = (await ask(python, { ledger })) as LedgerRow[];
  return rows.filter((row) => row.group_name === group).toSorted((a, b) => (a.recorded_at < b.recorded_at ? -1 : 1));
}

/** Row by row; a sentence for each difference. */
async function differencesIn(python: string | null, comparisons: readonly Comparison[]): Promise<readonly string[]> {
  const answers = (await ask(python, { comparisons })) as {
    rows: number;
    differences: Record<string, string[]>;
  }[];
  return comparisons.flatMap(({ what, rows }, index) => {
    const answer = answers[index];
    if (answer === undefined) return [`${what}: the judge did not answer`];
    const wrongCount =
      rows === null || rows === answer.rows ? [] : [`${what}: ${rows} rows by the job engine, ${answer.rows} found`];
    const differing = Object.entries(answer.differences).flatMap(([copy, lines]) =>
      lines.map((line) => `${what}, ${copy}: ${line}`),
    );
    return [...wrongCount, ...differing];
  });
}

/**
 * Every run that the ledger says was published: source, staging and target equal each other, row by row, at the version
 * that the job engine recorded for the source and at those that the ledger names for the copies.
 */
export async function differencesOfPublished(
  python: string | null,
  left: LeftBehind,
  ledger: readonly LedgerRow[],
): Promise<readonly string[]> {
  const published = ledger.filter(({ event, table_name }) => event === 'published' && table_name !== null);
  const compared = published.map((row) => comparisonOf(left, row));
  const wrongVersions = compared.flatMap((found) => (typeof found === 'string' ? [found] : []));
  const comparisons = compared.filter((found) => typeof found !== 'string');
  return [...wrongVersions, ...(await differencesIn(python, comparisons))];
}

/** What the tables of the secondary hold now, against the same rows as the job alone makes them. */
export const differencesAtTheEnd = (python: string | null, left: LeftBehind): Promise<readonly string[]> =>
  differencesIn(
    python,
    Object.entries(left.expected).map(([table, reference]) => ({
      what: `${table} at the end`,
      rows: null,
      reference,
      copies: { target: { folder: left.target[table] ?? '' } },
    })),
  );

function comparisonOf(left: LeftBehind, row: LedgerRow): Comparison | string {
  const { run_id: runId, table_name: table, source_version, staging_version, target_version } = row;
  const truth = left.runs.find((run) => run.runId === runId && run.region === 'primary')?.tables[table ?? ''];
  if (table === null || truth === undefined) return `the ledger has ${table} of run ${runId}, the job engine has not`;
  if (source_version !== truth.version || staging_version === null || target_version === null) {
    return `${table} of run ${runId} is at version ${truth.version}, the ledger has ${JSON.stringify(row)}`;
  }
  return {
    what: `${table} after run ${runId}`,
    rows: truth.rows,
    reference: { folder: left.source[table] ?? '', version: truth.version },
    copies: {
      staging: { folder: left.staging[table] ?? '', version: staging_version },
      target: { folder: left.target[table] ?? '', version: target_version },
    },
  };
}
