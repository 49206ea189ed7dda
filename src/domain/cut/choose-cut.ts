import type { Failure } from '../failure.js';
import type { ChooseVersionsInput, VersionsChoice } from './choose-versions.js';
import { chooseVersions } from './choose-versions.js';
import type { CutCandidate } from './overlapping-sets.js';
import type { TableCut } from './table-cut.js';

export interface ChooseCutInput extends Omit<ChooseVersionsInput, 'endTime'> {
  /** As `chooseRun` found them, newest first; never empty. */
  readonly candidates: readonly CutCandidate[];
}

/** What became of one candidate, for `explain`. */
export interface TriedCandidate {
  readonly candidate: CutCandidate;
  readonly outcome: VersionsChoice;
}

export type CutChoice = { readonly tried: readonly TriedCandidate[] } & (
  | { readonly kind: 'cut'; readonly candidate: CutCandidate; readonly tables: readonly TableCut[] }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'failed'; readonly failure: Failure }
);

/**
 * The newest candidate whose every table has an exact version. Where the newest end makes no cut, an older one that is
 * still newer than the published point may; the failure of the newest is told when none does.
 */
export function chooseCut(input: ChooseCutInput): CutChoice {
  const tried: TriedCandidate[] = [];
  for (const candidate of input.candidates) {
    const outcome = chooseVersions({ ...input, endTime: candidate.endTime });
    tried.push({ candidate, outcome });
    if (outcome.kind === 'wait') return { kind: 'wait', until: outcome.until, tried };
    if (outcome.kind === 'versions') return { kind: 'cut', candidate, tables: outcome.tables, tried };
  }
  const newest = tried[0]?.outcome;
  if (newest?.kind !== 'failed') throw new Error('chooseCut was asked without a candidate');
  return { kind: 'failed', failure: newest.failure, tried };
}
