import type { ChooseRunInput } from '../cut/index.js';
import type { RunKey } from '../runs.js';
import type { GroupSettings } from '../spec.js';
import type { GroupState } from './state.js';

/** What a group's next run is chosen after. */
export interface PublishedRun {
  /** null: a snapshot. */
  readonly run: RunKey | null;
  /** Epoch ms. */
  readonly endTime: number;
  /** Of the spec that the point was made with. */
  readonly specHash: string;
  /** When a switch made this region the active one, epoch ms: only runs that began since make a cut. null: none did. */
  readonly switchedAt: number | null;
}

/** null: nothing was published yet. */
export const publishedRun = ({
  points: [published],
  switchedAt,
}: Pick<GroupState, 'points' | 'switchedAt'>): PublishedRun | null =>
  published
    ? {
        run: published.source.kind === 'run' ? published.source : null,
        endTime: published.runEndTime,
        specHash: published.specHash,
        switchedAt,
      }
    : null;

/** What is asked about the runs of a group's job, the runs aside. */
export const runQuestion = (
  { acceptPartialSuccess, specHash }: Pick<GroupSettings, 'acceptPartialSuccess' | 'specHash'>,
  published: PublishedRun | null,
): Omit<ChooseRunInput, 'runs'> => ({
  published,
  acceptPartialSuccess,
  // A table that was configured since is missing in the published point, or the point lies elsewhere: its run is cut once more.
  recut: published !== null && published.specHash !== specHash,
  switchedAt: published?.switchedAt ?? null,
});
