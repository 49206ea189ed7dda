import type { RunKey, RunResult } from '../runs.js';
import type { Episode, RunActivity } from './activity.js';
import { hasStarted } from './activity.js';
import type { Counting, CutCandidate, OverlappingSet } from './overlapping-sets.js';
import { compareIds, describeRun, iso } from './words.js';

/** Why a run makes a cut or none. */
export type RunVerdictKind =
  | 'cut'
  | 'superseded'
  | 'not-newer'
  | 'part-of-set'
  | 'active'
  | 'never-started'
  | 'does-not-count'
  | 'before-the-switch'
  | 'overlaps-active'
  | 'overlaps-failed';

export interface RunVerdict {
  readonly run: RunKey;
  readonly startTime: number;
  readonly endTime: number | null;
  readonly result: RunResult | null;
  readonly verdict: RunVerdictKind;
  /** A sentence for people. */
  readonly because: string;
}

interface VerdictInput {
  readonly activities: readonly RunActivity[];
  readonly sets: readonly OverlappingSet[];
  /** End of the published point: only later ends are news. */
  readonly floor: number;
  readonly chosen: CutCandidate | null;
  readonly counting: Counting;
}

/** One verdict per run and repair, newest start first. */
export function runVerdicts(input: VerdictInput): RunVerdict[] {
  const started = input.sets.flatMap((set) => set.episodes.map((episode) => judge(episode, set, input)));
  const idle = input.activities.flatMap(({ run }) =>
    run.segments
      .filter((segment) => !hasStarted(segment))
      .map(
        (segment): RunVerdict => ({
          run: { runId: run.runId, repairId: segment.repairId },
          startTime: segment.startTime,
          endTime: segment.endTime,
          result: segment.result,
          verdict: 'never-started',
          because: 'It was queued or skipped and never ran.',
        }),
      ),
  );
  return [...started, ...idle].sort(
    (a, b) =>
      b.startTime - a.startTime ||
      compareIds(b.run.runId, a.run.runId) ||
      compareIds(b.run.repairId ?? '', a.run.repairId ?? ''),
  );
}

function judge(episode: Episode, set: OverlappingSet, input: VerdictInput): RunVerdict {
  const { run, startTime, endTime, result } = episode;
  const [verdict, because] = verdictOf(episode, set, input);
  return { run, startTime, endTime, result, verdict, because };
}

function verdictOf(
  episode: Episode,
  set: OverlappingSet,
  { counting, chosen, floor }: VerdictInput,
): [RunVerdictKind, string] {
  if (episode.endTime === null) return ['active', `It is active since ${iso(episode.startTime)}.`];
  if (counting.isEarly(episode)) {
    return ['before-the-switch', 'The run began before this region became the active one.'];
  }
  if (!counting.isGood(episode)) {
    return [
      'does-not-count',
      `It ended as ${episode.result ?? 'unknown'}; what it wrote is part of the next good run's state.`,
    ];
  }
  if (set.endTime === null) {
    const active = set.episodes.filter(({ endTime }) => endTime === null).map(({ run }) => describeRun(run));
    return ['overlaps-active', `The job was not quiet at its end: ${active.join(', ')} is active.`];
  }
  if (set.cut === null) {
    const failed = set.episodes.filter((other) => !counting.isGood(other)).map(({ run }) => describeRun(run));
    return ['overlaps-failed', `It overlaps with ${failed.join(', ')}, which did not succeed here.`];
  }
  const lastInSet = set.cut.run.runId === episode.run.runId && set.endTime === episode.endTime;
  if (!lastInSet)
    return ['part-of-set', `It overlaps with ${describeRun(set.cut.run)} and is complete in that run's cut.`];
  if (chosen?.endTime === set.endTime) return ['cut', 'The job was quiet at its end, and nothing newer makes a cut.'];
  if (set.endTime <= floor) return ['not-newer', 'What is published is as new or newer.'];
  return ['superseded', 'It makes a cut, but a newer run does too.'];
}
