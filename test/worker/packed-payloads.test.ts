import { gzipSync } from 'node:zlib';
import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { Base } from '../../src/activities/contract.js';
import { keptInStaging } from '../../src/domain/cut/index.js';
import { pointRows } from '../../src/domain/ledger-events.js';
import type { RecoveryPoint } from '../../src/domain/point.js';
import { packedPayloads } from '../../src/worker/packed-payloads.js';
import { largestManifest } from '../support/large-manifest.js';
import { serverLimits } from '../support/temporal-limits.js';

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) as Payload;
const readPayload = (payload: Payload | undefined): unknown => defaultPayloadConverter.fromPayload(payload as Payload);

const large = Array.from({ length: 5000 }, (_, index) => ({ table: `catalog.schema.table_${index}`, version: index }));

describe('payloads', () => {
  it('small ones stay as they are, for the Web UI and the command line', async () => {
    const small = payloadOf({ requestId: 'r' });
    expect(await packedPayloads.encode([small])).toEqual([small]);
    expect(await packedPayloads.decode([small])).toEqual([small]);
  });

  it('large ones are a fraction of their size on the way, and the same afterwards', async () => {
    const before = payloadOf(large);
    const [packed] = await packedPayloads.encode([before]);
    expect(packed?.data?.length).toBeLessThan((before.data?.length ?? 0) / 5);
    const [after] = await packedPayloads.decode(packed ? [packed] : []);
    expect(readPayload(after)).toEqual(large);
  });

  it('of the largest group that validate accepts, the largest ones stay below what the server takes', async () => {
    const manifest = largestManifest();
    const clone = {
      hop: 'send',
      ...{ sourceBytes: 1, sourceFiles: 1, copiedBytes: 1, copiedFiles: 1, removedFiles: 1, durationMs: 1 },
    } as const;
    const point: RecoveryPoint = {
      ...{ syncId: 's1', source: { kind: 'snapshot' }, runEndTime: 1, epoch: 1, controller: 'c1', specHash: 'h' },
      manifest,
    };
    const author = { workspace: 'w', group: 'g', epoch: 1, controller: 'c1', direction: 'forward' } as const;
    const cloned = manifest.map((entry) => ({ entry, clone, targetVersion: 1 }));
    const base: Base = {
      superseded: null,
      previous: point,
      kept: keptInStaging([point]),
      stillKept: keptInStaging([point]),
      baselines: Object.fromEntries(
        manifest.map((entry) => [entry.targetTable, { tableId: entry.sourceTableId, version: 1 }]),
      ),
      sendAgain: false,
      unstaged: manifest.map((entry) => entry.sourceTable),
    };
    const published = pointRows(author, 'published', point, cloned, 1);
    const allOfASync = [...pointRows(author, 'sent', point, cloned, 1), ...published];
    for (const value of [base, published, allOfASync]) {
      const before = payloadOf(value);
      const [packed] = await packedPayloads.encode([before]);
      expect(before.data?.length, 'too large as it stands, or the test proves nothing').toBeGreaterThan(1_000_000);
      expect(packed?.data?.length).toBeLessThan(serverLimits.payloadBytes / 2);
    }
  });

  it('one that merely calls itself compressed is handed on as it is: no signal can stop a worker', async () => {
    const metadata = { encoding: Buffer.from('binary/gzip'), 'packed-encoding': Buffer.from('json/plain') };
    const nonsense: Payload[] = [
      { metadata, data: gzipSync(Buffer.alloc(65 * 1024 * 1024)) },
      { metadata, data: Buffer.from('nonsense') },
      { metadata: { encoding: metadata.encoding }, data: Buffer.from('nonsense') },
      { metadata },
      {},
    ];
    expect(await packedPayloads.decode(nonsense)).toEqual(nonsense);
  });
});
