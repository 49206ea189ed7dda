/** What the servers, the job engine and the stack use of the SQL engine. */

export type { LocalSqlEngine } from './engine.js';
export { createSqlEngine } from './engine.js';
export type { SqlHooks } from './engine-options.js';
