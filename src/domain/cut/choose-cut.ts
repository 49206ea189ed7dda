import type { Failure } from '../failure.js';
import type { ChooseRunInput, RunChoice } from './choose-run.js';
import { chooseRun } from './choose-run.js';
import type { ChooseVersionsInput, VersionsChoice } from './choose-versions.js';
import { chooseVersions } from './choose-versions.js';
import type { CutCandidate } from './overlapping-sets.js';
import type { RunVerdict } from './run-verdicts.js';
import type { TableCut } from './table-cut.js';
import { describeRun, iso } from './words.js';

export interface ChooseCutInput extends Omit<ChooseVersionsInput, 'endTime' | 'runs'> {
  /** As `chooseRun` found them before the histories were read, newest first; never empty. */
  readonly candidates: readonly CutCandidate[];
  /**
   * The same question with the runs as they were read after the histories, those that commits name and no list told
   * included: they have the last word on whose a commit is and on whether the job was at rest.
   */
  readonly look: ChooseRunInput;
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
  const { look } = input;
  const later = chooseRun(look);
  const tried: TriedCandidate[] = [];
  for (const candidate of input.candidates) {
    const outcome = isConfirmed(candidate, later, look)
      ? chooseVersions({ ...input, runs: look.runs, endTime: candidate.endTime })
      : disproved(candidate, later);
    tried.push({ candidate, outcome });
    if (outcome.kind === 'wait') return { kind: 'wait', until: outcome.until, tried };
    if (outcome.kind === 'versions') return { kind: 'cut', candidate, tables: outcome.tables, tried };
  }
  const newest = tried[0]?.outcome;
  if (newest?.kind !== 'failed') throw new Error('chooseCut was asked without a candidate');
  return { kind: 'failed', failure: newest.failure, tried };
}

/**
 * The published end that is cut again makes no candidate any more, and its run may be deleted since: it is enough that
 * nothing is known against it.
 */
const isConfirmed = ({ endTime }: CutCandidate, later: RunChoice, { published }: ChooseRunInput): boolean =>
  endTime === published?.endTime
    ? activeAt(endTime, later).length === 0
    : later.kind === 'cut' && later.candidates.some((one) => one.endTime === endTime);

const activeAt = (instant: number, { verdicts }: RunChoice): RunVerdict[] =>
  verdicts.filter(({ startTime, endTime }) => startTime < instant && (endTime ?? Infinity) > instant);

function disproved({ run, endTime }: CutCandidate, later: RunChoice): VersionsChoice {
  const others = activeAt(endTime, later).map(
    (other) =>
      `${describeRun(other.run)} (${iso(other.startTime)} to ${other.endTime === null ? 'now' : iso(other.endTime)})`,
  );
  const because =
    others.length > 0
      ? `it was active at that time: ${others.join(', ')}`
      : 'a run that overlaps with it did not succeed';
  return {
    kind: 'failed',
    failure: {
      code: 'NO_QUIET_POINT',
      message: `${describeRun(run)} ended at ${iso(endTime)}, but as the runs are known now the job left no state of finished runs alone there: ${because}.`,
      remedy: 'The end of the next good run makes a cut again.',
    },
    tables: [],
  };
}
