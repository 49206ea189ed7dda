/** Which run end is copied next, rule by rule. Written in the notation of `notation.ts`, printed in docs/cut.md. */
export interface RunExample {
  readonly title: string;
  readonly runs: readonly string[];
  /** `A 10:05`, or `10:05` for a snapshot. */
  readonly published?: string;
  readonly acceptPartialSuccess?: true;
  readonly switchedAt?: string;
  readonly recut?: true;
  readonly answer: string;
}

export interface RunRule {
  readonly rule: string;
  readonly examples: readonly RunExample[];
}

export const runRules: readonly RunRule[] = [
  {
    rule: 'A run counts when it ended in SUCCESS. Others make no cut; what they wrote is part of what a later good run leaves, and is listed.',
    examples: [
      { title: 'a good run', runs: ['A 10:00-10:05'], answer: 'cut A at 10:05' },
      { title: 'no run yet', runs: [], answer: 'never ran' },
      { title: 'the first run is active', runs: ['A 10:00-'], answer: 'wait for A since 10:00' },
      { title: 'only failed runs', runs: ['A 10:00-10:05 FAILED'], answer: 'never ran' },
      {
        title: 'cancelled, timed out and failed runs in between',
        runs: ['A 10:00-10:05', 'B 10:10-10:12 CANCELED', 'C 10:20-10:50 TIMEDOUT', 'D 11:00-11:01 FAILED'],
        published: 'A 10:05',
        answer: 'nothing new; failed since: B, C, D',
      },
      {
        title: 'a good run after a failed one',
        runs: ['A 10:00-10:05 FAILED', 'B 10:10-10:15'],
        answer: 'cut B at 10:15; with what A left',
      },
      {
        title: 'an unknown result',
        runs: ['A 10:00-10:05 SOME_NEW_STATE'],
        answer: 'never ran',
      },
      {
        title: 'some tasks failed',
        runs: ['A 10:00-10:05 SUCCESS_WITH_FAILURES'],
        answer: 'never ran',
      },
      {
        title: 'some tasks failed, and accept_partial_success is set',
        runs: ['A 10:00-10:05 SUCCESS_WITH_FAILURES'],
        acceptPartialSuccess: true,
        answer: 'cut A at 10:05',
      },
    ],
  },
  {
    rule: 'The newest valid end wins; runs that end faster than they are copied coalesce. What is published is never followed by something older.',
    examples: [
      {
        title: 'three runs since the last sync',
        runs: ['A 10:00-10:05', 'B 10:10-10:15', 'C 10:20-10:25'],
        published: 'A 10:05',
        answer: 'cut C at 10:25; superseded: B; 2 behind',
      },
      {
        title: 'whatever the order of the list',
        runs: ['C 10:20-10:25', 'A 10:00-10:05', 'B 10:10-10:15'],
        published: 'A 10:05',
        answer: 'cut C at 10:25; superseded: B; 2 behind',
      },
      {
        title: 'a page of the list shows a run again, in an earlier state',
        runs: ['A 10:00-', 'A 10:00-10:05', 'A 10:00-'],
        answer: 'cut A at 10:05',
      },
      { title: 'nothing new', runs: ['A 10:00-10:05'], published: 'A 10:05', answer: 'nothing new' },
      {
        title: 'the published run was deleted from the Jobs API, an older one is still listed',
        runs: ['A 10:00-10:05'],
        published: 'B 10:15',
        answer: 'nothing new',
      },
      {
        title: 'the next run is active: the last end is copied, the present is not looked at',
        runs: ['A 10:00-10:05', 'B 10:10-'],
        answer: 'cut A at 10:05; not in it: B',
      },
      {
        title: 'the next run is active and the last end is published',
        runs: ['A 10:00-10:05', 'B 10:10-'],
        published: 'A 10:05',
        answer: 'wait for B since 10:10',
      },
      {
        title: 'a continuous job: the next run starts in the millisecond in which one ends',
        runs: ['A 10:00-10:05', 'B 10:05-10:10', 'C 10:10-'],
        answer: 'cut B at 10:10; superseded: A; not in it: C; 2 behind',
      },
      {
        title: 'a table is new in the group and no run is newer: the published end is cut again',
        runs: ['A 10:00-10:05', 'B 10:10-'],
        published: 'A 10:05',
        recut: true,
        answer: 'cut A at 10:05; not in it: B; 0 behind',
      },
      {
        title: 'a table is new in the group and the published run was deleted since',
        runs: [],
        published: 'A 10:05',
        recut: true,
        answer: 'cut A at 10:05; 0 behind',
      },
      {
        title: 'a table is new in the group and a newer run ended',
        runs: ['A 10:00-10:05', 'B 10:10-10:15'],
        published: 'A 10:05',
        recut: true,
        answer: 'cut B at 10:15',
      },
    ],
  },
  {
    rule: 'After a switch only runs count that began here since: from then on the tables held the recovery point. What runs of the former standby’s job did before is none of it.',
    examples: [
      {
        title: 'a run of before the switch, and one of after it',
        runs: ['A 10:00-10:05', 'B 10:20-10:25'],
        published: 'Z 09:50',
        switchedAt: '10:10',
        answer: 'cut B at 10:25',
      },
      {
        title: 'before the first run here',
        runs: ['A 10:00-10:05'],
        published: 'Z 09:50',
        switchedAt: '10:10',
        answer: 'nothing new',
      },
      {
        title: 'the published point is the end of a run on the other side: it is not cut again here',
        runs: ['A 10:00-10:05'],
        published: 'Z 09:50',
        recut: true,
        switchedAt: '10:10',
        answer: 'nothing new',
      },
      {
        title: 'a run that the switch met ended after it, on tables that were replaced under it',
        runs: ['A 10:05-10:15'],
        published: 'Z 09:50',
        switchedAt: '10:10',
        answer: 'nothing new; failed since: A',
      },
      {
        title: 'such a run is followed by a good one',
        runs: ['A 10:05-10:15', 'B 10:20-10:25'],
        published: 'Z 09:50',
        switchedAt: '10:10',
        answer: 'cut B at 10:25; with what A left',
      },
      {
        title: 'such a run overlaps with a good one',
        runs: ['A 10:05-10:15', 'B 10:12-10:20'],
        published: 'Z 09:50',
        switchedAt: '10:10',
        answer: 'hold NO_QUIET_POINT; 1 behind',
      },
      {
        title: 'a run of before the switch is repaired: only a part of it runs again',
        runs: ['A 10:00-10:05 FAILED, repaired 10:20-10:25'],
        published: 'Z 09:50',
        switchedAt: '10:10',
        answer: 'nothing new; failed since: A (repair Ar1)',
      },
      {
        title: 'a run that starts in the millisecond of the switch is of after it',
        runs: ['A 10:10-10:15'],
        published: 'Z 09:50',
        switchedAt: '10:10',
        answer: 'cut A at 10:15',
      },
      {
        title: 'a run of after the switch is published',
        runs: ['A 10:00-10:05', 'B 10:20-10:25', 'C 10:30-10:35'],
        published: 'B 10:25',
        switchedAt: '10:10',
        answer: 'cut C at 10:35',
      },
    ],
  },
  {
    rule: 'A run is active from its start to its end. One that is queued or was skipped never ran.',
    examples: [
      {
        title: 'a queued run does not disturb',
        runs: ['A 10:00-10:05', 'B 10:03 queued'],
        answer: 'cut A at 10:05',
      },
      {
        title: 'a skipped run neither disturbs nor counts',
        runs: ['A 10:00-10:05', 'B 10:03 skipped', 'C 10:30 skipped'],
        answer: 'cut A at 10:05',
      },
      { title: 'only queued runs', runs: ['A 10:00 queued'], answer: 'never ran' },
    ],
  },
  {
    rule: 'A cut is atomic only where no other run of the job was active. Of overlapping runs the last end counts, and every run of the set must count. Without such an instant the answer is to wait for one, never a guess.',
    examples: [
      {
        title: 'two overlapping runs',
        runs: ['A 10:00-10:10', 'B 10:05-10:15'],
        answer: 'cut B at 10:15; superseded: A; overlapping: A; 2 behind',
      },
      {
        title: 'a long run that began before and ended after',
        runs: ['A 10:00-10:30', 'B 10:05-10:15'],
        answer: 'cut A at 10:30; superseded: B; overlapping: B; 2 behind',
      },
      {
        title: 'a chain of overlaps: A and C never met, but at no instant in between was the job quiet',
        runs: ['A 10:00-10:10', 'B 10:05-10:20', 'C 10:15-10:30'],
        answer: 'cut C at 10:30; superseded: A, B; overlapping: A, B; 3 behind',
      },
      {
        title: 'a long run with two short ones in it, one after the other',
        runs: ['A 10:00-10:30', 'B 10:05-10:10', 'C 10:15-10:20'],
        answer: 'cut A at 10:30; superseded: B, C; overlapping: B, C; 3 behind',
      },
      {
        title: 'both end in the same millisecond',
        runs: ['A 10:00-10:10', 'B 10:05-10:10'],
        answer: 'cut B at 10:10; superseded: A; overlapping: A; 2 behind',
      },
      {
        title: 'a finished run overlaps with an active one',
        runs: ['A 10:00-10:10', 'B 10:05-'],
        answer: 'hold NO_QUIET_POINT while B is active; 1 behind',
      },
      {
        title: 'a finished run overlaps with an active one, but an earlier end was quiet',
        runs: ['A 09:00-09:05', 'B 10:00-10:10', 'C 10:05-'],
        answer: 'cut A at 09:05; not in it: B, C; 2 behind',
      },
      {
        title: 'a finished run overlaps with a failed one',
        runs: ['A 10:00-10:10', 'B 10:05-10:15 FAILED'],
        answer: 'hold NO_QUIET_POINT; 1 behind',
      },
      {
        title: 'the hold clears with the next good run',
        runs: ['A 10:00-10:10', 'B 10:05-10:15 FAILED', 'C 10:20-10:25'],
        answer: 'cut C at 10:25; superseded: A; with what B left; 2 behind',
      },
      {
        title: 'of overlapping runs one only partly succeeded',
        runs: ['A 10:00-10:10', 'B 10:05-10:15 SUCCESS_WITH_FAILURES'],
        answer: 'hold NO_QUIET_POINT; 1 behind',
      },
    ],
  },
  {
    rule: 'A repaired run is a new thing: keyed by the run and its last repair, with the end of the repair.',
    examples: [
      {
        title: 'a failed run is repaired',
        runs: ['A 10:00-10:05 FAILED, repaired 10:20-10:25'],
        answer: 'cut A (repair Ar1) at 10:25; with what A left',
      },
      {
        title: 'the repair is active',
        runs: ['A 10:00-10:05 FAILED, repaired 10:20-'],
        answer: 'wait for A (repair Ar1) since 10:20',
      },
      {
        title: 'a published run is repaired: what is published stays until the repair ends well',
        runs: ['A 10:00-10:05, repaired 10:20-10:25'],
        published: 'A 10:05',
        answer: 'cut A (repair Ar1) at 10:25',
      },
      {
        title: 'an older run is repaired after a newer one',
        runs: ['A 10:00-10:05 FAILED, repaired 10:30-10:35', 'B 10:10-10:15'],
        published: 'B 10:15',
        answer: 'cut A (repair Ar1) at 10:35',
      },
      {
        title: 'an older run is being repaired: the newer run was quiet at its end all the same',
        runs: ['A 10:00-10:05 FAILED, repaired 10:30-', 'B 10:10-10:15'],
        answer: 'cut B at 10:15; with what A left; not in it: A (repair Ar1)',
      },
      {
        title: 'a repair within the overlapping set mends it',
        runs: ['A 10:00-10:10 FAILED, repaired 10:12-10:14', 'B 10:05-10:20'],
        answer: 'cut B at 10:20; superseded: A (repair Ar1); with what A left; overlapping: A (repair Ar1); 2 behind',
      },
      {
        title: 'the second repair succeeds',
        runs: ['A 10:00-10:05 FAILED, repaired 10:10-10:15 FAILED, repaired 10:20-10:25'],
        answer: 'cut A (repair Ar2) at 10:25; with what A, A (repair Ar1) left',
      },
    ],
  },
  {
    rule: 'Runs that a run starts (run_job_task, for_each, children of children) are its own activity.',
    examples: [
      {
        title: 'a child within its parent',
        runs: ['A 10:00-10:05, child K 10:01-10:04'],
        answer: 'cut A at 10:05',
      },
      {
        title: 'a child that outlives its parent',
        runs: ['A 10:00-10:05, child K 10:01-10:08'],
        answer: 'cut A at 10:08',
      },
      {
        title: 'a child that outlives its parent is active',
        runs: ['A 10:00-10:05, child K 10:01-'],
        answer: 'wait for A since 10:00',
      },
      {
        title: 'a child that outlives its parent fails: the success of the parent knew nothing of it',
        runs: ['A 10:00-10:05, child K 10:01-10:08 FAILED'],
        answer: 'never ran',
      },
      {
        title: 'a child fails, the parent tolerates it',
        runs: ['A 10:00-10:05, child K 10:01-10:04 FAILED'],
        answer: 'cut A at 10:05',
      },
      {
        title: 'a child is repaired by itself later: its parent is active again',
        runs: ['A 10:00-10:05, child K 10:01-10:04, child K 10:30-10:35', 'B 10:10-10:15'],
        published: 'B 10:15',
        answer: 'cut A (repair Kr1) at 10:35',
      },
      {
        title: 'the next run overlaps with a child that outlived its parent',
        runs: ['A 10:00-10:05, child K 10:01-10:08', 'B 10:06-'],
        answer: 'hold NO_QUIET_POINT while B is active; 1 behind',
      },
      {
        title: 'the job runs itself: the child is listed as a run too, but is none of its own',
        runs: ['A 10:00-10:10, child K 10:01-10:04', 'K 10:01-10:04'],
        answer: 'cut A at 10:10',
      },
    ],
  },
];
