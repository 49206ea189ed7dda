import { createHash } from 'node:crypto';
import { assertNever } from '../../domain/assert-never.js';
import type { MailEvent } from '../../domain/mail-event.js';
import type { MailContent } from './content.js';
import { renderHtml } from './render-html.js';
import { renderText } from './render-text.js';
import { drillStory, failedOverStory, fencedStory, fenceRefusedStory, switchedOverStory } from './switch-stories.js';
import { completedStory, failedStory, heldStory, publishedStory, recoveredStory, rpoStory } from './sync-stories.js';

/** A mail without addresses. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With angle brackets, as the header wants it. */
  readonly messageId: string;
}

/**
 * Says an event to people. Pure: the same event is the same mail, so that one sent twice (the answer of the first
 * attempt was lost) is recognised as a repeat by its Message-ID.
 */
export function composeMail(event: MailEvent): Mail {
  const content = storyOf(event);
  const footer = `Group ${event.group} of workspace ${event.workspace}. Workflow dr/${event.workspace}/${event.group}. Sent by lakehouse-dr.`;
  return {
    subject: oneLine(`[DR] ${content.subject}`),
    text: printable(renderText(content, footer)),
    html: printable(renderHtml(content, footer)),
    messageId: messageIdOf(event),
  };
}

function storyOf(event: MailEvent): MailContent {
  switch (event.kind) {
    case 'sync_published':
      return publishedStory(event);
    case 'sync_failed':
    case 'sync_rolled_back':
      return failedStory(event);
    case 'publish_completed':
      return completedStory(event);
    case 'recovered':
      return recoveredStory(event);
    case 'held':
      return heldStory(event);
    case 'failed_over':
      return failedOverStory(event);
    case 'switched_over':
      return switchedOverStory(event);
    case 'fenced':
      return fencedStory(event);
    case 'fence_refused':
      return fenceRefusedStory(event);
    case 'drill':
      return drillStory(event);
    case 'rpo_exceeded':
    case 'rpo_recovered':
      return rpoStory(event);
    default:
      return assertNever(event);
  }
}

/** A reminder of a lasting trouble tells the same event anew, and must not be taken for a repeat of the first mail. */
function messageIdOf(event: MailEvent): string {
  const lasting: readonly MailEvent['kind'][] = ['held', 'rpo_exceeded', 'fence_refused'];
  const reminder = lasting.includes(event.kind) ? `@${event.at}` : '';
  const hash = createHash('sha256').update(`${event.kind}/${event.eventId}${reminder}`).digest('hex').slice(0, 40);
  return `<${hash}@lakehouse-dr.invalid>`;
}

/** Mail programs cut long subjects, and a line feed in one would be a header of somebody else's making. */
const maxSubjectLength = 200;
const oneLine = (text: string): string => {
  const line = printable(text).replace(/\s+/g, ' ').trim();
  return line.length > maxSubjectLength ? `${line.slice(0, maxSubjectLength - 1)}…` : line;
};

/** Without control characters (a vendor's message may hold terminal escapes), line feeds and tabs kept. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
