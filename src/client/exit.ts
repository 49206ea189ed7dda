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

/**
 * An error of the product itself, or of how it was called, as its exit code and the words for it; null for others. Knows
 * nothing of Temporal, whose client takes longer to load than most commands need to refuse.
 */
export function explainKnown(error: unknown): Explanation | null {
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
  return null;
}

/** Whether a failure means "can't be reached", "said no", or something else. */
export function exitCodeOf(code: string): ExitCode {
  if (isTransient(code)) return exitCodes.unreachable;
  if (code === 'GROUP_NOT_CONFIGURED') return exitCodes.badUsage;
  return isOperatorHold(code) || isRefusal(code) ? exitCodes.refused : exitCodes.failed;
}
