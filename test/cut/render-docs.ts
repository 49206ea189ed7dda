import type { CutExample, SnapshotExample } from './examples/cut-examples.js';
import { cutRules, snapshotExamples } from './examples/cut-examples.js';
import { jobExamples, runReadings } from './examples/job-examples.js';
import type { RunExample } from './examples/run-examples.js';
import { runRules } from './examples/run-examples.js';
import { currencyExamples, guardExamples } from './examples/stamp-examples.js';
import { supportExamples } from './examples/table-examples.js';
import type { VersionExample } from './examples/version-examples.js';
import { versionRules } from './examples/version-examples.js';

/** docs/cut.md, made of the very examples that the tests run: what the page says is what the product does. */
export function renderDocs(): string {
  return [
    intro,
    '## Which job, and how its runs are read',
    'A job is found by its name in the region that is copied from.',
    markdownTable(
      ['case', 'jobs', 'answer'],
      jobExamples.map(({ title, wanted, jobs, answer }) => [`${title} (\`${wanted}\`)`, code(jobs), bold(answer)]),
    ),
    'A run is told with everything that it wrote through: task runs of all attempts and iterations, repairs, and the runs that it started. Runs are listed page by page, in whatever order, until no more can matter; one that was seen active, or that a commit names, is asked for by its id. Numbers in brackets are its task runs.',
    markdownTable(
      ['what the Jobs API tells', 'what is made of it'],
      runReadings.map(({ title, answer }) => [title, code([answer])]),
    ),
    '## Which run end is copied',
    ...runRules.flatMap(({ rule, examples }) => [
      rule,
      markdownTable(['case', 'runs', 'published', 'answer'], examples.map(runRow)),
    ]),
    '## Which version each table has',
    'All examples ask for table `t`; without further words version 4 is published. The answer is given for one table; a group is cut only if every table has an answer.',
    ...versionRules.flatMap(({ rule, examples }) => [
      rule,
      markdownTable(['case', 'runs', 'end', 'published', 'history', 'answer'], examples.map(versionRow)),
    ]),
    '## The cut of a group',
    'In the examples the end of run Z at 09:30 is published, with version 4 of each table.',
    ...cutRules.flatMap(({ rule, examples }) => [
      rule,
      markdownTable(['case', 'runs', 'known afterwards', 'histories', 'answer'], examples.map(cutRow)),
    ]),
    '## Standalone tables',
    'A group without a job is copied at one instant, and its points say `snapshot`. In the examples it is 10:05.',
    markdownTable(['case', 'histories', 'answer'], snapshotExamples.map(snapshotRow)),
    '## What can’t be copied',
    'Said by `validate`, and again at every cut. For tables, at both ends.',
    markdownTable(
      ['case', 'answer'],
      supportExamples.map(({ title, answer }) => [title, bold(answer)]),
    ),
    '## What a replicated table already holds',
    'Every clone writes a stamp into the properties of its target: id and version of the source table, sync, epoch, controller. A table is *current*, and is not cloned, when the stamp names the wanted rows and nothing but maintenance followed the clone.',
    markdownTable(
      ['case', 'stamp', 'wanted', 'history', 'answer'],
      currencyExamples.map(({ title, stamp, wanted, history, answer }) => [
        title,
        stamp ?? '–',
        wanted,
        code(history),
        bold(answer),
      ]),
    ),
    '## What may be replaced',
    'Before a target table is replaced, its stamp and history are read. A controller that outranks this one (a higher epoch; at the same epoch the smaller id) and rows that no sync put there are left alone. In the examples the writer is controller `m` at epoch 3.',
    markdownTable(
      ['case', 'stamp', 'baseline', 'files', 'history', 'answer'],
      guardExamples.map(({ title, stamp, baseline, files, history, answer }) => [
        title,
        stamp ?? '–',
        baseline ?? '–',
        String(files),
        code(history),
        bold(answer),
      ]),
    ),
    outro,
  ].join('\n\n');
}

const intro = `# The choice of the cut

A *cut* is the version of every table of a group at the end of one run of its job. This page shows the rules by example.
It is generated from the examples that \`npm test\` runs (\`test/cut/examples/\`), so do not edit it: change an example and run
\`npx vitest run test/cut/docs.test.ts -u\`.

The notation: \`A 10:00-10:05 FAILED\` is a run with its result (SUCCESS unless told), \`A 10:00-\` an active one; \`repaired
10:20-10:25\` a repair of it, \`child K 10:01-10:03\` a run that it started. \`5 10:03 MERGE by A\` is version 5 of a table,
committed at 10:03 by run A. \`by A.task\` and \`by A.repair\` name the task run alone, \`by job 9\` another job, \`by Ann\` a
person, \`by gone Z\` a run of the job that the Jobs API does not list, and \`by ?\` says that nobody knows.`;

const outro = `## What is not decided here

- Whether files of a version were removed behind the log's back, or by a VACUUM with less than the table's own retention where
  data followed: the clone then fails with a clear error, and nothing that readers see has changed.
- Whether a nameless commit far from the end of every run was made by the job or by a person: its time decides, which is right
  in both cases.
- A run that is deleted by hand, within minutes of its end, while it still matters: its commits count by their time. So do
  those of a run that is more than some fifty runs old and is repaired between two looks, where they do not name it.
- A run that \`run_job_task\` started and that is repaired by itself after a newer run of the job was published: it counts as
  another job's, for nothing leads from it to the run that started it.
- Before a group's first point, a run that ended lately but began more than 288 runs ago: the newest 288 are looked through.
`;

const runRow = ({ title, runs, published, acceptPartialSuccess, switchedAt, recut, answer }: RunExample): string[] => {
  const options = [
    published ?? '–',
    ...(acceptPartialSuccess === true ? ['accept_partial_success'] : []),
    ...(switchedAt === undefined ? [] : [`switched here at ${switchedAt}`]),
    ...(recut === true ? ['lacks a table'] : []),
  ];
  return [title, code(runs), options.join('; '), bold(answer)];
};

const versionRow = ({ title, runs, at, base, history, tableId, retention, now, ...rest }: VersionExample): string[] => {
  const situation = [
    base === undefined ? 'nothing' : base.replace(' not staged', ' (baseline)'),
    ...(tableId === undefined ? [] : ['the table id is new']),
    ...(retention === undefined ? [] : [`retention “${retention}”`]),
    ...(now === undefined ? [] : [`it is ${now}`]),
    ...(rest.acknowledgeStreaming === true ? ['acknowledge_streaming'] : []),
  ];
  return [title, code(runs), at, situation.join('; '), code(history), bold(rest.answer)];
};

const cutRow = ({ title, runs, afterwards, tables, newTables, recut, now, answer }: CutExample): string[] => {
  const situation = [
    ...(afterwards === undefined ? ['the same'] : [code(afterwards)]),
    ...(recut === true ? ['the group’s tables were changed'] : []),
    ...(now === undefined ? [] : [`it is ${now}`]),
  ];
  return [title, code(runs), situation.join('; '), histories(tables, newTables), bold(answer)];
};

const snapshotRow = ({ title, tables, newTables, now, answer }: SnapshotExample): string[] => [
  now === undefined ? title : `${title}; it is ${now}`,
  histories(tables, newTables),
  bold(answer),
];

const histories = (tables: CutExample['tables'], newTables: readonly string[] = []): string =>
  Object.entries(tables)
    .map(([name, history]) => {
      const what = history === 'gone' ? 'does not exist' : code(history);
      return `${name}${newTables.includes(name) ? ' (new)' : ''}: ${what}`;
    })
    .join('<br>');

const bold = (text: string): string => `**${text}**`;

const code = (lines: readonly string[]): string =>
  lines.length === 0 ? '–' : lines.map((line) => `\`${line}\``).join('<br>');

function markdownTable(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
