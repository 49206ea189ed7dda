import { assertNever } from '../../domain/assert-never.js';
import type { RunKey } from '../../domain/runs.js';
import { bytes, clockTime, hanging, indented, table } from '../text.js';
import type { ExplainedCommit, ExplainedCut, ExplainedTable, Explanation } from './explanation.js';

/** A job that runs every minute would push what matters off the screen; `--json` has every run. */
const shownRuns = 20;

/** A decision for people, in the order in which it is made: runs, then versions, then the commits behind them. */
export function explanationText(explanation: Explanation, columns: number): string {
  const { workspace, group, direction, published, runs, cuts, noCut } = explanation;
  const from = direction === 'forward' ? 'primary' : 'secondary';
  const holds = published
    ? `Published: ${nameOf(published.runId === null ? null : { runId: published.runId, repairId: published.repairId })}, ${clockTime(published.runEndTime)}.`
    : 'Nothing is published yet.';
  return [
    `${workspace}/${group}, copied from the ${from} region\n${indented(holds, columns)}`,
    ...(runs.length === 0 ? [] : [runsText(explanation, columns)]),
    ...(noCut !== null || cuts.length === 0 ? [noCutText(explanation, columns)] : []),
    ...cuts.map((cut) => cutText(cut, columns)),
  ].join('\n');
}

function runsText({ runs }: Explanation, columns: number): string {
  const rows = runs
    .slice(0, shownRuns)
    .map((run) => [
      `${run.runId}${run.repairId === null ? '' : ` (repair ${run.repairId})`}`,
      clockTime(run.startTime),
      run.endTime === null ? 'active' : clockTime(run.endTime),
      run.result ?? '',
      run.verdict === 'cut' ? 'yes' : 'no',
      run.because,
    ]);
  const more = runs.length > shownRuns ? `  and ${runs.length - shownRuns} older\n` : '';
  return `Runs, newest first\n${table(['run', 'started', 'ended', 'result', 'next cut', 'because'], rows, columns, { indent: 2 })}${more}`;
}

function cutText(cut: ExplainedCut, columns: number): string {
  const of = cut.run === null ? 'Snapshot of' : `The end of ${nameOf(cut.run)},`;
  const head = hanging(
    `${of} ${clockTime(cut.endTime)}${cut.published ? ' (published)' : ''}: ${outcomeText(cut)}`,
    columns,
  );
  const failure =
    cut.failure === null
      ? ''
      : indented(
          `${cut.failure.message}${cut.failure.remedy === undefined ? '' : `\nTo do: ${cut.failure.remedy}`}`,
          columns,
        );
  return [`${head}${failure}`, ...cut.tables.map((each) => tableText(each, columns))].join('\n');
}

function outcomeText({ outcome, until, failure }: ExplainedCut): string {
  switch (outcome) {
    case 'cut':
      return 'every table has an exact version';
    case 'wait':
      return `clocks decide, and have to pass ${clockTime(until ?? 0)} first`;
    case 'refused':
      return `refused, ${failure?.code ?? ''}`;
    default:
      return assertNever(outcome);
  }
}

function tableText(explained: ExplainedTable, columns: number): string {
  const version =
    explained.version === null ? '' : ` version ${explained.version}${explained.changed ? '' : ', unchanged'}`;
  const notes = [
    ...(explained.because === null ? [] : [explained.because]),
    ...explained.warnings,
    ...saved(explained),
  ];
  const commits = explained.commits.map((commit) => [
    `v${commit.version}`,
    commit.operation,
    clockTime(commit.time),
    commit.by,
    commit.bytes === null ? '' : bytes(commit.bytes),
    fateText(commit, explained.version),
  ]);
  const list =
    commits.length === 0
      ? ''
      : table(['commit', 'operation', 'at', 'by', 'adds', ''], commits, columns, { indent: 4, narrow: commitLine });
  return `  ${explained.table}${version}\n${notes.map((note) => indented(note, columns, 4)).join('')}${list}`;
}

/** A commit where there is no room for columns. */
const commitLine = ([version, operation, time, by, adds, fate]: readonly string[]): string =>
  `${version}  ${operation}, ${time}, by ${by}${adds === '' ? '' : `, adds ${adds}`}: ${fate}`;

/** The bytes that skipped maintenance would have cost. */
function saved({ commits }: ExplainedTable): string[] {
  const skipped = commits.filter(({ skipped: isSkipped, fate }) => isSkipped && fate === 'maintenance');
  const sum = skipped.reduce((total, commit) => total + (commit.bytes ?? 0), 0);
  return sum === 0 ? [] : [`Maintenance that is skipped would have cost ${bytes(sum)}.`];
}

function fateText({ fate, author, skipped }: ExplainedCommit, chosen: number | null): string {
  if (chosen === null) return fate === 'maintenance' ? 'maintenance, no change' : 'in question';
  switch (fate) {
    case 'chosen':
      return author === 'foreign' ? 'chosen; not of this job' : 'chosen';
    case 'contained':
      return author === 'foreign' ? 'contained; not of this job' : 'contained';
    case 'maintenance':
      return skipped ? 'skipped: maintenance, the same rows' : 'contained; maintenance';
    case 'later':
      return author === 'later-run' ? 'skipped: of a run that had not ended' : 'skipped: after this end';
    default:
      return assertNever(fate);
  }
}

function noCutText({ noCut, runs, published }: Explanation, columns: number): string {
  if (noCut !== null) {
    const remedy = noCut.remedy === undefined ? '' : `\nTo do: ${noCut.remedy}`;
    return `No cut now: ${noCut.code}\n${indented(`${noCut.message}${remedy}`, columns)}`;
  }
  if (runs.some(({ verdict }) => verdict === 'active')) return 'No cut now: the end of the active run is awaited.\n';
  return published === null
    ? 'No cut now: no run of the job has ended well yet.\n'
    : 'No cut: see what is said of the run above.\n';
}

const nameOf = (run: RunKey | null): string =>
  run === null ? 'a snapshot' : `run ${run.runId}${run.repairId === null ? '' : ` (repair ${run.repairId})`}`;
