import type { Io } from '../../client/io.js';
import { trueRunsSchema } from '../truth/truth-log.js';
import { askPair } from './pair-errors.js';

/** `local truth`: every run's end, oldest first. */
export async function tellTruth(
  io: Io,
  { dir, json }: { readonly dir: string; readonly json?: boolean },
): Promise<void> {
  const runs = trueRunsSchema.parse(await askPair(dir, (pair) => pair.truth()));
  if (json === true) {
    io.out(`${JSON.stringify(runs, null, 2)}\n`);
    return;
  }
  if (runs.length === 0) io.out('No run has ended yet.\n');
  for (const run of runs) {
    const repair = run.repairId === null ? '' : ` repair ${run.repairId}`;
    io.out(`${run.endTime}  ${run.region}  ${run.job}  run ${run.runId}${repair}  ${run.result}\n`);
    for (const [name, table] of Object.entries(run.tables)) {
      const rows = `${table.rows} rows`.padStart(12);
      io.out(`    ${name.padEnd(45)} v${String(table.version).padEnd(5)}${rows}  ${table.contentHash.slice(0, 16)}\n`);
    }
  }
}
