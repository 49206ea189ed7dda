import type { Cut } from '../../activities/contract.js';
import type { Failure } from '../../domain/failure.js';
import { mailPoint } from '../../domain/group/mail-queue.js';
import type { ClonedTable } from '../../domain/ledger-events.js';
import type { MailTable, SyncPublishedMail } from '../../domain/mail-event.js';
import type { PointSummary } from '../../domain/point.js';
import type { Direction } from '../../domain/region.js';
import type { GroupSpec } from '../../domain/spec.js';
import { endsOf } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import { mailSteps } from '../steps.js';
import type { Sync } from './sync.js';
import { facts } from './sync.js';

/** A thousand tables near their expiry are one message, not a thousand lines. */
const mailedNotes = 20;

/** Mails that the point is published. @returns why that failed; null when it was sent, or is not wanted */
export async function mailPublished(
  sync: Sync,
  point: PointSummary,
  cut: Cut,
  tables: readonly ClonedTable[],
): Promise<Failure | null> {
  if (sync.spec.successMail === 'off') return null;
  try {
    await mailSteps.notify(
      { workspace: sync.input.workspace, group: sync.input.group },
      syncMail(sync.spec, sync.input.direction, point, cut, tables, facts(sync)),
    );
    return null;
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** Every table of the point, with what both hops moved for it. */
function syncMail(
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
