import { unsupported } from './errors.js';
import { parseColumn, parseList, parseName, parseProperties, parseTableRef, parseTarget } from './parse-common.js';
import type { CloneStatement, CreateMode, CreateTableStatement, Statement } from './statement-types.js';
import type { TokenReader } from './token-reader.js';

/** Everything that begins with CREATE or REPLACE. */
export function parseCreate(reader: TokenReader): Statement {
  const replaceOnly = reader.accept('REPLACE');
  if (!replaceOnly) reader.expect('CREATE');
  const orReplace = !replaceOnly && reader.accept('OR', 'REPLACE');
  if (replaceOnly || reader.looksAt('TABLE')) return parseCreateTable(reader, replaceOnly, orReplace);
  const materialized = reader.accept('MATERIALIZED');
  if (reader.accept('VIEW')) return parseCreateView(reader, orReplace, materialized);
  if (materialized || orReplace) throw reader.errorHere('expected TABLE or VIEW');
  if (reader.accept('CATALOG')) {
    const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
    return { kind: 'createCatalog', name: reader.identifier(), ifNotExists };
  }
  if (reader.accept('SCHEMA') || reader.accept('DATABASE')) {
    const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
    return { kind: 'createSchema', parts: parseName(reader), ifNotExists };
  }
  throw unsupported(`CREATE ${reader.peek().text.toUpperCase()}`);
}

function parseCreateTable(reader: TokenReader, replaceOnly: boolean, orReplace: boolean): Statement {
  reader.expect('TABLE');
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  if (ifNotExists && (replaceOnly || orReplace)) throw reader.errorHere('IF NOT EXISTS does not go with REPLACE');
  const mode = createMode(replaceOnly, orReplace, ifNotExists);
  const table = parseTarget(reader);
  const shallow = reader.accept('SHALLOW');
  const deep = !shallow && reader.accept('DEEP');
  if (shallow || deep || reader.looksAt('CLONE')) {
    reader.expect('CLONE');
    return parseCloneTail(reader, { mode, target: table, deep: !shallow });
  }
  return parseTableTail(reader, mode, table);
}

function createMode(replaceOnly: boolean, orReplace: boolean, ifNotExists: boolean): CreateMode {
  if (replaceOnly) return 'replace';
  if (orReplace) return 'createOrReplace';
  return ifNotExists ? 'createIfNotExists' : 'create';
}

function parseCloneTail(reader: TokenReader, head: Pick<CloneStatement, 'mode' | 'target' | 'deep'>): CloneStatement {
  const source = parseTableRef(reader);
  const properties = reader.accept('TBLPROPERTIES') ? parseProperties(reader) : {};
  const location = reader.accept('LOCATION') ? reader.stringLiteral() : undefined;
  return { kind: 'clone', ...head, source, properties, location };
}

/** Columns and clauses; the clauses may come in any order. */
function parseTableTail(
  reader: TokenReader,
  mode: CreateMode,
  table: CreateTableStatement['table'],
): CreateTableStatement {
  let found: CreateTableStatement = {
    kind: 'createTable',
    mode,
    table,
    columns: reader.looksAt('(') ? parseList(reader, () => parseColumn(reader)) : [],
    partitionedBy: [],
    comment: undefined,
    properties: {},
    location: undefined,
    query: undefined,
  };
  for (;;) {
    if (reader.accept('USING')) expectDelta(reader);
    else if (reader.accept('PARTITIONED', 'BY')) {
      found = { ...found, partitionedBy: parseList(reader, () => reader.identifier()) };
    } else if (reader.accept('COMMENT')) found = { ...found, comment: reader.stringLiteral() };
    else if (reader.accept('TBLPROPERTIES')) found = { ...found, properties: parseProperties(reader) };
    else if (reader.accept('LOCATION')) found = { ...found, location: reader.stringLiteral() };
    else if (reader.looksAt('AS') || reader.looksAt('SELECT') || reader.looksAt('WITH')) {
      reader.accept('AS');
      return { ...found, query: reader.rest() };
    } else return found;
  }
}

function expectDelta(reader: TokenReader): void {
  const format = reader.identifier();
  if (format.toUpperCase() !== 'DELTA') throw unsupported(`tables in format ${format}`);
}

function parseCreateView(reader: TokenReader, orReplace: boolean, materialized: boolean): Statement {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const table = parseTarget(reader);
  reader.expect('AS');
  return { kind: 'createView', table, materialized, orReplace, ifNotExists, query: reader.rest() };
}
