import { gzipSync } from 'node:zlib';
import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { packedPayloads } from '../../src/worker/packed-payloads.js';

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
