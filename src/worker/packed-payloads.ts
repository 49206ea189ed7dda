/**
 * Large payloads are compressed on their way to the Temporal server: it refuses a payload above 2 MB and a message above
 * 4 MB, and a group of a thousand tables names each of them several times. What is small stays as it is, readable in the
 * Web UI and by the `temporal` command line; nobody but workers reads the large ones.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Payload, PayloadCodec } from '@temporalio/common';

const packedEncoding = 'binary/gzip';
/** Metadata key of a packed payload: the encoding of what is packed. */
const innerEncoding = 'packed-encoding';

/** The server warns above 256 KB. The answer of the `status` query is always smaller than this, for anybody may ask it. */
export const packedAboveBytes = 128 * 1024;

/** Far above any of ours: a signal of a few kilobytes must not fill the memory of every worker. */
const unpackedAtMostBytes = 64 * 1024 * 1024;

const compress = promisify(gzip);
const expand = promisify(gunzip);

export const packedPayloads: PayloadCodec = {
  encode: (payloads) => Promise.all(payloads.map(pack)),
  decode: (payloads) => Promise.all(payloads.map(unpack)),
};

async function pack(payload: Payload): Promise<Payload> {
  const { metadata, data } = payload;
  if (!metadata?.encoding || !data || data.length <= packedAboveBytes) return payload;
  return {
    metadata: { ...metadata, encoding: Buffer.from(packedEncoding), [innerEncoding]: metadata.encoding },
    data: await compress(data),
  };
}

/** What calls itself packed and is not stays what it is: its reader refuses it as it does any nonsense. */
async function unpack(payload: Payload): Promise<Payload> {
  const { [innerEncoding]: encoding, ...metadata } = payload.metadata ?? {};
  if (!encoding || !payload.data || Buffer.from(metadata.encoding ?? []).toString() !== packedEncoding) return payload;
  try {
    return {
      metadata: { ...metadata, encoding },
      data: await expand(payload.data, { maxOutputLength: unpackedAtMostBytes }),
    };
  } catch {
    return payload;
  }
}
