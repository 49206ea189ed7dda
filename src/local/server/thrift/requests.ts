/** What a driver's ExecuteStatement says beside the SQL. */
import type types from '@databricks/sql/thrift/TCLIService_types.js';
import type { StatementRequest } from '../../sql/statement.js';
import type { QueryTags } from '../query-tags.js';
import { parseQueryTags } from '../query-tags.js';
import type { NativeTypes } from './arrow-types.js';
import type { Session } from './sessions.js';

/** What the driver wants in native Arrow types; null if it reads no Arrow. */
export const arrowWish = (request: types.TExecuteStatementReq): NativeTypes | null =>
  request.canReadArrowResult ? (request.useArrowNativeTypes ?? {}) : null;

/** Tags of the session, overridden by those of the statement. */
export function tagsOf(session: Session, request: types.TExecuteStatementReq): QueryTags {
  const overlay = Object.entries(request.confOverlay ?? {}).find(([key]) => key.toLowerCase() === 'query_tags')?.[1];
  return { ...parseQueryTags(session.configuration.get('query_tags') ?? ''), ...parseQueryTags(overlay ?? '') };
}

/** Named parameters by name; ordinal ones by their position from 1. */
export function parametersOf(
  parameters: readonly types.TSparkParameter[],
): NonNullable<StatementRequest['parameters']> {
  return Object.fromEntries(
    parameters.map((parameter, i) => [
      parameter.name ?? String(i + 1),
      { value: parameter.value?.stringValue ?? null, type: parameter.type ?? 'VOID' },
    ]),
  );
}
