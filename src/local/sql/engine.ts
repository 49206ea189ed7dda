/**
 * The SQL engine of a local region: parses Databricks SQL, checks the principal's rights, works on real Delta tables.
 * Everything about logs and files is `delta/`'s, everything about rows DuckDB's; here the two meet.
 */
import type { Context } from './context.js';
import { createContext } from './context.js';
import { Duck } from './duck.js';
import type { SqlEngineOptions } from './engine-options.js';
import { throwIfCanceled } from './errors.js';
import { bindParameters } from './parameters.js';
import { parseStatement } from './parse-statement.js';
import { loadPolyglot } from './polyglot.js';
import { createCatalog, createSchema, createView, dropTable, use } from './run-catalog.js';
import { runClone } from './run-clone.js';
import { runCreateTable } from './run-create.js';
import {
  describeDetail,
  describeHistory,
  describeTable,
  showSetting,
  showTables,
  showTblProperties,
} from './run-describe.js';
import { runInsert } from './run-insert.js';
import { runAlter, runOptimize, runRestore, runVacuum } from './run-maintenance.js';
import { runMerge } from './run-merge.js';
import { runQuery } from './run-query.js';
import { runDelete, runUpdate } from './run-update-delete.js';
import type { SqlEngine, StatementRequest, StatementResult } from './statement.js';
import type { Statement } from './statement-types.js';

/** An engine that can be shut down. Statements must have ended before. */
export interface LocalSqlEngine extends SqlEngine {
  close(): void;
}

/** Starts a region's engine. Statements may run side by side. */
export async function createSqlEngine(options: SqlEngineOptions): Promise<LocalSqlEngine> {
  await loadPolyglot();
  const duck = await Duck.open({
    memoryLimitMegabytes: options.memoryLimitMegabytes ?? 1024,
    threads: options.threads ?? 2,
  });
  return {
    execute: async (request) => await execute(options, duck, request),
    close: () => duck.close(),
  };
}

async function execute(options: SqlEngineOptions, duck: Duck, request: StatementRequest): Promise<StatementResult> {
  throwIfCanceled(request.signal);
  const statement = parseStatement(bindParameters(request.sql, request.parameters));
  await options.hooks?.onStatement?.({ request, kind: statement.kind });
  throwIfCanceled(request.signal);
  return await run(createContext(options, duck, request), statement);
}

function run(context: Context, statement: Statement): Promise<StatementResult> | StatementResult {
  switch (statement.kind) {
    case 'query':
      return runQuery(context, statement.text);
    case 'insert':
      return runInsert(context, statement);
    case 'update':
      return runUpdate(context, statement);
    case 'delete':
      return runDelete(context, statement);
    case 'merge':
      return runMerge(context, statement);
    case 'clone':
      return runClone(context, statement);
    case 'createTable':
      return runCreateTable(context, statement);
    case 'describeHistory':
      return describeHistory(context, statement);
    case 'describeDetail':
      return describeDetail(context, statement.table);
    case 'describeTable':
      return describeTable(context, statement.table);
    case 'showTblProperties':
      return showTblProperties(context, statement.table);
    case 'showTables':
      return showTables(context, statement);
    case 'restore':
      return runRestore(context, statement);
    case 'optimize':
      return runOptimize(context, statement);
    case 'vacuum':
      return runVacuum(context, statement);
    case 'setProperties':
    case 'unsetProperties':
    case 'addColumns':
    case 'truncate':
      return runAlter(context, statement);
    case 'createCatalog':
      return createCatalog(context, statement);
    case 'createSchema':
      return createSchema(context, statement);
    case 'createView':
      return createView(context, statement);
    case 'dropTable':
      return dropTable(context, statement);
    case 'use':
      return use(context, statement);
    case 'set':
      return showSetting(statement);
  }
}
