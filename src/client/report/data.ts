import type { LedgerRow } from '../../domain/ledger.js';
import type { GroupRef } from '../../domain/spec.js';
import type { GroupStatus } from '../../domain/status.js';

/** One group as the report knows it; what could not be asked is said in words. */
export interface ReportGroup extends GroupRef {
  readonly status: GroupStatus | { readonly unknownBecause: string };
  /** Group rows of the ledgers that answered, newest first, each event once. */
  readonly rows: readonly LedgerRow[];
}

/** Everything that stands on the page: plain data, so that the page is a pure function of it. */
export interface ReportData {
  /** Epoch ms. */
  readonly generatedAt: number;
  readonly version: string;
  /** What did not answer, in sentences for people. Never a token. */
  readonly unanswered: readonly string[];
  readonly groups: readonly ReportGroup[];
}

export const hasStatus = (status: ReportGroup['status']): status is GroupStatus => !('unknownBecause' in status);
