import { describe, expect, it } from 'vitest';
import { composeMail } from '../../src/activities/notify/index.js';
import type { MailEvent } from '../../src/domain/mail-event.js';
import { events, point } from './events.js';

/** What each mail has to tell, by the design's list: a story that forgets one of these leaves its reader in the dark. */
const mustTell: Readonly<Record<MailEvent['kind'], readonly string[]>> = {
  sync_published: [
    'sample_workflow_1',
    point.run?.runId ?? '',
    '2026-11-22 19:40 UTC',
    'v41',
    'v42',
    '1.2 MB',
    '3 files',
    '1 min 5 s',
    '20:15',
    'unchanged',
  ],
  sync_failed: [
    'STATEMENT_FAILED',
    'run 9 (repair 3)',
    'Look at statement 01ef.',
    'Nothing changed for readers',
    '19:55',
  ],
  sync_rolled_back: ['VERIFY_FAILED', 'published again', point.run?.runId ?? ''],
  publish_completed: ['secondary', 'complete state', 'published again', point.run?.runId ?? ''],
  recovered: ['2 h 5 min', point.run?.runId ?? ''],
  held: ['TARGET_CHANGED', 'lakehouse-dr explain', '19:59', 'Nothing was overwritten'],
  failed_over: [
    'secondary',
    'region down',
    'ada',
    'run 812345678909999',
    'run 812345678910000',
    'identity columns',
    'cat.main.new_table',
    'sample_workflow_1 is active here',
    'not fenced yet',
    'after 2026-11-22 19:40 UTC',
    'exposed',
  ],
  switched_over: ['primary', 'Nothing was lost', 'left paused'],
  fenced: ['primary', '812345678910000', 'can no longer run'],
  fence_refused: ['primary', 'PERMISSION_DENIED', 'may still run', 'Grant CAN MANAGE.'],
  drill: ['would work', '30 s'],
  rpo_exceeded: ['20 min old', '15 min'],
  rpo_recovered: ['15 min again'],
};

describe('nothing is lost in silence: each mail tells what its reader needs', () => {
  it.each(Object.values(events))('$kind, in text and in HTML', (event) => {
    const { text, html, subject } = composeMail(event);
    expect(subject).toMatch(/^\[DR\] sample_workflow_1: /);
    for (const fact of mustTell[event.kind]) {
      expect(text).toContain(fact);
      expect(unescaped(html)).toContain(fact);
    }
  });

  it('does not call tables untouched that may hold a mix of two states', () => {
    const { text } = composeMail({ ...events.sync_failed, mixed: true });
    expect(text).not.toContain('Nothing changed for readers');
    expect(text).toContain('mix of two states');
    const held = composeMail({ ...events.held, mixed: true }).text;
    expect(held).not.toContain('Nothing was overwritten');
    expect(held).toContain('mix of two states');
  });

  it('says that inputs have to be replayed even when no later run is known', () => {
    const { text } = composeMail({ ...events.failed_over, lostRuns: [], interruptedRunIds: [] });
    expect(text).toContain('No later run is known');
    expect(text).toContain('everything that arrived after 2026-11-22 19:40 UTC');
  });

  it('names a job that could not be activated, and the remedy', () => {
    const failure = { code: 'PERMISSION_DENIED', message: 'No CAN_MANAGE.', remedy: 'Grant it.' } as const;
    const { text } = composeMail({ ...events.failed_over, job: { name: 'etl', activated: false, failure } });
    expect(text).toContain('could not be activated here: No CAN_MANAGE.');
    expect(text).toContain('Grant it.');
  });

  it('keeps a mail about a thousand tables short, largest copies first', () => {
    const [first] = events.sync_published.tables;
    const tables = Array.from({ length: 1000 }, (_, index) => ({
      ...first,
      table: `c.s.t${index}`,
      copiedBytes: index,
    }));
    const { text } = composeMail({ ...events.sync_published, tables });
    expect(text).toContain('c.s.t999 ');
    expect(text).toContain('and 960 more');
    expect(text.length).toBeLessThan(5000);
  });
});

describe('a mail sent twice is recognised', () => {
  it('the same event has the same Message-ID, another event another one', () => {
    const ids = Object.values(events).map((event) => composeMail(event).messageId);
    expect(ids).toEqual(Object.values(events).map((event) => composeMail({ ...event }).messageId));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^<[0-9a-f]{40}@[a-z.-]+>$/);
  });

  it('an hourly reminder is not taken for a repeat of the first mail', () => {
    const reminder = composeMail({ ...events.held, at: events.held.at + 3_600_000 });
    expect(reminder.messageId).not.toBe(composeMail(events.held).messageId);
  });
});

describe('values from outside stay values', () => {
  const nasty = `<img src=x onerror=alert(1)>"'&</td>\r\nBcc: all@example.com\u001b[31m\u202e`;

  it.each(Object.values(events))('$kind: no markup and no header can be smuggled in', (event) => {
    const { subject, html, text } = composeMail(withEveryText(event, nasty));
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).not.toContain('<img');
    expect(html).not.toContain('"\'&<');
    expect(html.match(/<\/td>/g)?.length).toBe(html.match(/<td\b/g)?.length);
    for (const part of [subject, html, text]) {
      expect(part.includes('\u001b')).toBe(false);
      expect(part.includes('\u202e')).toBe(false);
    }
  });
});

/** Replaces every text of an event, kind and enumerations aside. */
function withEveryText(event: MailEvent, text: string): MailEvent {
  const kept = ['kind', 'direction', 'to', 'region', 'code'];
  const replace = (key: string, value: unknown): unknown => {
    if (kept.includes(key)) return value;
    if (typeof value === 'string') return text;
    if (Array.isArray(value)) return value.map((item) => replace('', item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replace(name, inner)]));
  };
  return replace('', event) as MailEvent;
}

const unescaped = (html: string): string =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
