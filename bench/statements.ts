import type { Region } from '../src/domain/region.js';
import { regions, warehouses } from '../src/local/stack/layout.js';
import type { Stack } from '../src/local/stack/stack.js';

/** A statement that the product made. Times in milliseconds since the epoch. */
export interface SeenStatement {
  readonly region: Region;
  readonly sql: string;
  readonly submittedAt: number;
  /** Null while it runs. */
  readonly endedAt: number | null;
}

/** Everything that the warehouses of the syncs were asked since `sinceMs`, in both regions. */
export const statementsSince = (stack: Stack, sinceMs: number): readonly SeenStatement[] =>
  regions.flatMap((region) =>
    stack.regions[region].statements
      .history()
      .filter(
        ({ submission, submittedAt }) =>
          submission.warehouse.spec.id === warehouses[region].sync && submittedAt >= sinceMs,
      )
      .map(({ submission, submittedAt, endedAt }) => ({ region, sql: submission.sql, submittedAt, endedAt })),
  );

export const isClone = ({ sql }: SeenStatement): boolean => /\bDEEP\s+CLONE\b/i.test(sql);

/** Time in which at least one of the statements was running, however many at once. */
export function busyMs(statements: readonly SeenStatement[], nowMs: number): number {
  let total = 0;
  let coveredUntil = 0;
  for (const { submittedAt, endedAt } of statements.toSorted((a, b) => a.submittedAt - b.submittedAt)) {
    const end = endedAt ?? nowMs;
    total += Math.max(0, end - Math.max(submittedAt, coveredUntil));
    coveredUntil = Math.max(coveredUntil, end);
  }
  return total;
}
