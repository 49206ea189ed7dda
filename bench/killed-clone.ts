import { until } from '../demo/until.js';
import { regions } from '../src/local/stack/layout.js';
import type { Stack } from '../src/local/stack/stack.js';
import type { Bed, WorkerProcess } from './bed.js';
import type { GroupPlan } from './groups.js';
import { tablesOf } from './groups.js';
import { sum } from './measurement.js';

const calm: GroupPlan = { name: 'calm', tableCount: 4 };
const killed: GroupPlan = { name: 'killed', tableCount: 4 };

/** Two groups whose tables hold the same rows. */
export const killGroups: readonly GroupPlan[] = [calm, killed];

const filesPerTable = 12;
const rowsPerFile = 8_000;

/** Each access to the files of the killed group takes so much longer that the kill finds its clones half done. */
const slowedMs = 700;

/** Bytes that two equal first syncs wrote to storage, ledger and logs included. */
export interface WrittenBytes {
  readonly calm: number;
  readonly killed: number;
  readonly ratio: number;
  /** Files that the clones had copied when the worker was killed, and had to copy in all. */
  readonly copiedAtKill: number;
  readonly copiesInAll: number;
}

/** Syncs one group undisturbed, and its twin with the worker killed while the clones to staging run. */
export async function bytesWithAndWithoutKill(bed: Bed, worker: WorkerProcess): Promise<WrittenBytes> {
  const { stack } = bed;
  const calmRun = await filled(bed, calm);
  const killedRun = await filled(bed, killed);

  const start = writtenBytes(stack);
  await bed.askForSync(calm.name);
  await bed.untilPublished(calm.name, calmRun);
  const between = writtenBytes(stack);

  const copiesBefore = stack.storageCounters.secondary.copies;
  const copied = (): number => stack.storageCounters.secondary.copies - copiesBefore;
  stack.faults.set('secondary', 'storage', { kind: 'latency', ms: slowedMs, only: killed.name });
  await bed.askForSync(killed.name);
  const copiesInAll = killed.tableCount * filesPerTable;
  const copiedAtKill = await until('copied files', () => (copied() >= 1 ? copied() : null));
  await worker.kill();
  if (copiedAtKill >= copiesInAll) throw new Error('The clones were over before the worker could be killed.');
  await bed.startWorker();
  stack.faults.set('secondary', 'storage', { kind: 'none' });
  await bed.untilPublished(killed.name, killedRun);
  const end = writtenBytes(stack);

  const [calmBytes, killedBytes] = [between - start, end - between];
  return { calm: calmBytes, killed: killedBytes, ratio: killedBytes / calmBytes, copiedAtKill, copiesInAll };
}

async function filled(bed: Bed, plan: GroupPlan): Promise<string> {
  const inserts = tablesOf(plan).flatMap((table, index) =>
    Array.from({ length: filesPerTable }, (_, part) => {
      const [first, end] = [part * rowsPerFile, (part + 1) * rowsPerFile];
      return `INSERT INTO ${table} SELECT id, sha2(concat('${index}-', CAST(id AS STRING)), 256) FROM range(${first}, ${end});`;
    }),
  );
  const { runId, ended } = bed.run(plan.name, inserts.join('\n'));
  await ended;
  return runId;
}

const writtenBytes = ({ storageCounters }: Stack): number =>
  sum(regions.map((region) => storageCounters[region].writtenBytes + storageCounters[region].copiedBytes));
