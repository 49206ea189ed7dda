/**
 * Which mutants break which rule of docs/cut.md. A rule that no mutant breaks could go missing unnoticed, and a mutant that
 * stands nowhere breaks a rule that nobody reads. By rule, or by the heading of what is no rule of its own.
 */
export const mutantsOf: Readonly<Record<string, readonly string[]>> = {
  'A run counts when it ended in SUCCESS. Others make no cut; what they wrote is part of what a later good run leaves, and is listed.':
    [
      'runs-failed-run-counts',
      'runs-failed-run-not-listed',
      'runs-failed-run-not-named',
      'runs-later-failed-run-named',
      'runs-partial-success-counts-unasked',
    ],
  'The newest valid end wins; runs that end faster than they are copied coalesce. What is published is never followed by something older.':
    ['runs-backwards', 'runs-oldest-cut-wins', 'runs-stale-page-wins', 'runs-new-table-waits-for-a-run'],
  'After a switch only runs count that began here since: from then on the tables held the recovery point. What runs of the former standby’s job did before is none of it.':
    [
      'runs-before-the-switch-count',
      'runs-of-the-switch-itself-do-not-count',
      'runs-repaired-since-the-switch-count',
      'runs-that-the-switch-met-count',
    ],
  'A run is active from its start to its end. One that is queued or was skipped never ran.': [
    'runs-queued-run-is-active',
  ],
  'A cut is atomic only where no other run of the job was active. Of overlapping runs the last end counts, and every run of the set must count. Without such an instant the answer is to wait for one, never a guess.':
    [
      'runs-no-quiet-point-is-nothing',
      'runs-one-of-the-set-suffices',
      'runs-overlap-not-seen',
      'runs-overlap-only-with-neighbour',
      'runs-touching-runs-overlap',
    ],
  'A repaired run is a new thing: keyed by the run and its last repair, with the end of the repair.': [
    'runs-repair-keeps-the-key',
    'runs-repair-keeps-the-result',
  ],
  'Runs that a run starts (run_job_task, for_each, children of children) are its own activity.': [
    'runs-child-listed-as-run-of-its-own',
    'runs-child-result-forgotten',
    'runs-children-forgotten',
    'versions-children-are-foreign',
  ],
  'A table’s version is its last change by a run of the job that had ended. Who wrote a commit is told by its ids, not by clocks.':
    [
      'versions-attribution-forgotten',
      'versions-order-by-time',
      'versions-parts-of-a-repair-are-guessed',
      'versions-repair-belongs-to-the-original',
      'versions-task-run-not-known',
    ],
  'Commits of other jobs and of people are foreign: taken when their commit time is at or before the end, and listed.':
    [
      'versions-foreigner-left-out',
      'versions-foreigner-not-listed',
      'versions-later-foreigner-taken',
      'versions-order-of-versions-proves-nothing',
    ],
  'Where nobody knows who wrote a commit, its time decides, with a margin of 10 s for the clocks, once that margin has passed.':
    ['versions-margin-not-awaited', 'versions-no-margin'],
  'Where clocks decide and the job goes on within two margins, a nameless change near its start makes the cut ambiguous: a later one is taken.':
    [
      'versions-ambiguous-commit-passes',
      'versions-clock-behind-forgotten',
      'versions-next-run-far-away-disturbs',
      'versions-next-run-only-within-one-margin',
      'versions-order-hides-a-nameless-commit-below-a-late-one',
    ],
  'A cut is pure: no change at or below the chosen version may be of a run that had not ended.': [
    'versions-impure-cut-passes',
    'versions-unlisted-run-spans-the-cut',
  ],
  'Maintenance from a closed list (OPTIMIZE, VACUUM, statistics, checkpoints) changes no data: it is not chosen and triggers no transfer. Everything else is a change.':
    [
      'versions-maintenance-is-a-change',
      'versions-metadata-is-maintenance',
      'versions-optimize-is-a-change',
      'versions-restore-is-maintenance',
      'versions-unchanged-table-is-sent',
      'versions-unknown-operation-is-maintenance',
    ],
  'A table that was dropped and re-created is sent in full. CREATE OR REPLACE goes on with the history and is an ordinary change.':
    [
      'versions-dropped-table-not-seen',
      'versions-late-commit-makes-a-table-young',
      'versions-replaced-table-counts-as-dropped',
      'versions-table-replaced-after-a-drop-not-seen',
    ],
  'Only history above the published version is read. What is missing in it must not be guessed.': [
    'versions-baseline-is-not-sent',
    'versions-gap-in-the-log-ignored',
    'versions-hidden-later-run-ignored',
    'versions-maintenance-after-the-end-proves',
  ],
  'A version that is not the newest and whose commit is older than delta.deletedFileRetentionDuration can’t be read. Maintenance behind it has the same rows.':
    [
      'retention-week-is-a-day',
      'versions-newest-expires-too',
      'versions-no-early-warning',
      'versions-other-rows-taken',
      'versions-retention-forgotten',
      'versions-same-rows-behind-a-vacuum-not-taken',
      'versions-same-rows-not-taken',
      'versions-short-vacuum-ignored',
      'versions-short-vacuum-reaches-back-for-ever',
      'versions-short-vacuum-refuses',
    ],
  'Streaming writers are accepted only with acknowledge_streaming: the checkpoint of a stream does not travel.': [
    'versions-streams-pass',
  ],
  'All tables have an exact version at the end of one run, or that end makes no cut. Then an older end may, if it is newer than what is published.':
    ['versions-no-older-cut', 'versions-one-table-fails-alone'],
  'Runs are read once more after the histories, and by their ids those that commits name and no list told: a run that is repaired long after it began lies deep in the list. What is known then has the last word.':
    [
      'cuts-later-runs-not-believed',
      'cuts-published-end-needs-its-run',
      'cuts-published-end-not-doubted',
      'cuts-unlisted-runs-not-asked-for',
    ],
  'A table that does not exist may have been dropped by a later run, which creates it anew: the next end is awaited. At rest only a person can mend it.':
    [
      'cuts-missing-table-is-for-a-person',
      'cuts-missing-table-left-out',
      'cuts-missing-table-passes-by-itself',
      'cuts-missing-table-told-last',
    ],
  'Standalone tables': ['snapshot-does-not-wait'],
  'What can’t be copied': [
    'tables-column-masks-pass',
    'tables-continuous-job-never-passes',
    'tables-continuous-job-passes',
    'tables-other-formats-pass',
    'tables-row-filter-passes',
    'tables-views-pass',
  ],
  'What a replicated table already holds': [
    'stamps-changes-after-the-clone-ignored',
    'stamps-clone-out-of-sight-is-current',
    'stamps-table-id-not-compared',
    'stamps-version-not-compared',
  ],
  'What may be replaced': [
    'guard-baseline-of-another-table',
    'guard-changes-overwritten',
    'guard-epoch-ignored',
    'guard-greater-controller-wins',
    'guard-older-baseline-hides-the-stamp',
    'guard-unstamped-rows-overwritten',
  ],
};
