/** The kept histories: how they are cleaned when recorded, what must never be in one, and how they are read. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const historyFolder = fileURLToPath(new URL('histories/', import.meta.url));

/** As `temporal workflow show --output json` prints it: protobuf JSON, of which only this much is looked into here. */
export interface History {
  readonly events: readonly HistoryEvent[];
}

export interface HistoryEvent {
  readonly eventType: string;
  readonly workflowExecutionStartedEventAttributes?: {
    readonly workflowType: { readonly name: string };
    readonly originalExecutionRunId: string;
  };
}

export interface KeptHistory {
  /** File name without extension: the path through the workflow that it stands for. */
  readonly name: string;
  readonly text: string;
  readonly history: History;
}

export function keptHistories(): KeptHistory[] {
  return readdirSync(historyFolder)
    .filter((file) => file.endsWith('.json'))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((file) => {
      const text = readFileSync(join(historyFolder, file), 'utf8');
      return { name: basename(file, '.json'), text, history: JSON.parse(text) as History };
    });
}

export function workflowTypeOf({ events }: History): string {
  return events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name ?? '';
}

/**
 * The text of a file to keep: one event a line, and without what tells where it was recorded. Neither the process that
 * polled nor a stack trace takes part in a replay.
 */
export function cleaned(history: History): string {
  const events = history.events.map((event) => JSON.stringify(event, withoutPlace));
  return `{"events":[\n${events.join(',\n')}\n]}\n`;
}

function withoutPlace(key: string, value: unknown): unknown {
  if (key === 'identity') return 'recorder';
  if (key === 'stackTrace') return '';
  // A worker's own (sticky) queue is named after it.
  return typeof value === 'string' && /^lakehouse-dr\/\d+@/.test(value) ? 'recorder' : value;
}

/** The text with every payload readable: in protobuf JSON they are base64. */
export function readable(text: string): string {
  return text.replace(/"(data|encoding|value)":"([A-Za-z0-9+/]+=*)"/g, (_all, key: string, base64: string) => {
    return `"${key}":${Buffer.from(base64, 'base64').toString('utf8')}`;
  });
}
