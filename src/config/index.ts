/**
 * The user's configuration: the JSON file and the environment become typed, checked values here, and nowhere else. Only
 * this folder reads the process's environment. It may import domain/; clients, the worker and activities import it.
 */
export { regionConnection } from './connection.js';
export type { Environment, LogLevel, MetricsAddress, Variables } from './environment.js';
export { EnvironmentError, environment, processVariables } from './environment.js';
export type { Finding } from './finding.js';
export { ConfigError } from './finding.js';
export { groupSettings, groupSpec, groupsOf, mailRecipients, workspaceConfig } from './groups.js';
export { liveConfig } from './live.js';
export { checkConfigFile, checkConfigText, loadConfig } from './load.js';
export type { DrConfig, GroupConfig, MailRecipients, WorkspaceConfig } from './model.js';
export type { TemporalSettings } from './temporal.js';
export { temporalSettings } from './temporal.js';
