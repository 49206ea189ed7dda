import type { MissingTable, SourceTable, VersionsChoice } from '../../../src/domain/cut/index.js';
import { chooseCut, chooseRun, chooseSnapshot } from '../../../src/domain/cut/index.js';
import type { CutExample, SnapshotExample } from './cut-examples.js';
import { clock, commit, jobId, run, time } from './notation.js';

const published = { run: { runId: 'Z', repairId: null }, endTime: time('09:30') };

/** What the product answers to an example, in the words of the examples. */
export function answerOf(example: CutExample): string {
  const { runs, afterwards = runs, now = '12:00', recut = false } = example;
  const question = { published, acceptPartialSuccess: false, recut };
  const choice = chooseRun({ ...question, runs: runs.map(run) });
  if (choice.kind !== 'cut') return choice.kind;
  const cut = chooseCut({
    candidates: choice.candidates,
    look: { ...question, runs: afterwards.map(run) },
    jobId,
    ...tablesOf(example),
    now: time(now),
    acknowledgeStreaming: false,
  });
  if (cut.kind !== 'cut') return told(cut);
  const { candidate, tables } = cut;
  return `cut ${candidate.run.runId} at ${clock(candidate.endTime)}: ${told({ kind: 'versions', tables })}`;
}

export const snapshotAnswerOf = (example: SnapshotExample): string =>
  told(
    chooseSnapshot({
      instant: time('10:05'),
      ...tablesOf(example),
      now: time(example.now ?? '12:00'),
      acknowledgeStreaming: false,
    }),
  );

function tablesOf({ tables, newTables = [] }: SnapshotExample): { tables: SourceTable[]; missing: MissingTable[] } {
  const entries = Object.entries(tables);
  return {
    tables: entries.flatMap(([name, history]) =>
      history === 'gone'
        ? []
        : [
            {
              name,
              detail: { id: `${name}1`, format: 'delta', properties: {} },
              catalog: null,
              history: history.map(commit),
              base: newTables.includes(name)
                ? null
                : { tableId: `${name}1`, version: 4, asOf: published.endTime, staged: true },
            },
          ],
    ),
    missing: entries.flatMap(([name, history]) =>
      history === 'gone' ? [{ name, failure: { code: 'TABLE_NOT_FOUND', message: `There is no table ${name}.` } }] : [],
    ),
  };
}

function told(
  choice: VersionsChoice | { readonly kind: 'failed'; readonly failure: { readonly code: string } },
): string {
  if (choice.kind === 'wait') return `wait until ${clock(choice.until)}`;
  if (choice.kind === 'failed') return choice.failure.code;
  return choice.tables
    .map(({ table, version, changed }) => `${table} ${version}${changed ? '' : ' unchanged'}`)
    .join(', ');
}
