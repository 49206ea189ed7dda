/**
 * The command line: config, Temporal and a look at Databricks, for people and scripts. It decides nothing that a
 * workflow decides; it asks, tells and waits. May import config/, domain/, databricks/ and workflows/messages.
 */
export type { Io } from './io.js';
export { processIo } from './io.js';
export { run } from './run.js';
