import { z } from 'zod';
import type { LedgerRow } from '../domain/ledger.js';

/** The JSON in `detail`; null where there is none. Rows are written by all versions of the product. */
export function detailOf({ detail }: LedgerRow): unknown {
  try {
    return JSON.parse(detail ?? 'null');
  } catch {
    return null;
  }
}

const requestDetail = z.object({
  request: z.object({ kind: z.string(), outcome: z.string(), code: z.string().nullish() }),
});

export type AnsweredRequest = z.infer<typeof requestDetail>['request'];

/** What was asked for and what became of it; null for rows that tell of something else. */
export const answeredRequest = (row: LedgerRow): AnsweredRequest | null =>
  row.event === 'request' ? (requestDetail.safeParse(detailOf(row)).data?.request ?? null) : null;
