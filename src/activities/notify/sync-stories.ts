/** What mails say about syncs: published, failed, held, late. */
import type { Failure } from '../../domain/failure.js';
import { isCutHold } from '../../domain/failure.js';
import type {
  HeldMail,
  MailPoint,
  MailTable,
  PublishCompletedMail,
  RecoveredMail,
  RpoMail,
  SyncFailedMail,
  SyncPublishedMail,
} from '../../domain/mail-event.js';
import { endsOf } from '../../domain/spec.js';
import type { Block, Fact, MailContent, TableLine } from './content.js';
import { byteWords, countWords, durationWords, pointWords, regionWords, runWords, timeWords } from './words.js';

/** A group of a thousand tables needs no mail of a thousand lines: the largest copies first, the ledger has the rest. */
const shownTables = 40;

export function publishedStory(event: SyncPublishedMail): MailContent {
  const { target } = endsOf(event.direction);
  const changed = event.tables.filter(({ carried }) => !carried).length;
  return {
    subject: `${event.group}: synced to ${pointWords(event.point)}`,
    headline: `${regionWords(target).replace('the', 'The')} now holds ${event.group} as ${event.point.run ? 'its job left it' : 'it was'}: ${pointWords(event.point)}.`,
    tone: 'good',
    blocks: [
      {
        kind: 'facts',
        rows: [
          ['Recovery point', pointWords(event.point)],
          ['Tables', `${event.tables.length}, of which ${changed} changed`],
          ['Copied', byteWords(event.copiedBytes)],
          ['Took', durationWords(event.durationMs)],
          ...nextSync(event.nextSyncAt),
        ],
      },
      ...noteBlocks(event.notes),
      tableBlock(event.tables),
    ],
  };
}

export function failedStory(event: SyncFailedMail): MailContent {
  const { target } = endsOf(event.direction);
  const undone = event.kind === 'sync_rolled_back';
  const what = event.run ? ` of ${runWords(event.run)}` : '';
  const readers = undone
    ? `Publishing failed half-way. The recovery point before it was published again, so ${regionWords(target)} shows one complete state.`
    : event.mixed
      ? `Publishing failed half-way, and it could not be undone: tables in ${regionWords(target)} may hold a mix of two states. One of them is completed before anything else; a failover would complete it, too.`
      : event.point
        ? `Nothing changed for readers in ${regionWords(target)}.`
        : `Nothing has been published in ${regionWords(target)} yet: the group is not protected.`;
  return {
    subject: `${event.group}: sync ${undone ? 'rolled back' : 'failed'} (${event.failure.code})`,
    headline: `The sync${what} ${undone ? 'was rolled back' : 'failed'}: ${event.failure.message}`,
    tone: 'bad',
    blocks: [
      ...remedyBlocks(event.failure),
      { kind: 'text', text: readers },
      {
        kind: 'facts',
        rows: [
          ['Code', event.failure.code],
          ['Failing since', timeWords(event.firstFailedAt)],
          currentPoint(event.point),
          ...nextSync(event.nextSyncAt),
        ],
      },
      { kind: 'text', text: 'As long as it fails, this is repeated at most hourly; a mail tells when it works again.' },
    ],
  };
}

export const completedStory = (event: PublishCompletedMail): MailContent => ({
  subject: `${event.group}: tables are whole again, at ${pointWords(event.point)}`,
  headline: `${regionWords(event.region).replace('the', 'The')} shows one complete state of ${event.group} again: ${pointWords(event.point)}.`,
  tone: 'good',
  blocks: [
    {
      kind: 'text',
      text: event.undone
        ? 'A publish had failed half-way. The recovery point before it was published again.'
        : 'A publish had been left half-way. It was completed.',
    },
  ],
});

export function heldStory(event: HeldMail): MailContent {
  const untouched = event.mixed
    ? 'Tables in the target region may hold a mix of two states: a publish was stopped half-way and could not be undone.'
    : 'Nothing was overwritten.';
  const clears = isCutHold(event.failure.code)
    ? 'Nothing has to be done: the hold ends by itself as soon as a newer run makes a valid recovery point.'
    : `${untouched} No sync runs until a person has answered this hold.`;
  return {
    subject: `${event.group}: held (${event.failure.code})`,
    headline: `Sync is on hold: ${event.failure.message}`,
    tone: isCutHold(event.failure.code) ? 'notice' : 'bad',
    blocks: [
      ...remedyBlocks(event.failure),
      { kind: 'text', text: clears },
      {
        kind: 'facts',
        rows: [['Code', event.failure.code], ['Held since', timeWords(event.since)], currentPoint(event.point)],
      },
    ],
  };
}

export const recoveredStory = (event: RecoveredMail): MailContent => ({
  subject: `${event.group}: sync works again`,
  headline: `The group is synced again after ${durationWords(event.at - event.firstFailedAt)} of trouble.`,
  tone: 'good',
  blocks: [
    {
      kind: 'facts',
      rows: [
        ['Recovery point', pointWords(event.point)],
        ['Trouble began', timeWords(event.firstFailedAt)],
      ],
    },
  ],
});

export function rpoStory(event: RpoMail): MailContent {
  const target = durationWords(event.targetMinutes * 60_000);
  const facts: Block = { kind: 'facts', rows: [currentPoint(event.point), ['Target', `at most ${target} old`]] };
  if (event.kind === 'rpo_recovered') {
    return {
      subject: `${event.group}: recovery point within its target again`,
      headline: `The recovery point is no older than ${target} again.`,
      tone: 'good',
      blocks: [facts],
    };
  }
  const age = event.point
    ? `The recovery point is ${durationWords(event.at - event.point.runEndTime)} old`
    : 'There is no recovery point at all';
  return {
    subject: `${event.group}: recovery point older than its target`,
    headline: `${age}; the target is ${target}.`,
    tone: 'bad',
    blocks: [
      facts,
      {
        kind: 'advice',
        text: 'What would be lost now is everything after the recovery point. `lakehouse-dr status` names the last error and the next sync.',
      },
    ],
  };
}

export const remedyBlocks = (failure: Failure): Block[] =>
  failure.remedy === undefined ? [] : [{ kind: 'advice', text: failure.remedy }];

const currentPoint = (point: MailPoint | null): Fact => [
  'Recovery point',
  point ? pointWords(point) : 'none yet: the group is not protected',
];

const noteBlocks = (notes: readonly string[]): Block[] =>
  notes.length === 0 ? [] : [{ kind: 'list', title: 'Good to know', items: notes }];

const nextSync = (at: number | null): Fact[] => (at === null ? [] : [['Next sync', timeWords(at)]]);

function tableBlock(tables: readonly MailTable[]): Block {
  const rows = tables
    .toSorted((a, b) => b.copiedBytes - a.copiedBytes || a.table.localeCompare(b.table))
    .slice(0, shownTables)
    .map(
      (table): TableLine => ({
        table: table.table,
        version: `v${table.sourceVersion}`,
        copied: table.carried
          ? null
          : {
              bytes: byteWords(table.copiedBytes),
              files: countWords(table.copiedFiles, 'file'),
              duration: durationWords(table.durationMs),
            },
      }),
    );
  return { kind: 'tables', rows, left: tables.length - rows.length };
}
