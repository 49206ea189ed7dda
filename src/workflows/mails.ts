import type { Cut } from '../activities/contract.js';
import { mailPoint } from '../domain/group/mail-queue.js';
import type { ClonedTable } from '../domain/ledger-events.js';
import type { MailTable, SyncPublishedMail } from '../domain/mail-event.js';
import type { PointSummary } from '../domain/point.js';
import type { Direction } from '../domain/region.js';
import type { GroupSpec } from '../domain/spec.js';
import { endsOf } from '../domain/spec.js';

/** A thousand tables near their expiry are one message, not a thousand lines. */
const mailedNotes = 20;

/** The mail of a published sync: every table of the point, with what both hops moved for it. */
export function syncMail(
  spec: GroupSpec,
  direction: Direction,
  point: PointSummary,
  cut: Cut,
  cloned: readonly ClonedTable[],
  { copiedBytes, durationMs }: { readonly copiedBytes: number; readonly durationMs: number },
): SyncPublishedMail {
  const { target } = endsOf(direction);
  const { workspace, group } = spec;
  const tables = cut.tables.map(({ table, version, changed }): MailTable => {
    const clones = cloned.filter(({ entry }) => entry.targetTable === table[target]).map(({ clone }) => clone);
    return {
      table: table[target],
      sourceVersion: version,
      carried: !changed,
      copiedBytes: clones.reduce((sum, clone) => sum + clone.copiedBytes, 0),
      copiedFiles: clones.reduce((sum, clone) => sum + clone.copiedFiles, 0),
      durationMs: clones.reduce((sum, clone) => sum + clone.durationMs, 0),
    };
  });
  return {
    kind: 'sync_published',
    workspace,
    group,
    eventId: `${workspace}/${group}/${point.syncId}`,
    at: point.publishedAt,
    direction,
    point: mailPoint(point),
    tables,
    copiedBytes,
    durationMs,
    notes: cut.notes.slice(0, mailedNotes),
    nextSyncAt: null,
  };
}
