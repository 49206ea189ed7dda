import { syntaxError, unsupported } from './errors.js';
import { tableRef } from './parse-common.js';
import type { SqlNode, SqlValue } from './polyglot.js';
import {
  aliasNode,
  databricksToDuck,
  expressionText,
  functionNode,
  generateSql,
  isNode,
  kindOf,
  parseSql,
  rewrite,
  stringNode,
  tableNode,
  textOf,
} from './polyglot.js';
import type { TableRef, TimeTravel } from './statement-types.js';

/** What a query reads, made readable by the engine. Each answers with the name of a temporary view. */
export interface Sources {
  table(ref: TableRef): Promise<string>;
  /** A table-valued function in FROM. */
  tableFunction(name: string, call: FunctionCall): Promise<string>;
}

export interface FunctionCall {
  readonly positional: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

/** Marks what was TRY_CAST in the statement: the translator turns every CAST of Databricks into DuckDB's TRY_CAST. */
const TRY_MARK = 'dr_try';

/** Names that stand for views already made by the engine (the target of a DML statement): left as they are. */
const OWN_VIEW = /^__dr_\d+$/;

/** Names without dot that a query defines itself. */
type Scope = ReadonlySet<string>;

/** Translates a query of the Databricks dialect to DuckDB's, with every table replaced by a view from `sources`. */
export async function translateQuery(text: string, sources: Sources): Promise<string> {
  const parsed = parseSql(text, 'databricks');
  if (!isQuery(parsed)) throw syntaxError(`'${text.trim().slice(0, 30)}'`, 'a query is expected');
  const bound = await bindSources(parsed, new Set(), sources);
  if (!isNode(bound)) throw unsupported('this query');
  const marked = rewrite(nameColumns(bound), prepare);
  if (!isNode(marked)) throw unsupported('this query');
  const duck = parseSql(databricksToDuck(generateSql(marked, 'databricks')), 'duckdb');
  const finished = rewrite(duck, toAnsi);
  if (!isNode(finished)) throw unsupported('this query');
  return generateSql(finished, 'duckdb');
}

function isQuery(node: SqlNode): boolean {
  return ['select', 'union', 'intersect', 'except', 'subquery', 'values', 'paren'].some((kind) => kind in node);
}

/** Replaces tables and table functions, with regard to the names that WITH defines. */
async function bindSources(value: SqlValue, outer: Scope, sources: Sources): Promise<SqlValue> {
  if (Array.isArray(value)) {
    const bound: SqlValue[] = [];
    for (const item of value) bound.push(await bindSources(item, outer, sources));
    return bound;
  }
  if (!isNode(value)) return value;
  const table = kindOf(value, 'table');
  if (table !== undefined && isNode(table.name)) return await bindTable(value, table, outer, sources);
  const { scope, ctes } = await bindWith(value, outer, sources);
  const bound: SqlNode = {};
  for (const [key, held] of Object.entries(value)) {
    if (key === 'with' && ctes !== undefined) bound[key] = ctes;
    else if (key === 'from' || key === 'joins') bound[key] = await bindFunctions(held, scope, sources);
    else bound[key] = await bindSources(held, scope, sources);
  }
  return bound;
}

/** A CTE sees those before it (itself only where RECURSIVE), the query sees all of them. */
async function bindWith(
  node: SqlNode,
  outer: Scope,
  sources: Sources,
): Promise<{ readonly scope: Scope; readonly ctes?: SqlNode }> {
  const clause = node.with;
  if (!isNode(clause) || !Array.isArray(clause.ctes)) return { scope: outer };
  let scope = outer;
  const ctes: SqlValue[] = [];
  for (const cte of clause.ctes) {
    const name = isNode(cte) && isNode(cte.alias) ? textOf(cte.alias.name)?.toLowerCase() : undefined;
    const inner = name === undefined || clause.recursive !== true ? scope : new Set([...scope, name]);
    ctes.push(await bindSources(cte, inner, sources));
    if (name !== undefined) scope = new Set([...scope, name]);
  }
  return { scope, ctes: { ...clause, ctes } };
}

async function bindTable(node: SqlNode, table: SqlNode, scope: Scope, sources: Sources): Promise<SqlValue> {
  const parts = [table.catalog, table.schema, table.name].flatMap((part) => {
    const name = isNode(part ?? null) ? textOf((part as SqlNode).name) : undefined;
    return name === undefined ? [] : [name];
  });
  const last = parts.at(-1) ?? '';
  if (parts.length === 1 && (scope.has(last.toLowerCase()) || OWN_VIEW.test(last))) return node;
  const { name, at } = splitVersion(last, timeTravelOf(table));
  const view = await sources.table(tableRef([...parts.slice(0, -1), name], at));
  const alias = table.alias ?? null;
  const isPath = parts.length === 2 && parts[0]?.toLowerCase() === 'delta';
  return tableNode(view, alias ?? (isPath ? null : { name, quoted: true, trailing_comments: [] }));
}

/** `t@v3`: the parser takes it as part of the name. */
function splitVersion(name: string, at: TimeTravel | undefined): { name: string; at: TimeTravel | undefined } {
  const suffix = at === undefined ? /@v(\d+)$/i.exec(name) : null;
  if (suffix === null) return { name, at };
  return { name: name.slice(0, suffix.index), at: { version: Number(suffix[1]) } };
}

function timeTravelOf(table: SqlNode): TimeTravel | undefined {
  const version = table.version;
  if (!isNode(version)) return undefined;
  const literal = kindOf(version.expression, 'literal');
  const value = textOf(literal?.value);
  const kind = isNode(version.this) ? JSON.stringify(version.this).toUpperCase() : '';
  if (value === undefined || version.kind !== 'AS OF') {
    throw syntaxError('VERSION AS OF', 'a version is a whole number, a timestamp a string literal');
  }
  if (!kind.includes('VERSION')) return { timestamp: value };
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw syntaxError(`'${value}'`, 'a version is a whole number');
  return { version: number };
}

/** Table-valued functions stand where a table could: in FROM and JOIN. */
async function bindFunctions(value: SqlValue, scope: Scope, sources: Sources): Promise<SqlValue> {
  if (Array.isArray(value)) {
    const bound: SqlValue[] = [];
    for (const item of value) bound.push(await bindFunctions(item, scope, sources));
    return bound;
  }
  if (!isNode(value)) return value;
  const aliased = kindOf(value, 'alias');
  const called = kindOf(aliased?.this ?? value, 'function');
  if (called !== undefined) return await bindFunction(called, aliased?.alias ?? null, sources);
  if ('this' in value || 'expressions' in value) {
    const bound: SqlNode = {};
    for (const [key, held] of Object.entries(value)) {
      const isSource = key === 'this' || key === 'expressions';
      bound[key] = isSource ? await bindFunctions(held, scope, sources) : await bindSources(held, scope, sources);
    }
    return bound;
  }
  return await bindSources(value, scope, sources);
}

async function bindFunction(called: SqlNode, alias: SqlValue, sources: Sources): Promise<SqlValue> {
  const name = textOf(called.name) ?? '';
  const positional: string[] = [];
  const named: Record<string, string> = {};
  for (const arg of Array.isArray(called.args) ? called.args : []) {
    const pair = kindOf(arg, 'named_argument');
    const text = literalText(pair?.value ?? arg);
    if (text === undefined) throw unsupported(`arguments of ${name} that are not literals`);
    const key = isNode(pair?.name) ? textOf(pair.name.name) : undefined;
    if (key === undefined) positional.push(text);
    else named[key.toLowerCase()] = text;
  }
  return tableNode(await sources.tableFunction(name.toLowerCase(), { positional, named }), alias);
}

function literalText(value: SqlValue | undefined): string | undefined {
  const literal = kindOf(value, 'literal');
  if (literal !== undefined) return textOf(literal.value);
  const truth = kindOf(value, 'boolean');
  return truth === undefined ? undefined : String(truth.value);
}

/** Gives unnamed result columns the name that Spark gives them, where DuckDB's would differ. */
function nameColumns(query: SqlNode): SqlNode {
  const union = ['union', 'intersect', 'except'].find((kind) => kind in query);
  const held = union === undefined ? undefined : query[union];
  if (union !== undefined && isNode(held) && isNode(held.left)) {
    return { ...query, [union]: { ...held, left: nameColumns(held.left) } };
  }
  const select = kindOf(query, 'select');
  if (select === undefined || !Array.isArray(select.expressions)) return query;
  const expressions = select.expressions.map((expression) => {
    if (!isNode(expression) || ['alias', 'column', 'star', 'dot'].some((kind) => kind in expression)) return expression;
    return aliasNode(expression, sparkName(expression));
  });
  return { ...query, select: { ...select, expressions } };
}

function sparkName(expression: SqlNode): string {
  const text = expressionText(expression);
  if (/^COUNT\(\*\)$/i.test(text)) return 'count(1)';
  if ('literal' in expression) return text.replace(/^'(.*)'$/, '$1');
  return text.replace(/\b[A-Z0-9_]+\(/g, (call) => (call === 'CAST(' ? call : call.toLowerCase()));
}

/** What has to be said before the translation, which would otherwise lose or change its meaning. */
function prepare(node: SqlNode): SqlValue {
  if (kindOf(node, 'try_cast') !== undefined) return functionNode(TRY_MARK, [node]);
  const literal = kindOf(node, 'literal');
  if (literal?.literal_type === 'timestamp')
    return functionNode('dr_instant', [stringNode(textOf(literal.value) ?? '')]);
  if (node.data_type === 'custom' && node.name === 'TIMESTAMPNTZ') return { ...node, name: 'TIMESTAMP_NTZ' };
  const called = kindOf(node, 'function');
  const name = textOf(called?.name)?.toLowerCase();
  if (name === 'current_timestamp' || name === 'now') return functionNode('dr_now', []);
  if (name === 'current_date' || name === 'curdate') return functionNode('dr_today', []);
  const args = Array.isArray(called?.args) ? called.args : [];
  if (name === 'unix_timestamp' && args.length === 1) return functionNode('dr_unix_timestamp', args);
  const subscript = kindOf(node, 'subscript');
  if (subscript !== undefined) return bindSubscript(node, subscript);
  const dayOfWeek = kindOf(node, 'day_of_week');
  if (dayOfWeek !== undefined) return functionNode('dr_dayofweek', [dayOfWeek.this ?? null]);
  return node;
}

/** Arrays count from 0 in Databricks and from 1 in DuckDB. Which of array and map it is shows in the literal alone. */
function bindSubscript(node: SqlNode, subscript: SqlNode): SqlValue {
  const type = kindOf(subscript.index, 'literal')?.literal_type;
  if (type === 'string') return node;
  if (type !== 'number') throw unsupported('subscripts that are not literals; element_at takes expressions');
  return functionNode('dr_array_at', [subscript.this ?? null, subscript.index ?? null]);
}

/** Some names that are free in Databricks are keywords of DuckDB (`at`): in quotes they are names in both. */
function quotedName(value: SqlValue | undefined): SqlValue {
  return isNode(value) && 'quoted' in value ? { ...value, quoted: true } : (value ?? null);
}

/** DuckDB knows these joins without LEFT. */
const JOINS: Readonly<Record<string, string>> = { LeftSemi: 'Semi', LeftAnti: 'Anti' };

/** SQL warehouses run in ANSI mode: a cast that fails and a division by zero are errors. */
function toAnsi(node: SqlNode): SqlValue {
  const tried = kindOf(node, 'try_cast');
  if (tried !== undefined) return { cast: tried };
  const called = kindOf(node, 'function');
  if (called !== undefined && textOf(called.name)?.toLowerCase() === TRY_MARK && Array.isArray(called.args)) {
    const cast = kindOf(called.args[0], 'cast');
    return cast === undefined ? (called.args[0] ?? null) : { try_cast: cast };
  }
  const column = kindOf(node, 'column');
  if (column !== undefined) {
    return { column: { ...column, name: quotedName(column.name), table: quotedName(column.table) } };
  }
  const aliased = kindOf(node, 'alias');
  if (aliased !== undefined && 'this' in aliased) return { alias: { ...aliased, alias: quotedName(aliased.alias) } };
  const join = JOINS[textOf(node.kind) ?? ''];
  if (join !== undefined) return { ...node, kind: join };
  for (const [kind, macro] of [
    ['div', 'dr_divide'],
    ['mod', 'dr_modulo'],
  ] as const) {
    const operands = kindOf(node, kind);
    if (operands !== undefined) return functionNode(macro, [operands.left ?? null, operands.right ?? null]);
  }
  return node;
}
