import type { StructField } from '../delta/index.js';
import { counts } from './affected-rows.js';
import type { Context } from './context.js';
import { quoted } from './errors.js';
import { FILE_COLUMN, ROW_COLUMN } from './relation.js';
import type { DmlWork, Rewrite } from './rewrite-files.js';
import { commitRewrite, keep, rewriteFiles, touchedFiles, withDmlTarget } from './rewrite-files.js';
import { castText, createRowsTable } from './rows-table.js';
import type { StatementResult } from './statement.js';
import { SqlError } from './statement.js';
import type { MergeClause, MergeStatement } from './statement-types.js';
import { totalBytes } from './write-files.js';

/** Identifies a source row; a row of the target may match several. */
const SOURCE_ROW = '__dr_source';

interface MergeWork extends DmlWork {
  readonly statement: MergeStatement;
  readonly fields: readonly StructField[];
  /** Temporary table of source rows with {@link SOURCE_ROW}. */
  readonly sourceTable: string;
}

/** What became of the target's rows. */
interface MergeCounts {
  readonly sourceRows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly updatedBySource: number;
  readonly deletedBySource: number;
}

/** MERGE: every target file that holds a changed row is written anew, with the inserted rows beside it. */
export async function runMerge(context: Context, statement: MergeStatement): Promise<StatementResult> {
  return await withDmlTarget(context, statement.table, statement.alias, async (dml) => {
    const { fields } = dml.target.snapshot.schema;
    const sourceTable = await keep(
      dml,
      `SELECT *, row_number() OVER () AS ${SOURCE_ROW} FROM (${statement.source.query})`,
    );
    const work: MergeWork = { ...dml, statement, fields, sourceTable };
    const matched = await keep(work, matchedQuery(work));
    await requireSingleMatches(work, matched);
    const bySource = await keep(work, notMatchedBySourceQuery(work, matched));
    const inserted = await keep(work, insertedQuery(work, matched));
    const tally = await countChanges(work, matched, bySource, inserted);
    const rewrite = await writeChanges(work, matched, bySource, inserted);
    await commitRewrite(work, rewrite, {
      name: 'MERGE',
      parameters: operationParameters(statement),
      metrics: metricsOf(tally, rewrite),
    });
    const updated = tally.updated + tally.updatedBySource;
    const deleted = tally.deleted + tally.deletedBySource;
    return counts({
      num_affected_rows: updated + deleted + tally.inserted,
      num_updated_rows: updated,
      num_deleted_rows: deleted,
      num_inserted_rows: tally.inserted,
    });
  });
}

/** All pairs that ON matches: position, source row, which clause applies (NULL for none) and the row after it. */
function matchedQuery(work: MergeWork): string {
  const { source, on } = work.statement;
  const clauses = clausesOf(work, 'matched');
  const columns = changedColumns(work, clauses, source.alias);
  const from = `FROM ${work.target.view} AS ${quoted([work.target.alias])} JOIN ${work.sourceTable} AS ${quoted([source.alias])} ON ${on}`;
  return `SELECT ${[...positions(work), `${quoted([source.alias])}.${SOURCE_ROW}`, ...columns].join(', ')} ${from}`;
}

/** Target rows that no source row matches and that a NOT MATCHED BY SOURCE clause changes. */
function notMatchedBySourceQuery(work: MergeWork, matched: string): string {
  const columns = changedColumns(work, clausesOf(work, 'notMatchedBySource'), null);
  const alias = quoted([work.target.alias]);
  const position = `m.${FILE_COLUMN} = ${alias}.${FILE_COLUMN} AND m.${ROW_COLUMN} = ${alias}.${ROW_COLUMN}`;
  const from = `FROM ${work.target.view} AS ${alias} WHERE NOT EXISTS (SELECT 1 FROM ${matched} AS m WHERE ${position})`;
  return `SELECT ${[...positions(work), ...columns].join(', ')} ${from}`;
}

/** New rows out of source rows that matched nothing. */
function insertedQuery(work: MergeWork, matched: string): string {
  const alias = work.statement.source.alias;
  const clauses = clausesOf(work, 'notMatched');
  const columns = work.fields.map((field, index) => {
    const branches = clauses.map(({ condition, action }, clause) => {
      const value = action.type === 'insert' ? assignedValue(action.values, field, alias) : undefined;
      return `WHEN ${guard(clauses, clause, condition)} THEN ${value === undefined ? 'NULL' : castText(value, field.type)}`;
    });
    return `${branches.length === 0 ? 'NULL' : `CASE ${branches.join(' ')} END`} AS c${index}`;
  });
  const applies = clauses.map(({ condition }) => `(${condition ?? 'true'})`).join(' OR ') || 'false';
  const unmatched = `${quoted([alias])}.${SOURCE_ROW} NOT IN (SELECT ${SOURCE_ROW} FROM ${matched})`;
  return `SELECT ${columns.join(', ')} FROM ${work.sourceTable} AS ${quoted([alias])} WHERE ${unmatched} AND (${applies})`;
}

/** The number of the clause that applies, then the row's columns after it. @param source alias of `SET *` values */
function changedColumns(work: MergeWork, clauses: readonly MergeClause[], source: string | null): readonly string[] {
  const numbers = clauses.map(({ condition }, index) => `WHEN ${guard(clauses, index, condition)} THEN ${index}`);
  const number = numbers.length === 0 ? 'CAST(NULL AS INT)' : `CASE ${numbers.join(' ')} END`;
  const columns = work.fields.map((field, index) => {
    const own = quoted([work.target.alias, field.name]);
    const branches = clauses.flatMap(({ condition, action }, clause) => {
      const value = action.type === 'update' ? assignedValue(action.set, field, source ?? '') : undefined;
      const result = value === undefined ? own : castText(value, field.type);
      return [`WHEN ${guard(clauses, clause, condition)} THEN ${result}`];
    });
    return `${branches.length === 0 ? own : `CASE ${branches.join(' ')} ELSE ${own} END`} AS c${index}`;
  });
  return [`${number} AS clause`, ...columns];
}

/** The first clause whose condition holds applies; CASE looks at them in order. */
function guard(clauses: readonly MergeClause[], index: number, condition: string | undefined): string {
  return condition === undefined && clauses.length > index ? 'true' : `(${condition ?? 'true'})`;
}

function assignedValue(
  assignments: '*' | readonly { readonly column: string; readonly value: string }[],
  field: StructField,
  source: string,
): string | undefined {
  if (assignments === '*') return quoted([source, field.name]);
  return assignments.find(({ column }) => column.toLowerCase() === field.name.toLowerCase())?.value;
}

function positions(work: MergeWork): readonly string[] {
  const alias = quoted([work.target.alias]);
  return [`${alias}.${FILE_COLUMN}`, `${alias}.${ROW_COLUMN}`];
}

const clausesOf = (work: MergeWork, when: MergeClause['when']): readonly MergeClause[] =>
  work.statement.clauses.filter((clause) => clause.when === when);

/** Two source rows that change one target row have no defined result. A plain DELETE gives the same either way. */
async function requireSingleMatches(work: MergeWork, matched: string): Promise<void> {
  const [only, ...others] = clausesOf(work, 'matched');
  if (others.length === 0 && only?.action.type === 'delete' && only.condition === undefined) return;
  const twice = await work.session.number(
    `SELECT count(*) FROM (SELECT 1 FROM ${matched} WHERE clause IS NOT NULL GROUP BY ${FILE_COLUMN}, ${ROW_COLUMN} HAVING count(*) > 1)`,
  );
  if (twice === 0) return;
  throw new SqlError(
    'DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE',
    '21506',
    `Cannot perform Merge as multiple source rows matched and attempted to modify the same target row in the Delta table (${work.target.table.displayName}) in possibly conflicting ways.`,
  );
}

async function countChanges(
  work: MergeWork,
  matched: string,
  bySource: string,
  inserted: string,
): Promise<MergeCounts> {
  const changes = (table: string, when: MergeClause['when'], type: 'update' | 'delete') => {
    const numbers = clausesOf(work, when).flatMap(({ action }, index) => (action.type === type ? [index] : []));
    const filter = numbers.length === 0 ? 'false' : `clause IN (${numbers.join(', ')})`;
    return work.session.number(
      `SELECT count(*) FROM (SELECT DISTINCT ${FILE_COLUMN}, ${ROW_COLUMN} FROM ${table} WHERE ${filter})`,
    );
  };
  return {
    sourceRows: await work.session.number(`SELECT count(*) FROM ${work.sourceTable}`),
    inserted: await work.session.number(`SELECT count(*) FROM ${inserted}`),
    updated: await changes(matched, 'matched', 'update'),
    deleted: await changes(matched, 'matched', 'delete'),
    updatedBySource: await changes(bySource, 'notMatchedBySource', 'update'),
    deletedBySource: await changes(bySource, 'notMatchedBySource', 'delete'),
  };
}

async function writeChanges(work: MergeWork, matched: string, bySource: string, inserted: string): Promise<Rewrite> {
  const { session, fields, target } = work;
  const names = fields.map((_, index) => `c${index}`).join(', ');
  const changed = session.newName();
  const keptClauses = (when: MergeClause['when']) =>
    clausesOf(work, when).flatMap(({ action }, index) => (action.type === 'update' ? [index] : []));
  const kept = (when: MergeClause['when']) => `clause IN (${[-1, ...keptClauses(when)].join(', ')})`;
  const part = (table: string, when: MergeClause['when']) =>
    `SELECT ${FILE_COLUMN}, ${ROW_COLUMN}, ${kept(when)} AS kept, ${names} FROM ${table} WHERE clause IS NOT NULL`;
  await session.run(
    `CREATE TEMP TABLE ${changed} AS ${part(matched, 'matched')} UNION ALL ${part(bySource, 'notMatchedBySource')}`,
  );
  const removed = await touchedFiles(work, changed);
  const own = fields.map((field) => `t.${quotedDuck(field.name)}`).join(', ');
  const copied =
    `SELECT ${own} FROM ${target.view} t SEMI JOIN ${changed} f ON t.${FILE_COLUMN} = f.${FILE_COLUMN} ` +
    `ANTI JOIN ${changed} c ON t.${FILE_COLUMN} = c.${FILE_COLUMN} AND t.${ROW_COLUMN} = c.${ROW_COLUMN}`;
  const rows = `${copied} UNION ALL SELECT ${names} FROM ${changed} WHERE kept UNION ALL SELECT ${names} FROM ${inserted}`;
  return await rewriteFiles(work, removed, await createRowsTable(session, fields, rows));
}

const quotedDuck = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function operationParameters({ on, clauses }: MergeStatement): object {
  const predicates = (when: MergeClause['when']) =>
    clauses
      .filter((clause) => clause.when === when)
      .map(({ action, condition }) => ({
        actionType: action.type,
        ...(condition === undefined ? {} : { predicate: condition }),
      }));
  return {
    predicate: [on],
    matchedPredicates: predicates('matched'),
    notMatchedPredicates: predicates('notMatched'),
    notMatchedBySourcePredicates: predicates('notMatchedBySource'),
  };
}

function metricsOf(tally: MergeCounts, { removed, written }: Rewrite): Readonly<Record<string, number>> {
  const updated = tally.updated + tally.updatedBySource;
  return {
    numSourceRows: tally.sourceRows,
    numTargetRowsInserted: tally.inserted,
    numTargetRowsUpdated: updated,
    numTargetRowsDeleted: tally.deleted + tally.deletedBySource,
    numTargetRowsMatchedUpdated: tally.updated,
    numTargetRowsMatchedDeleted: tally.deleted,
    numTargetRowsNotMatchedBySourceUpdated: tally.updatedBySource,
    numTargetRowsNotMatchedBySourceDeleted: tally.deletedBySource,
    numTargetRowsCopied: written.rows - updated - tally.inserted,
    numOutputRows: written.rows,
    numTargetFilesAdded: written.files.length,
    numTargetFilesRemoved: removed.length,
    numTargetBytesAdded: written.bytes,
    numTargetBytesRemoved: totalBytes(removed),
    numTargetChangeFilesAdded: 0,
    numTargetDeletionVectorsAdded: 0,
    numTargetDeletionVectorsRemoved: 0,
    numTargetDeletionVectorsUpdated: 0,
  };
}
