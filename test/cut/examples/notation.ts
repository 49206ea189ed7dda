import type { TableCommit } from '../../../src/domain/commits.js';
import type { JobRun, RunResult, RunSegment } from '../../../src/domain/runs.js';

/**
 * The short notation in which the examples are written and printed in docs/cut.md. Times are of one day, UTC.
 *
 * - a run: `A 10:00-10:05 FAILED, repaired 10:20-10:25 SUCCESS, child K 10:01-10:03 SUCCESS`; without a result it is
 *   SUCCESS, without an end (`A 10:00-`) it is active; `A 10:00 queued`, `A 10:00 skipped`
 *   `tasks not told apart`: the Jobs API does not say which task runs belong to which repair
 * - a commit: `5 10:03 MERGE by A`: by a run; `by A.task`, `by A.repair` (named by the task run alone), `by K` (a child),
 *   `by job 9`, `by Ann` (known to be no job), `by ?` (nobody knows), `by gone Z` (a run of the job that is not listed);
 *   `VACUUM START (0 hours)` was told to keep no more than that
 */
export const jobId = 'J';

export function time(text: string): number {
  const [hours, minutes, seconds = '0'] = text.split(':');
  return Date.UTC(2026, 0, 5, Number(hours), Number(minutes)) + Math.round(Number(seconds) * 1000);
}

/** `10:05` or `10:05:03`, as the notation has it. */
export function clock(timeMs: number): string {
  const text = new Date(timeMs).toISOString().slice(11, 23);
  return text
    .replace(/\.000$/, '')
    .replace(/:00$/, '')
    .replace(/(\.\d*?)0+$/, '$1');
}

export function run(text: string): JobRun {
  const [head = '', ...parts] = text.split(', ');
  const [id = '', ...rest] = head.split(' ');
  const repairs = parts.filter((part) => part.startsWith('repaired '));
  const children = parts.filter((part) => part.startsWith('child '));
  const toldApart = !parts.includes('tasks not told apart');
  const segments = [
    segment(rest, null, `${id}.task`),
    ...repairs.map((repair, index) =>
      segment(
        repair.split(' ').slice(1),
        `${id}r${index + 1}`,
        index === 0 ? `${id}.repair` : `${id}.repair${index + 1}`,
      ),
    ),
  ];
  return {
    runId: id,
    jobId,
    segments: toldApart ? segments : segments.map(withoutTasks),
    taskRunIds: [
      `${id}.task`,
      ...repairs.map((_, index) => (index === 0 ? `${id}.repair` : `${id}.repair${index + 1}`)),
    ],
    childRuns: byName(children.map((child) => child.split(' ').slice(1))),
  };
}

/** Several stretches of one child are its original and its repairs. */
function byName(children: string[][]): JobRun[] {
  const names = [...new Set(children.map(([name = '']) => name))];
  return names.map((name) => ({
    runId: name,
    jobId: 'child job',
    segments: children
      .filter(([other]) => other === name)
      .map(([, ...rest], index) => withoutTasks(segment(rest, index === 0 ? null : `${name}r${index}`, name))),
    taskRunIds: [`${name}.task`],
    childRuns: [],
  }));
}

const withoutTasks = ({ repairId, startTime, endTime, result }: RunSegment): RunSegment => ({
  repairId,
  startTime,
  endTime,
  result,
});

function segment([span = '', word]: string[], repairId: string | null, taskRunId: string): RunSegment {
  const [start = '', end] = span.split('-');
  const startTime = time(start);
  if (end === undefined) {
    return {
      repairId,
      startTime,
      endTime: startTime,
      result: word === 'skipped' ? 'MAXIMUM_CONCURRENT_RUNS_REACHED' : null,
    };
  }
  const endTime = end === '' ? null : time(end);
  const result: RunResult | null = endTime === null ? null : (word ?? 'SUCCESS');
  return { repairId, startTime, endTime, result, taskRunIds: [taskRunId] };
}

export function commit(text: string): TableCommit {
  const match = /^(\d+) (\S+) (.+) by (.+)$/.exec(text);
  if (match === null) throw new Error(`not a commit: ${text}`);
  const [, version = '', at = '', operation = '', by = ''] = match;
  return {
    version: Number(version),
    timestamp: time(at),
    ...operationOf(operation),
    operationMetrics: {},
    statementId: null,
    ...author(by),
  };
}

function operationOf(text: string): Pick<TableCommit, 'operation' | 'operationParameters'> {
  const [, operation = text, hours] = /^(.+) \((\d+) hours\)$/.exec(text) ?? [];
  const retained = hours === undefined ? {} : { specifiedRetentionMillis: String(Number(hours) * 3_600_000) };
  return { operation, operationParameters: retained };
}

function author(by: string): Pick<TableCommit, 'job' | 'byHand' | 'userName'> {
  if (by === '?') return { job: null, userName: null };
  const [kind, name = ''] = by.split(' ');
  if (kind === 'job') return { job: { jobId: name, jobRunId: '1', taskRunId: '2' }, userName: null };
  if (kind === 'gone') return { job: { jobId, jobRunId: name, taskRunId: null }, userName: null };
  if (by.includes('.')) return { job: { jobId, jobRunId: null, taskRunId: by }, userName: null };
  if (by.length > 1) return { job: null, byHand: true, userName: by };
  return {
    job: { jobId: by >= 'K' && by <= 'N' ? 'child job' : jobId, jobRunId: by, taskRunId: null },
    userName: null,
  };
}
