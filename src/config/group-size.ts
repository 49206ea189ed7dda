/** How large a group may be: its tables travel together, through steps, histories and ledger rows that have limits. */
import type { Finding } from './finding.js';
import { errorAt } from './finding.js';
import type { FileOutline } from './outline.js';

/** A table takes some forty events of a sync's history, of which Temporal allows 51,200. */
export const mostTables = 1000;

/**
 * The names of all tables, in both regions, in UTF-8. A manifest, which names every table several times, has to fit
 * compressed into the 1 MB that the parameters of one statement may hold.
 */
export const mostNameBytes = 400_000;

/** Groups that could not be copied as one. */
export function groupSizes({ workspaces }: FileOutline): Finding[] {
  return workspaces
    .flatMap(({ groups }) => groups)
    .flatMap(({ path, tables }) => {
      const tooLarge = whyTooLarge(tables);
      return tooLarge === null
        ? []
        : [errorAt([...path, 'tables'], tooLarge, 'Split the group: into jobs, or groups of standalone tables.')];
    });
}

function whyTooLarge(tables: readonly { readonly primary: string; readonly secondary: string }[]): string | null {
  if (tables.length > mostTables) return `${tables.length} tables are too many: a group has at most ${mostTables}.`;
  const bytes = tables.reduce((sum, { primary, secondary }) => sum + bytesOf(primary) + bytesOf(secondary), 0);
  return bytes > mostNameBytes
    ? `The names of these tables are too long together: ${bytes} bytes in both regions, of at most ${mostNameBytes}.`
    : null;
}

const bytesOf = (text: string): number => Buffer.byteLength(text);
