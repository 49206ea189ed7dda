import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSignalInput } from '../../src/domain/group/requests.js';
import { payloadConverter } from '../../src/worker/payload-converter.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const payload = (encoding: string, data: string): Payload => ({
  metadata: { encoding: bytes(encoding) },
  data: bytes(data),
});

describe('restartable: no payload can stop a group', () => {
  it.each([
    ['text that is no JSON', payload('json/plain', '{"reason": region down}')],
    ['an unknown encoding', payload('binary/encrypted', 'x')],
    ['an encoding of control characters', payload('\u0000\u001b[31m', 'x')],
    ['no encoding', { data: bytes('{}') }],
    ['nothing at all', {}],
  ])('%s becomes a marker that every handler refuses', (_what, bad) => {
    expect(() => defaultPayloadConverter.fromPayload(bad)).toThrow();
    const value = payloadConverter.fromPayload(bad);
    expect(value).toMatchObject({ undecodablePayload: {} });
    expect(parseSignalInput(value)).toContain('unknown key "undecodablePayload"');
    expect(JSON.stringify(value)).not.toContain('\\u001b');
  });

  it('never throws, whatever the bytes', () => {
    const encoding = fc.oneof(
      fc.constantFrom('json/plain', 'binary/plain', 'binary/null', 'json/protobuf'),
      fc.string(),
    );
    fc.assert(
      fc.property(encoding, fc.uint8Array(), (name, data) => {
        expect(() => payloadConverter.fromPayload({ metadata: { encoding: bytes(name) }, data })).not.toThrow();
      }),
    );
  });

  it('reads and writes as the SDK does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const written = payloadConverter.toPayload(value);
        expect(written).toEqual(defaultPayloadConverter.toPayload(value));
        expect(payloadConverter.fromPayload(written)).toEqual(defaultPayloadConverter.fromPayload(written));
      }),
    );
  });
});
