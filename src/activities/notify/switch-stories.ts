/** What mails say about switches: failed over, switched over, fenced, rehearsed. */
import type {
  DrillMail,
  FailedOverMail,
  FencedMail,
  FenceRefusedMail,
  SwitchedOverMail,
} from '../../domain/mail-event.js';
import { otherRegion } from '../../domain/region.js';
import type { Block, Fact, MailContent } from './content.js';
import { remedyBlocks } from './sync-stories.js';
import { countWords, durationWords, pointWords, regionWords, runWords, timeWords } from './words.js';

export function failedOverStory(event: FailedOverMail): MailContent {
  const from = otherRegion(event.to);
  return {
    subject: `${event.group}: failed over to ${regionWords(event.to)}`,
    headline: `${event.group} is now served from ${regionWords(event.to)}, as of ${pointWords(event.point)}.`,
    tone: 'bad',
    blocks: [
      { kind: 'facts', rows: switchFacts(event) },
      ...lossBlocks(event),
      ...identityBlocks(event),
      ...listOf('Configured tables that this recovery point does not cover', event.uncoveredTables),
      ...jobBlocks(event.job),
      {
        kind: 'text',
        text: event.fencePending
          ? `The job in ${regionWords(from)} is not fenced yet: that is tried again until it holds, and mailed. Until then, do not start it there by hand.`
          : `The job in ${regionWords(from)} is fenced: it can't run there.`,
      },
      {
        kind: 'text',
        text: 'The group is exposed: nothing copies its new data to another region until it is protected the other way.',
      },
    ],
  };
}

export const switchedOverStory = (event: SwitchedOverMail): MailContent => ({
  subject: `${event.group}: switched over to ${regionWords(event.to)}`,
  headline: `${event.group} is now served from ${regionWords(event.to)}. Nothing was lost.`,
  tone: 'good',
  blocks: [{ kind: 'facts', rows: switchFacts(event) }, ...jobBlocks(event.job)],
});

export const fencedStory = (event: FencedMail): MailContent => ({
  subject: `${event.group}: ${regionWords(event.region)} is fenced`,
  headline: `The job ${event.job} can no longer run in ${regionWords(event.region)}, which the group has left.`,
  tone: 'good',
  blocks: [
    ...listOf('Runs that were cancelled there', event.canceledRunIds),
    {
      kind: 'text',
      text: 'Its schedule is paused and no run is allowed to start; the settings that it had are kept for the way back.',
    },
  ],
});

export const fenceRefusedStory = (event: FenceRefusedMail): MailContent => ({
  subject: `${event.group}: ${regionWords(event.region)} can't be fenced (${event.failure.code})`,
  headline: `The job ${event.job} may still run in ${regionWords(event.region)}, which the group has left: ${event.failure.message}`,
  tone: 'bad',
  blocks: [
    ...remedyBlocks(event.failure),
    {
      kind: 'advice',
      text: `Keep the job from running there by hand until then: what it writes in ${regionWords(event.region)} is not in the other one.`,
    },
    { kind: 'facts', rows: [['Code', event.failure.code]] },
    { kind: 'text', text: 'It is tried again with every tick, and mailed at most hourly; a mail tells when it holds.' },
  ],
});

export const drillStory = (event: DrillMail): MailContent => ({
  subject: `${event.group}: drill ${event.failure ? `failed (${event.failure.code})` : 'passed'}`,
  headline: event.failure
    ? `The rehearsal of a failover to ${pointWords(event.point)} failed: ${event.failure.message}`
    : `A failover to ${pointWords(event.point)} was rehearsed and would work.`,
  tone: event.failure ? 'bad' : 'good',
  blocks: [
    ...(event.failure ? remedyBlocks(event.failure) : []),
    {
      kind: 'facts',
      rows: [
        ['Recovery point', pointWords(event.point)],
        ['Took', durationWords(event.durationMs)],
      ],
    },
    { kind: 'text', text: 'Replication was not touched.' },
  ],
});

const switchFacts = (event: FailedOverMail | SwitchedOverMail): Fact[] => [
  ['Recovery point', pointWords(event.point)],
  ['Done', `${timeWords(event.at)}, after ${durationWords(event.durationMs)}`],
  ...optionalFact('Reason', event.reason),
  ...optionalFact('Asked for by', event.requestedBy),
  ['Epoch', String(event.epoch)],
];

const optionalFact = (label: string, value: string | null): Fact[] => (value === null ? [] : [[label, value]]);

function lossBlocks(event: FailedOverMail): Block[] {
  const after = timeWords(event.point.runEndTime);
  const known = event.lostRuns.length + event.interruptedRunIds.length;
  const replay = `Replay the job's inputs of the time since then: everything that arrived after ${after}, the end of the recovery point.`;
  if (known === 0) {
    return [
      {
        kind: 'text',
        text: `No later run is known. ${regionWords(event.to).replace('the', 'The')} can't see what the other one did after it was last reached, so runs after ${after} may be missing.`,
      },
      { kind: 'advice', text: replay },
    ];
  }
  return [
    ...listOf(
      `${countWords(event.lostRuns.length, 'run')} that ended after the recovery point and ${event.lostRuns.length === 1 ? 'is' : 'are'} not here`,
      event.lostRuns.map(runWords),
    ),
    ...listOf(
      'Runs that were active when the other region was last seen (nothing of theirs is here)',
      event.interruptedRunIds.map((id) => `run ${id}`),
    ),
    { kind: 'advice', text: replay },
  ];
}

const identityBlocks = (event: FailedOverMail): Block[] =>
  listOf('Tables with identity columns, whose values may repeat values that lost runs had drawn', event.identityTables);

function jobBlocks(job: FailedOverMail['job']): Block[] {
  if (job === null) return [];
  if (job.failure) {
    return [
      { kind: 'text', text: `The job ${job.name} could not be activated here: ${job.failure.message}` },
      ...remedyBlocks(job.failure),
    ];
  }
  return [
    job.activated
      ? { kind: 'text', text: `The job ${job.name} is active here: its schedule runs.` }
      : {
          kind: 'advice',
          text: `The job ${job.name} was left paused here, as configured. Unpause it when you are ready.`,
        },
  ];
}

const listOf = (title: string, items: readonly string[]): Block[] =>
  items.length === 0 ? [] : [{ kind: 'list', title, items }];
