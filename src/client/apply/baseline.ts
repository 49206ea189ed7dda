import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { DrConfig, GroupConfig } from '../../config/index.js';
import { groupSpec } from '../../config/index.js';
import type { Workspace } from '../../databricks/api.js';
import { DrError } from '../../domain/failure.js';
import { inParallel } from '../../domain/in-parallel.js';
import { ledgerRow } from '../../domain/ledger-events.js';
import type { Region } from '../../domain/region.js';
import { directionFrom, otherRegion } from '../../domain/region.js';
import { ledgerLocation } from '../../domain/spec.js';
import { entityId } from '../../workflows/messages.js';
import { askStatus } from '../ask-status.js';
import { shortName } from '../group-names.js';
import type { Io } from '../io.js';
import { wakeWarehouse, warehouseLimitMs, withRegion } from '../regions.js';
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
  return withRegion(io, config, group.workspace, target, async (region) => {
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
    await ledger.append([ledgerRow(author, 'baseline', eventId, io.now(), { detail })]);
    return `accepted what ${counted(Object.keys(baseline).length, 'table')} of ${shortName(config, group)} in the ${target} region hold now`;
  });
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
