import service from '@databricks/sql/thrift/TCLIService.js';
import thrift from 'thrift';
import type { ThriftService } from './service.js';

type Handler = ReturnType<ThriftService['handlerFor']>;

/** Name of the Thrift method that a request calls, without doing anything. */
export async function thriftMethod(body: Buffer): Promise<string> {
  return withProtocol(body, (input) => input.readMessageBegin().fname);
}

/**
 * One Thrift call in the binary protocol, bytes in, bytes out, as HTTP carries it.
 *
 * @throws what the protocol throws at bytes that are no Thrift message.
 */
export function callThrift(body: Buffer, handler: Handler): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const transport = new thrift.TBufferedTransport(undefined, (answer?: Buffer) => resolve(answer ?? Buffer.alloc(0)));
    const output = new thrift.TBinaryProtocol(transport);
    // The generated processor is typed for the older thrift package that the driver brings along; on the wire they agree.
    const processor = new service.Processor(handler) as unknown as {
      process(input: thrift.TBinaryProtocol, output: thrift.TBinaryProtocol): void;
    };
    withProtocol(body, (input) => processor.process(input, output)).catch(reject);
  });
}

function withProtocol<T>(body: Buffer, read: (input: thrift.TBinaryProtocol) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      const receive = thrift.TBufferedTransport.receiver((transport) => {
        resolve(read(new thrift.TBinaryProtocol(transport)));
      }, 0);
      receive(body);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
