import type { TableBase, VersionsChoice } from '../../../src/domain/cut/index.js';
import { chooseVersions } from '../../../src/domain/cut/index.js';
import { clock, commit, jobId, run, time } from './notation.js';
import type { VersionExample } from './version-examples.js';

/** What the product answers to an example, in the words of the examples. */
export function answerOf(example: VersionExample): string {
  return told(
    chooseVersions({
      endTime: time(example.at),
      runs: example.runs.map(run),
      jobId,
      now: time(example.now ?? '12:00'),
      acknowledgeStreaming: example.acknowledgeStreaming === true,
      tables: [
        {
          name: 't',
          detail: {
            id: example.tableId ?? 't1',
            format: 'delta',
            properties:
              example.retention === undefined ? {} : { 'delta.deletedFileRetentionDuration': example.retention },
          },
          catalog: null,
          history: example.history.map(commit),
          base: example.base === undefined ? null : base(example.base),
        },
      ],
    }),
  );
}

function base(text: string): TableBase {
  const [version, ...rest] = text.split(' ');
  return { tableId: 't1', version: Number(version), asOf: time('09:30'), staged: rest.length === 0 };
}

function told(choice: VersionsChoice): string {
  if (choice.kind === 'wait') return `wait until ${clock(choice.until)}`;
  if (choice.kind === 'failed') {
    const { code, message } = choice.failure;
    // The commits that are in the way are named; for the examples their versions are enough.
    const versions = [...message.matchAll(/version (\d+) \(/g)].map(([, version]) => version);
    return code === 'CUT_NOT_PURE' ? `${code} (${versions.join(', ')})` : code;
  }
  return choice.tables
    .map(({ version, changed, recreated, foreignVersions, warnings }) =>
      [
        `version ${version}${changed ? '' : ', unchanged'}${recreated ? ', re-created' : ''}`,
        ...(foreignVersions.length > 0 ? [`foreign: ${foreignVersions.join(', ')}`] : []),
        ...(warnings.length > 0 ? [`${warnings.length} warning`] : []),
      ].join('; '),
    )
    .join('; ');
}
