import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultClockSkewMarginMs } from '../src/domain/cut/index.js';
import { startBed } from './bed.js';
import type { GroupPlan } from './groups.js';
import { tablesOf } from './groups.js';
import type { Findings } from './measurement.js';
import { bytesOf, copyBytes, dataFiles, levelPageCache } from './plain-copy.js';
import { busyMs, isClone, statementsSince } from './statements.js';

const group: GroupPlan = { name: 'throughput', tableCount: 20 };
const filesPerTable = 2;

/** 64 hex digits of a hash each, which no codec halves: about 25 MB a file, 1 GB in all. */
const rowsPerFile = 360_000;

const target = 2.5;

/** Magic numbers of file systems that may share blocks between copies: there a clone would move no bytes. */
const sharesBlocks = new Map([
  [0x9123683e, 'btrfs'],
  [0x58465342, 'xfs'],
  [0x2fc12fc1, 'zfs'],
  [0xca451a4e, 'bcachefs'],
]);

/** The first sync of a group of 20 tables with 1 GB, next to copying the same bytes twice: to staging and to the target. */
export async function throughput(dir: string): Promise<Findings> {
  const bed = await startBed({ dir, groups: [group] });
  try {
    const { type } = await statfs(dir);
    const sharing = sharesBlocks.get(type);
    if (sharing) throw new Error(`${dir} lies on ${sharing}, which may copy without moving bytes. Take another disk.`);
    const { runId, ended } = bed.run(group.name, fillTables());
    const { endTime } = await ended;
    const from = join(dir, 'pair', 'primary');
    const files = (await dataFiles(from)).filter((file) => file.includes(group.name));
    const bytes = await bytesOf(files);

    const before = await copyTwice(files, from, join(dir, 'plain'));
    await bed.startWorker();
    await clocksPassed(endTime ?? Date.now());
    await levelPageCache(files);
    const startedAt = Date.now();
    await bed.askForSync(group.name);
    const { recoveryPoint, lastSync } = await bed.untilPublished(group.name, runId);
    const syncMs = Date.parse(recoveryPoint?.publishedAt ?? '') - startedAt;
    const statements = statementsSince(bed.stack, startedAt);
    if (lastSync?.copiedBytes !== bytes) throw new Error(`The sync moved ${lastSync?.copiedBytes} of ${bytes} bytes.`);
    const after = await copyTwice(files, from, join(dir, 'plain'));

    const plainMs = (before + after) / 2;
    return {
      measurements: [{ name: 'throughput', measured: syncMs / plainMs, target, unit: 'times' }],
      details: {
        ...{ tables: group.tableCount, files: files.length, bytes, syncMs, plainTwiceMs: [before, after] },
        ...{ clonesMs: busyMs(statements.filter(isClone), Date.now()), statements: statements.length },
      },
    };
  } finally {
    await bed.end();
  }
}

/**
 * The tables' first commits belong to no job: until their clocks can't mislead, a cut at the run's end is not decided. How
 * soon after the end a sync is asked for is not what is measured here.
 */
const clocksPassed = (endTime: number): Promise<void> =>
  sleep(Math.max(0, endTime + defaultClockSkewMarginMs - Date.now()));

const fillTables = (): string =>
  tablesOf(group)
    .flatMap((table) =>
      Array.from({ length: filesPerTable }, (_, part) => {
        const [first, end] = [part * rowsPerFile, (part + 1) * rowsPerFile];
        return `INSERT INTO ${table} SELECT id, sha2(concat('${table}', CAST(id AS STRING)), 256) FROM range(${first}, ${end});`;
      }),
    )
    .join('\n');

/** The same way as a sync: from the source to a first place, and from there to a second. */
async function copyTwice(files: readonly string[], from: string, to: string): Promise<number> {
  await levelPageCache(files);
  const startedAt = performance.now();
  const staged = await copyBytes(files, from, join(to, 'staging'));
  await copyBytes(staged, join(to, 'staging'), join(to, 'target'));
  const took = performance.now() - startedAt;
  await rm(to, { recursive: true, force: true });
  return took;
}
