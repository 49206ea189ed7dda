import { unsupported } from './errors.js';
import { parseAlias, parseList, parseName, parseTableRef, parseTarget } from './parse-common.js';
import type { Assignment, MergeClause, MergeStatement, Statement } from './statement-types.js';
import type { TokenReader } from './token-reader.js';

/** INSERT INTO | OVERWRITE [TABLE] t [(columns) | BY NAME] query. */
export function parseInsert(reader: TokenReader): Statement {
  reader.expect('INSERT');
  const overwrite = reader.accept('OVERWRITE');
  if (!overwrite) reader.expect('INTO');
  reader.accept('TABLE');
  const table = parseTarget(reader);
  if (reader.looksAt('PARTITION') || reader.looksAt('REPLACE')) {
    throw unsupported(`INSERT with ${reader.peek().text.toUpperCase()}`);
  }
  const columns = parseInsertColumns(reader);
  if (reader.atEnd()) throw reader.errorHere('expected VALUES or a query');
  return { kind: 'insert', table, overwrite, columns, query: reader.rest() };
}

function parseInsertColumns(reader: TokenReader): readonly string[] | 'byName' | undefined {
  if (reader.accept('BY', 'NAME')) return 'byName';
  const opensQuery = ['SELECT', 'WITH', 'VALUES', 'FROM', '('].some((word) => isAfterParenthesis(reader, word));
  if (!reader.looksAt('(') || opensQuery) return undefined;
  return parseList(reader, () => reader.identifier());
}

function isAfterParenthesis(reader: TokenReader, word: string): boolean {
  const token = reader.peek(1);
  return token.kind !== 'quoted' && token.text.toUpperCase() === word;
}

export function parseUpdate(reader: TokenReader): Statement {
  reader.expect('UPDATE');
  const table = parseTarget(reader);
  const alias = parseAlias(reader, 'SET');
  reader.expect('SET');
  const set = parseAssignments(reader, ['WHERE'], [';']);
  const where = reader.accept('WHERE') ? reader.textUntil([';']) : undefined;
  return { kind: 'update', table, alias, set, where };
}

export function parseDelete(reader: TokenReader): Statement {
  reader.expect('DELETE', 'FROM');
  const table = parseTarget(reader);
  const alias = parseAlias(reader, 'WHERE');
  const where = reader.accept('WHERE') ? reader.textUntil([';']) : undefined;
  return { kind: 'delete', table, alias, where };
}

export function parseMerge(reader: TokenReader): MergeStatement {
  reader.expect('MERGE');
  if (reader.accept('WITH')) throw unsupported('MERGE WITH SCHEMA EVOLUTION');
  reader.expect('INTO');
  const table = parseTarget(reader);
  const alias = parseAlias(reader, 'USING');
  reader.expect('USING');
  const source = parseMergeSource(reader);
  reader.expect('ON');
  const on = reader.textUntil(['WHEN']);
  const clauses: MergeClause[] = [];
  while (reader.accept('WHEN')) clauses.push(parseMergeClause(reader));
  if (clauses.length === 0) throw reader.errorHere('expected WHEN');
  return { kind: 'merge', table, alias, source, on, clauses };
}

/** A table or a query in parentheses, with the alias by which the clauses call it. */
function parseMergeSource(reader: TokenReader): MergeStatement['source'] {
  if (reader.accept('(')) {
    const query = reader.textUntil();
    reader.expect(')');
    return { query, alias: parseAlias(reader, 'ON') ?? 'source' };
  }
  const { start } = reader.peek();
  const ref = parseTableRef(reader);
  const query = `SELECT * FROM ${reader.sql.slice(start, reader.peek(-1).end)}`;
  const ownName = ref.kind === 'name' ? ref.parts.at(-1) : undefined;
  return { query, alias: parseAlias(reader, 'ON') ?? ownName ?? 'source' };
}

function parseMergeClause(reader: TokenReader): MergeClause {
  const when = parseWhen(reader);
  const condition = reader.accept('AND') ? reader.textUntil(['THEN']) : undefined;
  reader.expect('THEN');
  return { when, condition, action: parseMergeAction(reader, when) };
}

function parseWhen(reader: TokenReader): MergeClause['when'] {
  if (reader.accept('MATCHED')) return 'matched';
  reader.expect('NOT', 'MATCHED');
  if (reader.accept('BY', 'SOURCE')) return 'notMatchedBySource';
  reader.accept('BY', 'TARGET');
  return 'notMatched';
}

function parseMergeAction(reader: TokenReader, when: MergeClause['when']): MergeClause['action'] {
  if (when === 'notMatched') {
    reader.expect('INSERT');
    if (reader.accept('*')) return { type: 'insert', values: '*' };
    const columns = parseList(reader, () => lastOf(parseName(reader)));
    reader.expect('VALUES');
    const values = parseList(reader, () => reader.textUntil([',']));
    if (columns.length !== values.length) throw reader.errorHere('as many values as columns are needed');
    return { type: 'insert', values: columns.map((column, i) => ({ column, value: values[i] ?? 'NULL' })) };
  }
  if (reader.accept('DELETE')) return { type: 'delete' };
  reader.expect('UPDATE', 'SET');
  if (reader.accept('*')) return { type: 'update', set: '*' };
  return { type: 'update', set: parseAssignments(reader, ['WHEN'], [';']) };
}

/** `a = expression, t.b = expression`. */
function parseAssignments(reader: TokenReader, ...stops: readonly (readonly string[])[]): readonly Assignment[] {
  const assignments: Assignment[] = [];
  do {
    const column = lastOf(parseName(reader));
    reader.expect('=');
    assignments.push({ column, value: reader.textUntil([','], ...stops) });
  } while (reader.accept(','));
  return assignments;
}

const lastOf = (parts: readonly string[]): string => parts.at(-1) ?? '';
