import type { StructField } from '../delta/index.js';

/** A version of a table as a statement names it. */
export type TimeTravel = { readonly version: number } | { readonly timestamp: string };

/** How a statement names a table: by catalog name (one to three parts) or by path. */
export type TableRef = (
  | { readonly kind: 'name'; readonly parts: readonly string[] }
  | { readonly kind: 'path'; readonly uri: string }
) & { readonly at?: TimeTravel };

export type CreateMode = 'create' | 'createIfNotExists' | 'createOrReplace' | 'replace';

export type Properties = Readonly<Record<string, string>>;

export interface CloneStatement {
  readonly kind: 'clone';
  readonly mode: CreateMode;
  readonly target: TableRef;
  readonly source: TableRef;
  readonly deep: boolean;
  readonly properties: Properties;
  readonly location: string | undefined;
}

export interface CreateTableStatement {
  readonly kind: 'createTable';
  readonly mode: CreateMode;
  readonly table: TableRef;
  /** Empty where the columns come from `query`. */
  readonly columns: readonly StructField[];
  readonly partitionedBy: readonly string[];
  readonly comment: string | undefined;
  readonly properties: Properties;
  readonly location: string | undefined;
  /** Text of CREATE TABLE … AS <query>. */
  readonly query: string | undefined;
}

/** One WHEN clause of MERGE. Expressions are text in the Databricks dialect. */
export interface MergeClause {
  readonly when: 'matched' | 'notMatched' | 'notMatchedBySource';
  readonly condition: string | undefined;
  readonly action:
    | { readonly type: 'delete' }
    | { readonly type: 'update'; readonly set: '*' | readonly Assignment[] }
    | { readonly type: 'insert'; readonly values: '*' | readonly Assignment[] };
}

export interface Assignment {
  readonly column: string;
  readonly value: string;
}

export interface MergeStatement {
  readonly kind: 'merge';
  readonly table: TableRef;
  readonly alias: string | undefined;
  /** Text of the query that gives the source rows. */
  readonly source: { readonly query: string; readonly alias: string };
  readonly on: string;
  readonly clauses: readonly MergeClause[];
}

/** A parsed statement. Expressions and queries stay text: the query translator deals with them. */
export type Statement =
  | CloneStatement
  | CreateTableStatement
  | MergeStatement
  | { readonly kind: 'query'; readonly text: string }
  | {
      readonly kind: 'insert';
      readonly table: TableRef;
      readonly overwrite: boolean;
      readonly columns: readonly string[] | 'byName' | undefined;
      readonly query: string;
    }
  | {
      readonly kind: 'update';
      readonly table: TableRef;
      readonly alias: string | undefined;
      readonly set: readonly Assignment[];
      readonly where: string | undefined;
    }
  | {
      readonly kind: 'delete';
      readonly table: TableRef;
      readonly alias: string | undefined;
      readonly where: string | undefined;
    }
  | { readonly kind: 'truncate'; readonly table: TableRef }
  | { readonly kind: 'describeHistory'; readonly table: TableRef; readonly limit: number | undefined }
  | { readonly kind: 'describeDetail'; readonly table: TableRef }
  | { readonly kind: 'describeTable'; readonly table: TableRef }
  | { readonly kind: 'showTblProperties'; readonly table: TableRef }
  | { readonly kind: 'restore'; readonly table: TableRef; readonly to: TimeTravel }
  | { readonly kind: 'optimize'; readonly table: TableRef; readonly zOrderBy: readonly string[] }
  | {
      readonly kind: 'vacuum';
      readonly table: TableRef;
      readonly retainHours: number | undefined;
      readonly dryRun: boolean;
    }
  | { readonly kind: 'setProperties'; readonly table: TableRef; readonly properties: Properties }
  | {
      readonly kind: 'unsetProperties';
      readonly table: TableRef;
      readonly keys: readonly string[];
      readonly ifExists: boolean;
    }
  | { readonly kind: 'addColumns'; readonly table: TableRef; readonly columns: readonly StructField[] }
  | { readonly kind: 'dropTable'; readonly table: TableRef; readonly ifExists: boolean; readonly view: boolean }
  | { readonly kind: 'createCatalog'; readonly name: string; readonly ifNotExists: boolean }
  | { readonly kind: 'createSchema'; readonly parts: readonly string[]; readonly ifNotExists: boolean }
  | {
      readonly kind: 'createView';
      readonly table: TableRef;
      readonly materialized: boolean;
      readonly orReplace: boolean;
      readonly ifNotExists: boolean;
      readonly query: string;
    }
  | { readonly kind: 'showTables'; readonly parts: readonly string[] | undefined }
  | { readonly kind: 'use'; readonly what: 'catalog' | 'schema'; readonly parts: readonly string[] }
  | { readonly kind: 'set'; readonly key: string; readonly value: string | undefined };
