import { join } from 'node:path';
import type { Stack } from '../src/local/stack/stack.js';
import type { TrueRun } from '../src/local/truth/truth-log.js';

/** A table as it was at a version. */
export interface TableAt {
  readonly folder: string;
  readonly version: number;
}

/**
 * Where everything lies when the story is over, and what the job engines recorded meanwhile: enough for anybody who can
 * read Delta tables to check the story without a line of this project. Folders by full table name.
 */
export interface LeftBehind {
  readonly group: string;
  /** Every run of the group's job that ended, in both regions. */
  readonly runs: readonly TrueRun[];
  /** Tables that the job writes in the primary. */
  readonly source: Readonly<Record<string, string>>;
  /** Their clones in the secondary's sync location. */
  readonly staging: Readonly<Record<string, string>>;
  /** The tables that readers in the secondary see. */
  readonly target: Readonly<Record<string, string>>;
  readonly ledger: string;
  /** What the target tables hold at the end: the same rows, made by the job alone. */
  readonly expected: Readonly<Record<string, TableAt>>;
}

/** What a run left, in the folders of the pair that it ran in. */
export const tablesAfter = (run: TrueRun, folders: Readonly<Record<string, string>>): Record<string, TableAt> =>
  mapped(run.tables, (table, { version }) => ({ folder: folderIn(folders, table), version }));

/** @param expected see `LeftBehind` */
export function leftBehind(stack: Stack, group: string, expected: LeftBehind['expected']): LeftBehind {
  const { storage, tables } = stack.file;
  const syncLocation = folderIn(storage, 'abfss://dr-sync@secondarysync.dfs.core.windows.net');
  return {
    group,
    runs: stack.truth().filter(({ job }) => job === group),
    source: mapped(expected, (table) => folderIn(tables.primary, table)),
    staging: mapped(expected, (table) => join(syncLocation, 'dr_test_eastus2_databricks', ...table.split('.'))),
    target: mapped(expected, (table) => folderIn(tables.secondary, table)),
    ledger: join(syncLocation, 'sync_ledger'),
    expected,
  };
}

const mapped = <From, To>(record: Readonly<Record<string, From>>, change: (name: string, from: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([name, from]) => [name, change(name, from)]));

function folderIn(folders: Readonly<Record<string, string>>, name: string): string {
  const folder = folders[name];
  if (folder === undefined) throw new Error(`the local pair has no folder of ${name}`);
  return folder;
}
