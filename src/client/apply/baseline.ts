import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { DrConfig, GroupConfig } from '../../config/index.js';
import { groupSpec } from '../../config/index.js';
import type { Workspace } from '../../databricks/api.js';
import { DrError } from '../../domain/failure.js';
import { inParallel } from '../../domain/in-parallel.js';
import type { LedgerRow } from '../../domain/ledger.js';
import { ledgerRow } from '../../domain/ledger-events.js';
import type { Region } from '../../domain/region.js';
import { directionFrom, otherRegion } from '../../domain/region.js';
import type { GroupSpec } from '../../domain/spec.js';
import { ledgerLocation } from '../../domain/spec.js';
import { entityId } from '../../workflows/messages.js';
import { askStatus } from '../ask-status.js';
import { shortName } from '../group-names.js';
import type { Io } from '../io.js';
import { wakeWarehouse, warehouseLimitMs, within, withRegion } from '../regions.js';
import { counted } from '../text.js';

/** Content that may be replaced: table id and newest version, per table of the passive region. */
type Baseline = Readonly<Record<string, { readonly tableId: string; readonly version: number }>>;

/**
 * Records what a group's target tables hold now as content that a sync may replace. For tables that were filled before
 * the product came, or that somebody wrote to; commits made later are guarded again.
 *
 * @returns a line for people; null when just this is recorded already
 * @throws DrError
 */
export async function acceptBaseline(
  io: Io,
  client: Client,
  config: DrConfig,
  group: GroupConfig,
): Promise<string | null> {
  const answer = await askStatus(client, group);
  if (answer.kind === 'status' && answer.status.protection === 'exposed') {
    // What the former active region holds beyond the recovery point exists nowhere else.
    io.err(
      `Not accepted for ${shortName(config, group)}: it was failed over, and only reprotecting may replace the other side.\n`,
    );
    return null;
  }
  // A group that was never started is active where every group begins.
  const active: Region = answer.kind === 'status' ? answer.status.activeRegion : 'primary';
  const epoch = answer.kind === 'status' ? answer.status.epoch : 0;
  const target = otherRegion(active);
  const spec = groupSpec(config, group);
  const row = await withRegion(io, config, group.workspace, target, async (region) => {
    await wakeWarehouse(io, region, warehouseLimitMs);
    const baseline = await currentContent(
      region,
      spec.tables.map((table) => table[target]),
      spec.maxParallelTables,
    );
    const detail = JSON.stringify(baseline);
    const ledger = region.ledger(ledgerLocation(spec, target), 'receive');
    const [newest] = await ledger.read({ ...named(group), events: ['baseline'], groupRowsOnly: true, limit: 1 });
    if (newest?.detail === detail) return null;
    // The same content accepted again later, after other content in between, is an event of its own.
    const eventId = `${entityId(group)}/baseline/${sha256(`${newest?.eventId ?? ''} ${detail}`)}`;
    const author = { ...named(group), epoch, controller: 'apply', direction: directionFrom(active) };
    const accepted = ledgerRow(author, 'baseline', eventId, io.now(), { detail });
    await ledger.append([accepted]);
    return accepted;
  });
  if (row === null) return null;
  await copyTo(io, config, spec, active, row);
  return `accepted what ${counted(spec.tables.length, 'table')} of ${shortName(config, group)} in the ${target} region hold now`;
}

/** Whoever accepts does not wait for a region that is dark: the group itself copies what it finds missing there. */
const copyLimitMs = 30_000;

/** The ledger of the active region gets the event, too, if it answers. */
async function copyTo(io: Io, config: DrConfig, spec: GroupSpec, active: Region, row: LedgerRow): Promise<void> {
  const copying = withRegion(io, config, spec.workspace, active, async (region) => {
    await wakeWarehouse(io, region, copyLimitMs);
    await region.ledger(ledgerLocation(spec, active), 'receive').append([row]);
  });
  try {
    await within(copyLimitMs, `The ${active} region`, copying);
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    io.err(
      `It stands in the ledger of one region only, for that of the other can't be written now: ${error.message}\n`,
    );
  }
}

const named = ({ workspace, group }: GroupConfig) => ({ workspace, group });

async function currentContent(region: Workspace, names: readonly string[], lanes: number): Promise<Baseline> {
  const tables = region.tables('receive');
  const entries = await inParallel(names, lanes, async (fullName) => {
    const table = { kind: 'name', name: fullName } as const;
    const [{ id }, [newest]] = await Promise.all([tables.detail(table), tables.history(table, { limit: 1 })]);
    if (newest !== undefined) return [fullName, { tableId: id, version: newest.version }] as const;
    throw new DrError('UNEXPECTED_ANSWER', `${fullName} has no history.`);
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
