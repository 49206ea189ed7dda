/**
 * Every way in which the product can fail, as a closed list. Activities throw only these (cast in one place, the cause
 * kept), workflows decide by them, people read the remedy.
 */
const transientCodes = ['REGION_UNREACHABLE', 'WAREHOUSE_UNAVAILABLE', 'RATE_LIMITED', 'COMMIT_CONFLICT'] as const;

const cutHoldCodes = ['NO_QUIET_POINT', 'AMBIGUOUS_COMMIT', 'CUT_NOT_PURE', 'VERSION_EXPIRED'] as const;

const operatorHoldCodes = [
  'AUTH_FAILED',
  'PERMISSION_DENIED',
  'JOB_NOT_FOUND',
  'JOB_AMBIGUOUS',
  'TABLE_NOT_FOUND',
  'UNSUPPORTED_TABLE',
  'UNSUPPORTED_CHANGE',
  'LOCATION_NOT_FOUND',
  'GROUP_NOT_CONFIGURED',
  'TARGET_CHANGED',
  'DIVERGED',
  'SUPERSEDED',
] as const;

const refusalCodes = ['NO_RECOVERY_POINT', 'ALREADY_THERE', 'NOT_PROTECTED', 'PAUSED', 'SWITCH_UNDER_WAY'] as const;

const stepFailureCodes = [
  'VERIFY_FAILED',
  'STATEMENT_FAILED',
  'STATEMENT_CANCELED',
  'UNEXPECTED_ANSWER',
  'UNEXPECTED_ERROR',
  'MAIL_FAILED',
] as const;

/** Retried inside a step with back-off; Retry-After is honoured. */
export type TransientCode = (typeof transientCodes)[number];
/** Clears by itself as soon as a newer cut is valid. */
export type CutHoldCode = (typeof cutHoldCodes)[number];
/** Waits for `resume`, or for the answer that the remedy names. Nothing was overwritten. */
export type OperatorHoldCode = (typeof operatorHoldCodes)[number];
/** A request that is answered with no; the answer stays in `status.requests`. */
export type RefusalCode = (typeof refusalCodes)[number];
/** The step failed; it counts as one of `sync_max_retries` attempts. */
export type StepFailureCode = (typeof stepFailureCodes)[number];

export type HoldCode = CutHoldCode | OperatorHoldCode;
export type FailureCode = TransientCode | HoldCode | RefusalCode | StepFailureCode;

const includes = <T extends string>(list: readonly T[], code: string): code is T =>
  (list as readonly string[]).includes(code);

export const isTransient = (code: string): code is TransientCode => includes(transientCodes, code);
export const isCutHold = (code: string): code is CutHoldCode => includes(cutHoldCodes, code);
export const isOperatorHold = (code: string): code is OperatorHoldCode => includes(operatorHoldCodes, code);
export const isRefusal = (code: string): code is RefusalCode => includes(refusalCodes, code);

/** A failure as it is stored and shown: what happened, to which object, what to do. */
export interface Failure {
  readonly code: FailureCode;
  /** One or two sentences: what happened, to which object. Never a token. */
  readonly message: string;
  /** What a person can do about it; absent when nothing is needed. */
  readonly remedy?: string;
}

const knownCodes: readonly string[] = [
  ...transientCodes,
  ...cutHoldCodes,
  ...operatorHoldCodes,
  ...refusalCodes,
  ...stepFailureCodes,
];

export const isFailureCode = (code: string): code is FailureCode => knownCodes.includes(code);

/**
 * The only error that `databricks/`, `config/` and activities throw on purpose.
 *
 * @param code     what kind of failure; decides whether it is retried, held or refused
 * @param message  what happened, to which object
 * @param options  `remedy` for people, `retryAfterMs` when a server named a delay, `cause` the original error
 */
export class DrError extends Error {
  override readonly name = 'DrError';
  readonly code: FailureCode;
  readonly remedy: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: { remedy?: string | undefined; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** What travels and is kept: state, status and mails hold it, so its texts are cut where they get too long. */
  toFailure(): Failure {
    const remedy = this.remedy === undefined ? {} : { remedy: cut(this.remedy) };
    return { code: this.code, message: cut(this.message), ...remedy };
  }
}

/** A thousand tables named in one sentence would fill a state and no screen. */
const longestText = 2000;

const cut = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);

/** A failure that a decision came to, as the error that a step ends with. */
export const errorOf = ({ code, message, remedy }: Failure): DrError => new DrError(code, message, { remedy });
