import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { Explanation } from './exit.js';
import { exitCodes, explainKnown } from './exit.js';

/** Any error as its exit code and the words for it. */
export const explainFailure = (error: unknown): Explanation => explainKnown(error) ?? explainTemporal(error);

/** gRPC status codes, as in google.rpc.Code. */
const grpc = { deadlineExceeded: 4, notFound: 5, permissionDenied: 7, unavailable: 14, unauthenticated: 16 } as const;

function explainTemporal(error: unknown): Explanation {
  const cause = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(cause)) {
    return {
      exitCode: exitCodes.failed,
      message: error instanceof Error ? error.message : String(error),
      remedy: null,
    };
  }
  switch (cause.code) {
    case grpc.unavailable:
    case grpc.deadlineExceeded:
      return {
        exitCode: exitCodes.unreachable,
        message: `Temporal does not answer any more (${cause.details}).`,
        remedy: 'Look at the Temporal server, then try again.',
      };
    case grpc.permissionDenied:
    case grpc.unauthenticated:
      return {
        exitCode: exitCodes.refused,
        message: `Temporal refuses (${cause.details}).`,
        remedy: 'Use an API key or certificate with the right to do this in the namespace.',
      };
    case grpc.notFound:
      return {
        exitCode: exitCodes.badUsage,
        message: `Temporal does not know it (${cause.details}).`,
        remedy: 'Look at TEMPORAL_NAMESPACE, and run `lakehouse-dr apply` for a new configuration.',
      };
    default:
      return { exitCode: exitCodes.failed, message: `Temporal: ${cause.details}`, remedy: null };
  }
}
