/** A group of many tables, synced twice, and how large that made what travels through Temporal. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import { startBed } from '../../bench/bed.js';
import { tablesOf } from '../../bench/groups.js';
import { workspaceName } from '../../src/local/stack/layout.js';
import type { Stack } from '../../src/local/stack/stack.js';
import { entityId, syncRunId } from '../../src/workflows/messages.js';
import { execute } from './sql.js';

const { History } = proto.temporal.api.history.v1;

/** Sizes of one workflow's history. */
export interface HistorySize {
  readonly events: number;
  readonly bytes: number;
  /** Of its largest payload, as the server holds it. */
  readonly largestPayloadBytes: number;
}

export interface LargeGroup {
  /** Target tables that do not hold exactly the rows that the runs wrote. */
  readonly differences: readonly string[];
  /** The larger one of both syncs. */
  readonly sync: HistorySize;
  readonly entity: HistorySize;
  readonly statusBytes: number;
  /** From the order to the point published, of the sync that sends everything and of one that sends one table. */
  readonly seconds: readonly number[];
}

/** A run that writes every table, then one that writes a single one; each is synced. */
export async function syncLargeGroup(tableCount: number, limitMs: number): Promise<LargeGroup> {
  const plan = { name: 'large_group', tableCount };
  const dir = mkdtempSync(join(tmpdir(), 'lakehouse-dr-large-'));
  const bed = await startBed({ dir, groups: [plan], limitMs });
  const ref = { workspace: workspaceName, group: plan.name };
  const sizes: HistorySize[] = [];
  const seconds: number[] = [];
  /** Rows of each table: numbered from 0, with the table's name. */
  const expected = new Map(tablesOf(plan).map((table) => [table, 0]));
  try {
    await bed.startWorker();
    for (const written of [tablesOf(plan), tablesOf(plan).slice(0, 1)]) {
      const sql = written
        .map((table) => `INSERT INTO ${table} VALUES (${expected.get(table)}, '${table}')`)
        .join(';\n');
      for (const table of written) expected.set(table, (expected.get(table) ?? 0) + 1);
      const { runId, ended } = bed.run(plan.name, sql);
      await ended;
      const from = Date.now();
      await bed.askForSync(plan.name);
      await bed.untilPublished(plan.name, runId);
      seconds.push(Math.round((Date.now() - from) / 1000));
      sizes.push(sizeOf(await bed.client.workflow.getHandle(syncRunId(ref)).fetchHistory()));
    }
    const status = await bed.untilStatus(plan.name, 'rest', ({ phase }) => phase === 'idle');
    return {
      differences: await differences(bed.stack, expected),
      sync: sizes.reduce(largerOf),
      entity: sizeOf(await bed.client.workflow.getHandle(entityId(ref)).fetchHistory()),
      statusBytes: Buffer.byteLength(JSON.stringify(status)),
      seconds,
    };
  } finally {
    await bed.end();
  }
}

async function differences(stack: Stack, expected: ReadonlyMap<string, number>): Promise<string[]> {
  const problems: string[] = [];
  for (const [table, count] of expected) {
    const rows = await execute(stack, 'secondary', `SELECT CAST(id AS INT), text FROM ${table} ORDER BY id`);
    const wanted = Array.from({ length: count }, (_, index) => [index, table]);
    if (JSON.stringify(rows) !== JSON.stringify(wanted)) problems.push(`${table} holds ${JSON.stringify(rows)}`);
  }
  return problems;
}

const largerOf = (a: HistorySize, b: HistorySize): HistorySize => ({
  events: Math.max(a.events, b.events),
  bytes: Math.max(a.bytes, b.bytes),
  largestPayloadBytes: Math.max(a.largestPayloadBytes, b.largestPayloadBytes),
});

const sizeOf = (history: proto.temporal.api.history.v1.IHistory): HistorySize => ({
  events: history.events?.length ?? 0,
  bytes: History.encode(history).finish().length,
  largestPayloadBytes: largestPayload(history),
});

/** Payloads are all that holds bytes beside its metadata. */
function largestPayload(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 0;
  if ('data' in value && value.data instanceof Uint8Array) return value.data.length;
  return Math.max(0, ...Object.values(value).map(largestPayload));
}
