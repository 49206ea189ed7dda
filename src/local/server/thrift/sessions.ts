import { randomUUID } from 'node:crypto';
import types from '@databricks/sql/thrift/TCLIService_types.js';
import type { Warehouse } from '../warehouses.js';
import type { Operation } from './operations.js';

/** A driver's session on a warehouse: namespace and session configuration live here, not in the engine. */
export interface Session {
  readonly id: string;
  readonly principal: string;
  readonly warehouse: Warehouse;
  catalog: string | undefined;
  schema: string | undefined;
  /** Session configuration, keys in lower case. */
  readonly configuration: Map<string, string>;
  readonly operations: Map<string, Operation>;
}

/** What `USE …` and `SET …` do happens in the session; the engine never sees them. */
export function applySessionStatement(session: Session, sql: string): boolean {
  const text = sql.trim().replace(/;$/, '').trim();
  const use = /^USE\s+(?:(CATALOG|SCHEMA|DATABASE)\s+)?(.+)$/is.exec(text);
  if (use) {
    const names = (use[2] ?? '').split('.').map((name) => name.trim().replace(/^`(.*)`$/s, '$1'));
    if (use[1]?.toUpperCase() === 'CATALOG') {
      session.catalog = names[0];
      session.schema = 'default';
    } else {
      if (names.length > 1) session.catalog = names[0];
      session.schema = names.at(-1);
    }
    return true;
  }
  const set = /^SET\s+([\w.]+)\s*=\s*(.*)$/is.exec(text);
  if (!set) return false;
  session.configuration.set((set[1] ?? '').toLowerCase(), (set[2] ?? '').trim().replace(/^'(.*)'$/s, '$1'));
  return true;
}

/** Drivers show the first 16 bytes of a handle as the session's or statement's UUID. */
export const handleOf = (id: string): types.THandleIdentifier =>
  new types.THandleIdentifier({
    guid: Buffer.from(id.replaceAll('-', ''), 'hex'),
    secret: Buffer.from(randomUUID().replaceAll('-', ''), 'hex'),
  });

export function idOf(handle: { readonly guid?: Buffer | string } | null | undefined): string {
  const { guid } = handle ?? {};
  // Thrift's binary fields arrive as Buffer; an old reader may hand over a latin1 string.
  const hex = (typeof guid === 'string' ? Buffer.from(guid, 'latin1') : (guid ?? Buffer.alloc(0))).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
