import { isGrpcServiceError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalSettings } from '../config/index.js';

/** Temporal does not answer, or not us. Names the address. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';
}

/** For a host that swallows packets the core waits much longer. A person who starts a worker wants to know sooner. */
const connectTimeoutMs = 10_000;

/** Codes of gRPC: https://grpc.io/docs/guides/status-codes/ */
const grpcNotFound = 5;

/**
 * Connects and looks whether the namespace exists, so that a wrong address or name is one clear error at the start.
 *
 * @throws TemporalUnreachableError
 */
export async function connectToTemporal(settings: TemporalSettings): Promise<NativeConnection> {
  const { address, namespace } = settings;
  const unreachable = (problem: string, cause: unknown): TemporalUnreachableError =>
    new TemporalUnreachableError(`Temporal at ${address} (namespace ${namespace}) can't be used: ${problem}.`, {
      cause,
    });

  const connecting = NativeConnection.connect(settings.connectionOptions);
  const connection = await within(connectTimeoutMs, connecting).catch((cause: unknown) => {
    throw unreachable(cause instanceof TimeoutError ? cause.message : problemOf(cause), cause);
  });
  try {
    await connection.withDeadline(Date.now() + connectTimeoutMs, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return connection;
  } catch (cause) {
    await connection.close();
    const notFound = isGrpcServiceError(cause) && Number(cause.code) === grpcNotFound;
    throw unreachable(notFound ? 'the namespace does not exist there' : problemOf(cause), cause);
  }
}

class TimeoutError extends Error {}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`no answer within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The native client's errors nest types in their text; people need the part that the system said. */
function problemOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /message: "([^"]+)"/.exec(text)?.[1]?.toLowerCase() ?? text;
}
