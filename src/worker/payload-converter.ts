/**
 * The workflow sandbox's payload converter: the SDK's own, except that reading can't throw.
 *
 * A signal's payload comes unchecked from any command line. Where the SDK's converter throws (text that is no JSON, an
 * encoding that nobody here knows), it does so before any handler is called: the Workflow Task fails, is retried for
 * ever, and one mistyped signal has stopped a group's protection. Here such a payload becomes a marker that every
 * handler refuses as bad input.
 *
 * It is bundled into the sandbox only. Outside of it a payload is either the product's own or read by a client, for
 * whom an error is the right answer. (The SDK loads a converter outside the sandbox by `require`, which ES modules
 * answer only from Node 20.19 on.)
 */
import type { Payload, PayloadConverter, SerializationContext } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';

/** What stands for a payload that can't be read. Its only key is one that no message of the product has. */
interface UndecodablePayload {
  readonly undecodablePayload: { readonly encoding: string; readonly problem: string };
}

export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload: <T>(payload: Payload, context?: SerializationContext): T => {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload, context);
    } catch (error) {
      return undecodable(payload, error) as T;
    }
  },
};

function undecodable(payload: Payload, error: unknown): UndecodablePayload {
  const problem = error instanceof Error ? error.name : 'unknown problem';
  return { undecodablePayload: { encoding: encodingOf(payload), problem } };
}

/** For a log line: printable ASCII alone, and not much of it. */
function encodingOf(payload: Payload): string {
  const bytes = payload.metadata?.encoding ?? new Uint8Array();
  return [...bytes.subarray(0, 40)]
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?'))
    .join('');
}
