import { randomUUID } from 'node:crypto';
import types from '@databricks/sql/thrift/TCLIService_types.js';
import type { Clock } from '../../clock.js';
import type { StatementResult } from '../../sql/statement.js';
import type { CatalogBackend, Principal } from '../backends.js';
import type { ApiRequest } from '../http/router.js';
import type { StatementManager } from '../statements.js';
import { endedWithin } from '../wait.js';
import type { Warehouse } from '../warehouses.js';
import { failed, infoValue, invalidHandle, notSupported, success } from './answers.js';
import type { NativeTypes } from './arrow-types.js';
import { catalogsResult, schemasResult, tablesResult, tableTypesResult } from './metadata.js';
import type { Operation } from './operations.js';
import {
  emptyResult,
  fetchResults,
  operationHandle,
  operationStatus,
  resultOf,
  resultSetMetadata,
  stateOf,
  toNumber,
} from './operations.js';
import { arrowWish, parametersOf, tagsOf } from './requests.js';
import type { Session } from './sessions.js';
import { applySessionStatement, handleOf, idOf } from './sessions.js';

const { TFetchOrientation, TProtocolVersion } = types;

/** Databricks answers a statement that is quick enough together with its result. */
const directResultsWaitMs = 5_000;
/** A handle that nobody polls is reaped; reports put it at around twenty minutes. */
const idleLimitMs = 20 * 60_000;
const defaultFetchRows = 100_000;

export interface ThriftOptions {
  readonly statements: StatementManager;
  readonly catalog: CatalogBackend;
  readonly clock: Clock;
}

/** Whose call it is, on which warehouse. */
export interface ThriftCaller {
  readonly principal: Principal;
  readonly warehouse: Warehouse;
  readonly note: ApiRequest['note'];
}

/** HiveServer2 as a Databricks SQL warehouse speaks it. One per region; `handlerFor` gives the handler of one call. */
export class ThriftService {
  readonly #options: ThriftOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(options: ThriftOptions) {
    this.#options = options;
  }

  /** The Thrift processor tells async handlers from callback ones by their one argument. */
  handlerFor(caller: ThriftCaller) {
    const { catalog } = this.#options;
    const metadata =
      <R extends { sessionHandle: types.TSessionHandle; getDirectResults?: types.TSparkGetDirectResults }>(
        look: (request: R) => StatementResult,
      ) =>
      async (request: R) => {
        const session = this.#session(request.sessionHandle, caller);
        if (!session) return { status: invalidHandle('SessionHandle') };
        return this.#respond(this.#open(session, null, look(request)), session, request.getDirectResults);
      };
    return {
      OpenSession: async (request: types.TOpenSessionReq) => this.#openSession(request, caller),
      CloseSession: async (request: types.TCloseSessionReq) => this.#closeSession(request, caller),
      GetInfo: async (request: types.TGetInfoReq) => ({ status: success(), infoValue: infoValue(request.infoType) }),
      ExecuteStatement: async (request: types.TExecuteStatementReq) => this.#execute(request, caller),
      GetTypeInfo: metadata<types.TGetTypeInfoReq>(() => emptyResult),
      GetCatalogs: metadata<types.TGetCatalogsReq>(() => catalogsResult(catalog)),
      GetSchemas: metadata<types.TGetSchemasReq>((request) => schemasResult(catalog, request)),
      GetTables: metadata<types.TGetTablesReq>((request) => tablesResult(catalog, request)),
      GetTableTypes: metadata<types.TGetTableTypesReq>(() => tableTypesResult()),
      GetColumns: metadata<types.TGetColumnsReq>(() => emptyResult),
      GetFunctions: metadata<types.TGetFunctionsReq>(() => emptyResult),
      GetPrimaryKeys: metadata<types.TGetPrimaryKeysReq>(() => emptyResult),
      GetCrossReference: metadata<types.TGetCrossReferenceReq>(() => emptyResult),
      GetOperationStatus: async (request: types.TGetOperationStatusReq) => {
        const operation = this.#operation(request.operationHandle, caller);
        return operation ? operationStatus(operation) : { status: invalidHandle('OperationHandle') };
      },
      GetResultSetMetadata: async (request: types.TGetResultSetMetadataReq) => {
        const operation = this.#operation(request.operationHandle, caller);
        return operation ? resultSetMetadata(operation) : { status: invalidHandle('OperationHandle') };
      },
      FetchResults: async (request: types.TFetchResultsReq) => this.#fetch(request, caller),
      CancelOperation: async (request: types.TCancelOperationReq) => {
        const operation = this.#operation(request.operationHandle, caller);
        if (!operation) return { status: invalidHandle('OperationHandle') };
        if (operation.statement) this.#options.statements.cancel(operation.statement);
        return { status: success() };
      },
      CloseOperation: async (request: types.TCloseOperationReq) => this.#closeOperation(request, caller),
      GetDelegationToken: async (_request: types.TGetDelegationTokenReq) => ({
        status: notSupported('GetDelegationToken'),
      }),
      CancelDelegationToken: async (_request: types.TCancelDelegationTokenReq) => ({
        status: notSupported('CancelDelegationToken'),
      }),
      RenewDelegationToken: async (_request: types.TRenewDelegationTokenReq) => ({
        status: notSupported('RenewDelegationToken'),
      }),
    };
  }

  #openSession(request: types.TOpenSessionReq, { principal, warehouse }: ThriftCaller) {
    const configuration = Object.entries(request.configuration ?? {}).map(
      ([key, value]) => [key.toLowerCase(), value] as const,
    );
    const session: Session = {
      id: randomUUID(),
      principal: principal.name,
      warehouse,
      catalog: request.initialNamespace?.catalogName ?? undefined,
      schema: request.initialNamespace?.schemaName ?? undefined,
      configuration: new Map(configuration),
      operations: new Map(),
    };
    this.#sessions.set(session.id, session);
    return {
      status: success(),
      serverProtocolVersion: TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8,
      sessionHandle: new types.TSessionHandle({ sessionId: handleOf(session.id) }),
      initialNamespace: request.initialNamespace ?? undefined,
      canUseMultipleCatalogs: true,
    };
  }

  #closeSession(request: types.TCloseSessionReq, caller: ThriftCaller) {
    const session = this.#session(request.sessionHandle, caller);
    if (!session) return { status: invalidHandle('SessionHandle') };
    for (const { statement } of session.operations.values()) {
      if (statement) this.#options.statements.close(statement);
    }
    this.#sessions.delete(session.id);
    return { status: success() };
  }

  async #execute(request: types.TExecuteStatementReq, caller: ThriftCaller) {
    const session = this.#session(request.sessionHandle, caller);
    if (!session) return { status: invalidHandle('SessionHandle') };
    const queryTags = tagsOf(session, request);
    if (applySessionStatement(session, request.statement)) {
      caller.note({ sql: request.statement, queryTags });
      return this.#respond(this.#open(session, null, emptyResult), session, request.getDirectResults);
    }
    const timeoutSeconds = Number(session.configuration.get('statement_timeout') ?? 0);
    const statement = this.#options.statements.submit({
      sql: request.statement,
      warehouse: session.warehouse,
      principal: session.principal,
      parameters: parametersOf(request.parameters ?? []),
      ...(session.catalog !== undefined && { catalog: session.catalog }),
      ...(session.schema !== undefined && { schema: session.schema }),
      queryTags,
      idleLimitMs,
      ...(timeoutSeconds > 0 && { timeoutMs: timeoutSeconds * 1000 }),
    });
    caller.note({ statementId: statement.id, sql: request.statement, queryTags });
    const operation = this.#open(session, statement.id, null, arrowWish(request));
    if (request.getDirectResults) await endedWithin(this.#options.clock, directResultsWaitMs, statement.done);
    return this.#respond(operation, session, request.getDirectResults);
  }

  #open(
    session: Session,
    statementId: string | null,
    readyResult: StatementResult | null,
    arrow: NativeTypes | null = null,
  ): Operation {
    const statement = statementId === null ? null : (this.#options.statements.get(statementId) ?? null);
    const operation: Operation = { id: statementId ?? randomUUID(), statement, readyResult, arrow, offset: 0 };
    session.operations.set(operation.id, operation);
    return operation;
  }

  /** The handle, and with it what is known already if the driver asked for that. */
  #respond(operation: Operation, session: Session, direct: types.TSparkGetDirectResults | null | undefined) {
    const handle = operationHandle(operation, handleOf(operation.id));
    if (!direct) return { status: success(), operationHandle: handle };
    const directResults = this.#directResults(operation, session, toNumber(direct.maxRows, defaultFetchRows));
    return { status: success(), operationHandle: handle, directResults };
  }

  /** Rows that all go out at once close their operation with the same answer: the driver need not come back for that. */
  #directResults(operation: Operation, session: Session, maxRows: number): types.TSparkDirectResults {
    const status = operationStatus(operation);
    if (stateOf(operation) !== 'SUCCEEDED') return new types.TSparkDirectResults({ operationStatus: status });
    const metadata = resultSetMetadata(operation);
    // The Node driver never consumes a prefetched set without columns, and would look at it for ever.
    const resultSet = resultOf(operation).columns.length > 0 ? fetchResults(operation, maxRows, false) : null;
    const isWhole = resultSet?.hasMoreRows === false;
    if (isWhole) this.#close(operation, session);
    return new types.TSparkDirectResults({
      operationStatus: status,
      resultSetMetadata: metadata,
      ...(resultSet && { resultSet }),
      ...(isWhole && { closeOperation: new types.TCloseOperationResp({ status: success() }) }),
    });
  }

  #close(operation: Operation, session: Session): void {
    if (operation.statement) this.#options.statements.close(operation.statement);
    session.operations.delete(operation.id);
  }

  #fetch(request: types.TFetchResultsReq, caller: ThriftCaller) {
    const operation = this.#operation(request.operationHandle, caller);
    if (!operation) return { status: invalidHandle('OperationHandle') };
    if (stateOf(operation) !== 'SUCCEEDED')
      return { status: failed(`The statement ${operation.id} has no result: it is ${stateOf(operation)}.`) };
    if (request.orientation === TFetchOrientation.FETCH_FIRST) operation.offset = 0;
    if (request.startRowOffset)
      operation.offset = Math.min(toNumber(request.startRowOffset, 0), resultOf(operation).rows.length);
    const withMetadata = request.includeResultSetMetadata ?? false;
    return fetchResults(operation, toNumber(request.maxRows, defaultFetchRows), withMetadata);
  }

  #closeOperation(request: types.TCloseOperationReq, caller: ThriftCaller) {
    const operation = this.#operation(request.operationHandle, caller);
    if (!operation) return { status: invalidHandle('OperationHandle') };
    for (const session of this.#sessions.values()) {
      if (session.operations.has(operation.id)) this.#close(operation, session);
    }
    return { status: success() };
  }

  /** A handle is good for the principal that opened it, and for nobody else. */
  #session(handle: types.TSessionHandle | null | undefined, { principal }: ThriftCaller): Session | undefined {
    const session = this.#sessions.get(idOf(handle?.sessionId));
    return session?.principal === principal.name ? session : undefined;
  }

  #operation(
    handle: types.TOperationHandle | null | undefined,
    { principal, note }: ThriftCaller,
  ): Operation | undefined {
    const id = idOf(handle?.operationId);
    for (const session of this.#sessions.values()) {
      const operation = session.operations.get(id);
      if (!operation || session.principal !== principal.name) continue;
      if (operation.statement) {
        note({ statementId: id });
        this.#options.statements.get(id);
      }
      return operation;
    }
    return undefined;
  }
}
