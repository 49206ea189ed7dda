/**
 * The choice of the cut: from plain facts (runs of a job, histories of tables) to the exact version of every table at the
 * end of one run, or a typed reason why there is none. Pure functions, no I/O, no clock: the same facts give the same
 * answer in any order. Imports nothing but domain/; whoever gathers facts (activities, the command line) imports this
 * file. The rules by example: docs/cut.md.
 */

export { stampOf as readStamp } from '../stamp.js';
export { addedBytes } from './added-bytes.js';
export type { CommitAuthor } from './attribution.js';
export { describeAuthor } from './attribution.js';
export type { ChooseCutInput, CutChoice, TriedCandidate } from './choose-cut.js';
export { chooseCut } from './choose-cut.js';
export type { ChooseRunInput, ListedRun, RunChoice } from './choose-run.js';
export { chooseRun, failedRunsNote } from './choose-run.js';
export type { ChooseSnapshotInput } from './choose-snapshot.js';
export { chooseSnapshot } from './choose-snapshot.js';
export type { ChooseVersionsInput, VersionsChoice } from './choose-versions.js';
export { chooseVersions, defaultClockSkewMarginMs } from './choose-versions.js';
export type { Currency } from './currency.js';
export { changesAfter, currencyOf, newestClone } from './currency.js';
export type { CutCandidate } from './overlapping-sets.js';
export type { TableState } from './readable-point.js';
export { copyState, isHeldByTarget, isReadableInStaging } from './readable-point.js';
export { parseIntervalMs, shortRetention } from './retention.js';
export type { RunVerdict, RunVerdictKind } from './run-verdicts.js';
export type { KeptInStaging } from './staging-retention.js';
export {
  keptInStaging,
  retentionFallsShort,
  stagingReserveMs,
  stagingRetentionMs,
  withoutUpkeep,
} from './staging-retention.js';
export type { CatalogTable } from './supported-table.js';
export { unsupportedJob, unsupportedTable } from './supported-table.js';
export type { CommitFate, ConsideredCommit, TableCut } from './table-cut.js';
export type { MissingTable, SourceTable, TableBase } from './table-history.js';
export type { TargetGuardInput } from './target-guard.js';
export { outranks, targetGuard } from './target-guard.js';
export { unlistedRunIds } from './unlisted-runs.js';
