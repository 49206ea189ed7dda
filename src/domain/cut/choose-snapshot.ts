import type { VersionsChoice } from './choose-versions.js';
import { choosePerTable, defaultClockSkewMarginMs } from './choose-versions.js';
import type { Instant } from './instant.js';
import type { MissingTable, SourceTable } from './table-history.js';

export interface ChooseSnapshotInput {
  /** One instant for all tables, epoch ms; at least a margin before `now`, or the answer is to wait. */
  readonly instant: number;
  readonly tables: readonly SourceTable[];
  /** Tables of the group that do not exist now. */
  readonly missing?: readonly MissingTable[];
  /** When the histories began to be read, epoch ms. */
  readonly now: number;
  readonly acknowledgeStreaming: boolean;
  readonly clockSkewMarginMs?: number;
}

/** Tables without a job: each at its last change up to one instant. No run vouches for it, so points say `snapshot`. */
export function chooseSnapshot(input: ChooseSnapshotInput): VersionsChoice {
  const marginMs = input.clockSkewMarginMs ?? defaultClockSkewMarginMs;
  // A commit with an earlier time than the instant may still be on its way into the history.
  if (input.now < input.instant + marginMs) return { kind: 'wait', until: input.instant + marginMs };
  const instant: Instant = {
    endTime: input.instant,
    marginMs,
    now: input.now,
    nextStart: null,
    acknowledgeStreaming: input.acknowledgeStreaming,
    authorOf: ({ job, userName }) => ({
      kind: 'foreign',
      who: job ? `job ${job.jobId}` : (userName ?? 'an unknown writer'),
    }),
  };
  return choosePerTable(input, instant);
}
