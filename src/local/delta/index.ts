/**
 * A Delta log library for tables in folders of the local disk: snapshots and time travel, commits, checkpoints, history,
 * clones, RESTORE, OPTIMIZE, VACUUM. It moves files and writes logs; rows are computed elsewhere (DuckDB).
 * Of the rest of `local/` it imports `../clock.js` and `../sql/statement.js` (the error and the job struct) alone; everyone
 * else imports from this file alone.
 */
export * from './actions.js';
export * from './alter-table.js';
export * from './checkpoint-write.js';
export * from './clone.js';
export * from './commit.js';
export * from './create-table.js';
export * from './deletion-vector.js';
export * from './detail.js';
export * from './env.js';
export * from './history.js';
export * from './log-cleanup.js';
export * from './optimize.js';
export * from './paths.js';
export * from './properties.js';
export * from './queued-copies.js';
export * from './restore.js';
export * from './schema.js';
export * from './snapshot.js';
export * from './stats.js';
export * from './storage.js';
export * from './type-text.js';
export * from './vacuum.js';
export * from './writable.js';
