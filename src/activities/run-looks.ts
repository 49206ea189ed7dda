import type { JobRun } from '../domain/runs.js';

/** What one look at a job told. */
export interface JobLook {
  readonly jobId: string;
  readonly isContinuous: boolean;
  readonly runs: readonly JobRun[];
  /** When the look began, epoch ms: it tells of nothing that happened later. */
  readonly at: number;
}

export interface LookQuestion {
  /** Workspace, region and name of the job. */
  readonly job: string;
  /** Runs that ended before this do not matter (epoch ms); null: the newest runs are wanted, whenever they ended. */
  readonly since: number | null;
  /** Lists the runs. */
  ask(since: number | null): Promise<Omit<JobLook, 'at'>>;
}

export interface RunLooks {
  /** A look that begins after this call, for who must not miss what has just ended. Those who wait for it share it. */
  now(question: LookQuestion): Promise<JobLook>;
  /** A look that began at this instant (epoch ms) or later, one that is under way included: asked at most once. */
  shared(question: LookQuestion, notBefore: number): Promise<JobLook>;
}

interface Kept {
  readonly since: number | null;
  readonly at: number;
  readonly look: Promise<JobLook>;
  /** The furthest back that anybody asked for while this was the newest look: the next one goes as far for all of them. */
  furthest: number | null;
}

/**
 * The looks at jobs that the groups of one worker share, one per workspace and job. How old a look may be is told by who
 * asks.
 */
export function createRunLooks(clock: () => number): RunLooks {
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<unknown>>();

  function look({ job, since, ask }: LookQuestion, known: Kept | undefined): Promise<JobLook> {
    const key = keyOf(job, since);
    const at = clock();
    const from = furthest(since, known?.furthest ?? null);
    const answer = ask(from).then((told) => ({ ...told, at }));
    const mine: Kept = { since: from, at, look: answer, furthest: since };
    kept.set(key, mine);
    const settled = answer.then(
      () => undefined,
      // A failure is not kept: the next one who asks tries again.
      () => {
        if (kept.get(key) === mine) kept.delete(key);
      },
    );
    underWay.set(key, settled);
    void settled.finally(() => {
      if (underWay.get(key) === settled) underWay.delete(key);
    });
    return answer;
  }

  return {
    shared(question, notBefore) {
      const known = kept.get(keyOf(question.job, question.since));
      if (known === undefined) return look(question, known);
      known.furthest = furthest(question.since, known.furthest);
      return covers(known, question) && known.at >= notBefore ? known.look : look(question, known);
    },
    async now(question) {
      // All who come while a look is under way, which may miss what they ask about, share the one after it.
      const key = keyOf(question.job, question.since);
      const before = kept.get(key);
      await underWay.get(key);
      const newest = kept.get(key);
      const isLater = newest !== undefined && newest !== before;
      return isLater && covers(newest, question) ? newest.look : look(question, newest);
    },
  };
}

/** Whether the list goes as far back as is asked for. */
const covers = (known: Kept, { since }: LookQuestion): boolean => since === null || (known.since ?? Infinity) <= since;

/** The newest runs and those since an instant are lists of different kinds: neither contains the other. */
const keyOf = (job: string, since: number | null): string => `${job}${since === null ? ' newest' : ''}`;

const furthest = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);
