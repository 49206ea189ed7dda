import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { CommanderError } from 'commander';
import { ConfigError, EnvironmentError } from '../config/index.js';
import { DrError, isOperatorHold, isRefusal, isTransient } from '../domain/failure.js';

/** What the process tells its caller; fixed by contract. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** Wrong usage, or a configuration that can't be used. */
  badUsage: 2,
  /** A guard, a state or a missing right says no; the message says what to do. */
  refused: 3,
  /** Temporal or Databricks can't be reached. */
  unreachable: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An end of a command that its user has to know of: one line what, one line what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly remedy: string;

  constructor(exitCode: ExitCode, message: string, remedy: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}

export interface Explanation {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly remedy: string | null;
}

/** Any error as its exit code and the words for it. */
export function explain(error: unknown): Explanation {
  if (error instanceof CliError) return error;
  if (error instanceof ConfigError) {
    // What to do stands beside each finding.
    return { exitCode: exitCodes.badUsage, message: `The configuration ${error.file} can't be used.`, remedy: null };
  }
  if (error instanceof EnvironmentError) {
    return { exitCode: exitCodes.badUsage, message: error.message, remedy: error.remedy };
  }
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? exitCodes.done : exitCodes.badUsage, message: '', remedy: null };
  }
  if (error instanceof DrError) {
    return { exitCode: exitCodeOf(error.code), message: error.message, remedy: error.remedy ?? null };
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return { exitCode: exitCodes.failed, message: 'Interrupted.', remedy: null };
  }
  return explainTemporal(error);
}

/** Whether a failure means "can't be reached", "said no", or something else. */
export function exitCodeOf(code: string): ExitCode {
  if (isTransient(code)) return exitCodes.unreachable;
  if (code === 'GROUP_NOT_CONFIGURED') return exitCodes.badUsage;
  return isOperatorHold(code) || isRefusal(code) ? exitCodes.refused : exitCodes.failed;
}

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
