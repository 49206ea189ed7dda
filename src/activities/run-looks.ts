import type { JobRun } from '../domain/runs.js';

/** What one look at a job told. */
export interface JobLook {
  readonly jobId: string;
  readonly runs: readonly JobRun[];
  /** When the look began, epoch ms: it tells of nothing that happened later. */
  readonly at: number;
}

export interface LookQuestion {
  /** Workspace, region and name of the job. */
  readonly job: string;
  /** Runs that ended before this do not matter (epoch ms); null: the newest runs are wanted, whenever they ended. */
  readonly since: number | null;
  /** Asks the Jobs API. */
  ask(since: number | null): Promise<Omit<JobLook, 'at'>>;
}

export interface RunLooks {
  /** A look of now, for who must not miss what has just ended. Those who wait share it. */
  now(question: LookQuestion): Promise<JobLook>;
  /** A look that began less than `maxAgeMs` ago, one that is under way included: asked at most once, whoever waits. */
  shared(question: LookQuestion, maxAgeMs: number): Promise<JobLook>;
}

interface Kept {
  readonly since: number | null;
  readonly at: number;
  readonly look: Promise<JobLook>;
  /** The furthest back that anybody asked for while this was the newest look: the next one goes as far for all of them. */
  furthest: number | null;
}

/**
 * The looks at jobs that the groups of one worker share, one per workspace and job, so that a job is listed once per
 * poll however many groups wait for it.
 *
 * How old a look may be is the poll of who asks: a second for a wait that has just begun, up to half a minute for one
 * that has lasted (`adaptiveDelayMs`). Who was served an older look comes back when that look, not the answer, is one
 * poll old; so an end is noticed no later than without sharing. A job that several groups have waited for longer than
 * 200 s is thus listed at most once in 10 s.
 */
export function createRunLooks(clock: () => number): RunLooks {
  const kept = new Map<string, Kept>();

  function look({ job, since, ask }: LookQuestion, known: Kept | undefined): Promise<JobLook> {
    const at = clock();
    const from = furthest(since, known?.furthest ?? null);
    const answer = ask(from).then((told) => ({ ...told, at }));
    const mine: Kept = { since: from, at, look: answer, furthest: since };
    kept.set(keyOf(job, since), mine);
    // A failure is not kept: the next one who asks tries again.
    answer.catch(() => {
      if (kept.get(keyOf(job, since)) === mine) kept.delete(keyOf(job, since));
    });
    return answer;
  }

  return {
    now: (question) => look(question, kept.get(keyOf(question.job, question.since))),
    shared(question, maxAgeMs) {
      const known = kept.get(keyOf(question.job, question.since));
      if (known === undefined) return look(question, known);
      known.furthest = furthest(question.since, known.furthest);
      const covers = question.since === null || (known.since ?? Infinity) <= question.since;
      return covers && clock() - known.at < maxAgeMs ? known.look : look(question, known);
    },
  };
}

/** The newest runs and those since an instant are lists of different kinds: neither contains the other. */
const keyOf = (job: string, since: number | null): string => `${job}${since === null ? ' newest' : ''}`;

const furthest = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);
