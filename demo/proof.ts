import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Region } from '../src/domain/region.js';
import type { Stack } from '../src/local/stack/stack.js';
import { contentHash, newestVersion } from '../src/local/truth/content-hash.js';
import type { TrueRun } from '../src/local/truth/truth-log.js';

/** What a table holds now, by DuckDB reading its data files. */
async function contentNow(stack: Stack, region: Region, table: string): Promise<string> {
  const folder = folderOf(stack, region, table);
  return (await contentHash(folder, await newestVersion(folder))).contentHash;
}

function folderOf(stack: Stack, region: Region, table: string): string {
  const folder = stack.file.tables[region]?.[table];
  if (folder === undefined) throw new Error(`${table} is not a table of the local ${region}`);
  return folder;
}

/**
 * Compares a region's tables, as they are now, with what the job engine recorded at the end of a run.
 *
 * @returns a sentence per table that differs; empty when the region equals that run's end
 */
export async function differencesFrom(stack: Stack, region: Region, run: TrueRun): Promise<string[]> {
  const problems: string[] = [];
  for (const [table, truth] of Object.entries(run.tables)) {
    const now = await contentNow(stack, region, table);
    if (now !== truth.contentHash) problems.push(`${table} in the ${region} is not what run ${run.runId} left`);
  }
  return problems;
}

/** The truth of a run. @throws Error when no such run has ended */
export function truthOf(stack: Stack, runId: string, repairId: string | null = null): TrueRun {
  const run = stack.truth().find((candidate) => candidate.runId === runId && candidate.repairId === repairId);
  if (!run) throw new Error(`run ${runId} has not ended`);
  return run;
}

/** Two runs, perhaps of different pairs, that must have left the same content. */
export function differencesBetween(run: TrueRun, reference: TrueRun): string[] {
  return Object.entries(run.tables).flatMap(([table, { contentHash, rows }]) => {
    const expected = reference.tables[table];
    return expected?.contentHash === contentHash
      ? []
      : [
          `${table} has ${rows} rows, an undisturbed run leaves ${expected?.rows ?? 'nothing'}, or their content differs`,
        ];
  });
}

/** Every file of a region's tables with its size: what a plain file sync would look at. */
export async function filesOf(stack: Stack, region: Region, tables: readonly string[]): Promise<Map<string, number>> {
  const files = new Map<string, number>();
  for (const table of tables) {
    const folder = folderOf(stack, region, table);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(path, (await stat(path)).size);
    }
  }
  return files;
}

/** Bytes of files that are new: what a plain file sync would send. */
export function newBytes(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  return [...after].reduce((sum, [path, size]) => (before.has(path) ? sum : sum + size), 0);
}
