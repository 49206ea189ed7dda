import type { ListedRun, RunChoice } from '../../../src/domain/cut/index.js';
import { chooseRun } from '../../../src/domain/cut/index.js';
import type { RunKey } from '../../../src/domain/runs.js';
import { clock, run, time } from './notation.js';
import type { RunExample } from './run-examples.js';

/** What the product answers to an example, in the words of the examples. */
export function answerOf(example: RunExample): string {
  const choice = chooseRun({
    runs: example.runs.map(run),
    published: example.published === undefined ? null : published(example.published),
    acceptPartialSuccess: example.acceptPartialSuccess === true,
    ...(example.switchedAt === undefined ? {} : { switchedAt: time(example.switchedAt) }),
    recut: example.recut === true,
  });
  return [told(choice), ...(behind(choice) ?? [])].join('; ');
}

function published(text: string): { run: RunKey | null; endTime: number } {
  const [first = '', second] = text.split(' ');
  return second === undefined
    ? { run: null, endTime: time(first) }
    : { run: { runId: first, repairId: null }, endTime: time(second) };
}

function told(choice: RunChoice): string {
  switch (choice.kind) {
    case 'never-ran':
      return 'never ran';
    case 'nothing':
      return choice.failedRuns.length === 0 ? 'nothing new' : `nothing new; failed since: ${names(choice.failedRuns)}`;
    case 'wait':
      return `wait for ${names(choice.activeRuns)} since ${clock(choice.since)}`;
    case 'hold': {
      const active = choice.activeRuns.length === 0 ? '' : ` while ${names(choice.activeRuns)} is active`;
      return `hold ${choice.failure.code}${active}`;
    }
    case 'cut':
      return [
        `cut ${name(choice.run)} at ${clock(choice.endTime)}`,
        ...list('superseded: ', choice.superseded),
        ...list('with what ', choice.failedRunsIncluded, ' left'),
        ...list('not in it: ', choice.notIncluded),
        ...list('overlapping: ', choice.candidates[0]?.overlappedWith.map((key) => ({ run: key })) ?? []),
      ].join('; ');
  }
}

/** One run behind is what a cut is about; only other numbers are worth a word. */
function behind({ kind, runsBehind }: RunChoice): string[] | null {
  const usual = kind === 'cut' ? 1 : 0;
  return runsBehind === usual ? null : [`${runsBehind} behind`];
}

const list = (before: string, runs: readonly Pick<ListedRun, 'run'>[], after = ''): string[] =>
  runs.length === 0 ? [] : [`${before}${names(runs)}${after}`];

const names = (runs: readonly Pick<ListedRun, 'run'>[]): string => runs.map((listed) => name(listed.run)).join(', ');

const name = ({ runId, repairId }: RunKey): string => (repairId === null ? runId : `${runId} (repair ${repairId})`);
