import './cheap-wasm.js';

import { generate, init, parse, transpile } from '@polyglot-sql/sdk';
import { syntaxError, unsupported } from './errors.js';

/** A node of polyglot's syntax tree: plain JSON whose keys name the kind of node. */
export type SqlNode = { [key: string]: SqlValue };
export type SqlValue = SqlNode | SqlValue[] | string | number | boolean | null;

type Dialect = 'databricks' | 'duckdb';

let ready: Promise<void> | undefined;

/** Loads the translator; must have settled before anything else here is called. */
export function loadPolyglot(): Promise<void> {
  ready ??= init();
  return ready;
}

/** The tree of exactly one statement. */
export function parseSql(sql: string, dialect: Dialect): SqlNode {
  const { ast, error } = parse(sql, dialect as Parameters<typeof parse>[1]) as ParseAnswer;
  if (!Array.isArray(ast)) throw syntaxError(`'${sql.slice(0, 40)}'`, error ?? 'not understood');
  const [statement, ...more] = ast;
  if (statement === undefined || more.length > 0) throw syntaxError("';'", 'exactly one statement is expected');
  return statement;
}

export function generateSql(tree: SqlNode, dialect: Dialect): string {
  const { sql, error } = generate([tree], dialect as Parameters<typeof generate>[1]);
  const text = sql?.[0];
  if (text === undefined) throw unsupported(`this statement (${error ?? 'no text was generated'})`);
  return text;
}

/** Databricks text as DuckDB text. What has no equivalent is an error instead of a guess. */
export function databricksToDuck(sql: string): string {
  const read = 'databricks' as Parameters<typeof transpile>[1];
  const write = 'duckdb' as Parameters<typeof transpile>[2];
  const { sql: texts, error } = transpile(sql, read, write, { unsupportedLevel: 'raise' });
  const text = texts?.[0];
  if (text === undefined) throw unsupported(`this statement (${error ?? 'no translation'})`);
  return text;
}

/** A single expression as text of the Databricks dialect. */
export function expressionText(expression: SqlNode): string {
  const frame = parseSql('SELECT 1', 'databricks');
  const select = kindOf(frame, 'select') ?? {};
  return generateSql({ select: { ...select, expressions: [expression] } }, 'databricks').replace(/^SELECT\s+/, '');
}

interface ParseAnswer {
  readonly ast?: readonly SqlNode[] | null;
  readonly error?: string | null;
}

/** A table reference by plain name, as polyglot writes one. */
export function tableNode(name: string, alias: SqlValue): SqlNode {
  const table = { name: identifier(name), schema: null, catalog: null, alias, alias_explicit_as: false };
  return { table: { ...table, column_aliases: [], trailing_comments: [], only: false, final_: false, hints: [] } };
}

export function functionNode(name: string, args: SqlValue[]): SqlNode {
  return { function: { name, args, distinct: false, trailing_comments: [], use_bracket_syntax: false } };
}

export function aliasNode(value: SqlValue, name: string): SqlNode {
  const node = { this: value, alias: identifier(name), column_aliases: [], pre_alias_comments: [] };
  return { alias: { ...node, trailing_comments: [] } };
}

export function stringNode(value: string): SqlNode {
  return { literal: { literal_type: 'string', value } };
}

function identifier(name: string): SqlNode {
  return { name, quoted: true, trailing_comments: [] };
}

/** The node's content under this key, where the node is of that kind. */
export function kindOf(value: SqlValue | undefined, kind: string): SqlNode | undefined {
  if (!isNode(value)) return undefined;
  const held = value[kind];
  return isNode(held) ? held : undefined;
}

export function isNode(value: SqlValue | undefined): value is SqlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: SqlValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The same tree with every node replaced by what `change` gives for it, innermost first. */
export function rewrite(value: SqlValue, change: (node: SqlNode) => SqlValue): SqlValue {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, change));
  if (!isNode(value)) return value;
  const entries = Object.entries(value).map(([key, held]) => [key, rewrite(held, change)] as const);
  return change(Object.fromEntries(entries));
}
