import type { Stack } from '../../src/local/stack/stack.js';

/** Texts of the statements that the regions were asked to run since the log had `from` entries. */
export const statementsSince = (stack: Stack, from: number, pattern: RegExp): string[] =>
  stack.requestLog
    .entries()
    .slice(from)
    .flatMap(({ sql }) => (sql && pattern.test(sql) ? [sql] : []));
