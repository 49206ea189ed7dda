import { SqlError } from './statement.js';

interface Rule {
  readonly pattern: RegExp;
  readonly toError: (match: RegExpExecArray, cause: unknown) => SqlError;
}

/** DuckDB's complaints in Databricks' words. First match wins. */
const RULES: readonly Rule[] = [
  {
    pattern: /\[DIVIDE_BY_ZERO\]/,
    toError: (_, cause) =>
      new SqlError(
        'DIVIDE_BY_ZERO',
        '22012',
        'Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.',
        { cause },
      ),
  },
  {
    pattern: /\[NOT_NULL\](.*)/,
    toError: ([, column = ''], cause) =>
      new SqlError(
        'DELTA_NOT_NULL_CONSTRAINT_VIOLATED',
        '23502',
        `NOT NULL constraint violated for column: ${column}.`,
        { cause },
      ),
  },
  {
    pattern: /Referenced column "([^"]+)" not found|(?:does not have a column named|Column with name) "?([^"\s]+)"?/,
    toError: ([, first, second], cause) =>
      new SqlError(
        'UNRESOLVED_COLUMN.WITH_SUGGESTION',
        '42703',
        `A column, variable, or function parameter with name \`${first ?? second ?? ''}\` cannot be resolved.`,
        { cause },
      ),
  },
  {
    pattern: /Referenced table "([^"]+)" not found/,
    toError: ([, name = ''], cause) =>
      new SqlError(
        'UNRESOLVED_COLUMN.WITHOUT_SUGGESTION',
        '42703',
        `A column, variable, or function parameter of \`${name}\` cannot be resolved.`,
        { cause },
      ),
  },
  {
    pattern: /Function with name "?([^\s"]+)"? does not exist/,
    toError: ([, name = ''], cause) =>
      new SqlError('UNRESOLVED_ROUTINE', '42883', `Cannot resolve routine \`${name}\` on the local region.`, { cause }),
  },
  {
    pattern: /Conversion Error:?\s*(.*)/,
    toError: ([, text = ''], cause) =>
      new SqlError(
        'CAST_INVALID_INPUT',
        '22018',
        `${text}. Correct the value as per the syntax, or change its target type. Use \`try_cast\` to tolerate malformed input and return NULL instead.`,
        { cause },
      ),
  },
  {
    pattern: /Out of Range Error:?\s*(.*)/,
    toError: ([, text = ''], cause) => new SqlError('ARITHMETIC_OVERFLOW', '22003', `${text}.`, { cause }),
  },
  {
    pattern: /Parser Error:?\s*(.*)/,
    toError: ([, text = ''], cause) => new SqlError('PARSE_SYNTAX_ERROR', '42601', `${text}.`, { cause }),
  },
  {
    pattern: /(?:IO|HTTP) Error:?\s*(.*)/,
    toError: ([, text = ''], cause) => new SqlError('FAILED_READ_FILE', 'KD001', `${text}.`, { cause }),
  },
  {
    pattern: /Binder Error:?\s*(.*)/,
    toError: ([, text = ''], cause) => new SqlError('DATATYPE_MISMATCH', '42K09', `${text}.`, { cause }),
  },
];

/** A DuckDB failure as the region's warehouse reports it. Errors that are ours already pass unchanged. */
export function fromDuckError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  const text = error instanceof Error ? error.message : String(error);
  for (const { pattern, toError } of RULES) {
    const match = pattern.exec(text);
    if (match !== null) return toError(match, error);
  }
  return new SqlError('INTERNAL_ERROR', 'XX000', text, { cause: error });
}
