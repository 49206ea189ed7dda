import { syntaxError, unsupported } from './errors.js';
import {
  parseColumn,
  parseList,
  parseName,
  parseProperties,
  parsePropertyKey,
  parseTarget,
  parseTimeTravel,
} from './parse-common.js';
import { parseCreate } from './parse-create.js';
import { parseDelete, parseInsert, parseMerge, parseUpdate } from './parse-dml.js';
import type { Statement } from './statement-types.js';
import { TokenReader } from './token-reader.js';

/** Words that begin a statement we know of in Databricks SQL but do not have. */
const KNOWN_ELSEWHERE =
  /^(ANALYZE|CACHE|CALL|COMMENT|COPY|DECLARE|EXPLAIN|FSCK|GRANT|LIST|MSCK|REFRESH|REORG|REVOKE|UNDROP|UNCACHE|BEGIN|EXECUTE)$/;

/** Parses one statement of the Databricks dialect. Throws SqlError: PARSE_SYNTAX_ERROR or UNSUPPORTED_FEATURE. */
export function parseStatement(sql: string): Statement {
  const reader = new TokenReader(sql);
  if (reader.atEnd()) throw syntaxError('end of input', 'the statement is empty');
  const statement = parseAny(reader);
  reader.expectEnd();
  return statement;
}

function parseAny(reader: TokenReader): Statement {
  const first = reader.peek();
  switch (first.text.toUpperCase()) {
    case 'SELECT':
    case 'WITH':
    case 'VALUES':
    case 'FROM':
    case '(':
      return { kind: 'query', text: reader.rest() };
    case 'CREATE':
    case 'REPLACE':
      return parseCreate(reader);
    case 'INSERT':
      return parseInsert(reader);
    case 'UPDATE':
      return parseUpdate(reader);
    case 'DELETE':
      return parseDelete(reader);
    case 'MERGE':
      return parseMerge(reader);
    case 'DESCRIBE':
    case 'DESC':
      return parseDescribe(reader);
    case 'ALTER':
      return parseAlter(reader);
    case 'DROP':
      return parseDrop(reader);
    case 'SHOW':
      return parseShow(reader);
    case 'USE':
      return parseUse(reader);
    case 'SET':
      return parseSet(reader);
    default:
      return parseMaintenance(reader);
  }
}

function parseMaintenance(reader: TokenReader): Statement {
  if (reader.accept('TRUNCATE', 'TABLE')) return { kind: 'truncate', table: parseTarget(reader) };
  if (reader.accept('RESTORE')) return parseRestore(reader);
  if (reader.accept('OPTIMIZE')) {
    const table = parseTarget(reader);
    if (reader.looksAt('WHERE')) throw unsupported('OPTIMIZE with WHERE');
    const zOrdered = reader.accept('ZORDER', 'BY');
    return { kind: 'optimize', table, zOrderBy: zOrdered ? parseList(reader, () => reader.identifier()) : [] };
  }
  if (reader.accept('VACUUM')) {
    const table = parseTarget(reader);
    const retainHours = reader.accept('RETAIN') ? reader.wholeNumber() : undefined;
    if (retainHours !== undefined) reader.expect('HOURS');
    return { kind: 'vacuum', table, retainHours, dryRun: reader.accept('DRY', 'RUN') };
  }
  const word = reader.peek().text.toUpperCase();
  if (KNOWN_ELSEWHERE.test(word)) throw unsupported(`statements that begin with ${word}`);
  throw reader.errorHere();
}

function parseRestore(reader: TokenReader): Statement {
  reader.accept('TABLE');
  const table = parseTarget(reader);
  reader.accept('TO');
  const to = parseTimeTravel(reader);
  if (to === undefined) throw reader.errorHere('expected VERSION AS OF or TIMESTAMP AS OF');
  return { kind: 'restore', table, to };
}

function parseDescribe(reader: TokenReader): Statement {
  reader.next();
  if (reader.accept('HISTORY')) {
    const table = parseTarget(reader);
    return { kind: 'describeHistory', table, limit: reader.accept('LIMIT') ? reader.wholeNumber() : undefined };
  }
  if (reader.accept('DETAIL')) return { kind: 'describeDetail', table: parseTarget(reader) };
  reader.accept('TABLE');
  if (reader.accept('EXTENDED')) throw unsupported('DESCRIBE TABLE EXTENDED');
  return { kind: 'describeTable', table: parseTarget(reader) };
}

function parseAlter(reader: TokenReader): Statement {
  reader.expect('ALTER', 'TABLE');
  const table = parseTarget(reader);
  if (reader.accept('SET', 'TBLPROPERTIES')) {
    return { kind: 'setProperties', table, properties: parseProperties(reader) };
  }
  if (reader.accept('UNSET', 'TBLPROPERTIES')) {
    const ifExists = reader.accept('IF', 'EXISTS');
    return { kind: 'unsetProperties', table, keys: parseList(reader, () => parsePropertyKey(reader)), ifExists };
  }
  if (reader.accept('ADD', 'COLUMNS') || reader.accept('ADD', 'COLUMN')) {
    if (reader.looksAt('('))
      return { kind: 'addColumns', table, columns: parseList(reader, () => parseColumn(reader)) };
    throw reader.errorHere("expected '('");
  }
  throw unsupported(`ALTER TABLE … ${reader.rest()}`);
}

function parseDrop(reader: TokenReader): Statement {
  reader.expect('DROP');
  const view = reader.accept('VIEW');
  if (!view && !reader.accept('TABLE')) throw unsupported(`DROP ${reader.peek().text.toUpperCase()}`);
  const ifExists = reader.accept('IF', 'EXISTS');
  return { kind: 'dropTable', table: parseTarget(reader), ifExists, view };
}

function parseShow(reader: TokenReader): Statement {
  reader.expect('SHOW');
  if (reader.accept('TBLPROPERTIES')) return { kind: 'showTblProperties', table: parseTarget(reader) };
  if (!reader.accept('TABLES')) throw unsupported(`SHOW ${reader.peek().text.toUpperCase()}`);
  const named = reader.accept('IN') || reader.accept('FROM');
  return { kind: 'showTables', parts: named ? parseName(reader) : undefined };
}

function parseUse(reader: TokenReader): Statement {
  reader.expect('USE');
  if (reader.accept('CATALOG')) return { kind: 'use', what: 'catalog', parts: [reader.identifier()] };
  if (!reader.accept('SCHEMA')) reader.accept('DATABASE');
  return { kind: 'use', what: 'schema', parts: parseName(reader) };
}

/** SET key = value: the value is everything up to the end, as Spark takes it. */
function parseSet(reader: TokenReader): Statement {
  reader.expect('SET');
  if (reader.atEnd()) throw unsupported('SET without a key');
  const key = reader.peek().kind === 'string' ? reader.stringLiteral() : parseName(reader).join('.');
  return { kind: 'set', key, value: reader.accept('=') ? reader.rest().trim() : undefined };
}
