import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What a running statement carries with it down to the storage, so that a fault can strike in the middle of its work:
 * after some of its files are written and before its commit.
 */
export interface StatementContext {
  readonly statementId: string;
  /** Called before each write to the region's storage; throwing makes the write fail. */
  beforeWrite(path: string): Promise<void>;
}

export const statementContext = new AsyncLocalStorage<StatementContext>();

/** A write below `_delta_log` is (or leads to) the commit: what is not there when it fails never happened. */
export const isLogPath = (path: string): boolean => path.includes('_delta_log');
