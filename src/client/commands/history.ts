import type { DrConfig, GroupConfig } from '../../config/index.js';
import { groupSpec } from '../../config/index.js';
import { DrError } from '../../domain/failure.js';
import { hasManifest } from '../../domain/group/ledger-points.js';
import type { LedgerRow } from '../../domain/ledger.js';
import type { Region } from '../../domain/region.js';
import { ledgerLocation } from '../../domain/spec.js';
import type { ExitCode } from '../exit.js';
import { exitCodes } from '../exit.js';
import { groupNamed } from '../group-names.js';
import type { Io } from '../io.js';
import { withProgress } from '../io.js';
import { newestFirst, readWithTables } from '../ledger-rows.js';
import type { CommonOptions } from '../load.js';
import { configFor } from '../load.js';
import { readableIn } from '../readable-points.js';
import { wakeWarehouse, warehouseLimitMs, withRegion } from '../regions.js';
import { answeredRequest } from '../row-detail.js';
import { bytes, clockTime, duration, table } from '../text.js';

export interface HistoryOptions extends CommonOptions {
  readonly json?: boolean;
}

/**
 * `history GROUP`: the ledgers of both regions as one, newest first, and which recovery points can be read now; one
 * region is enough while the other is dark.
 */
export async function history(io: Io, name: string, options: HistoryOptions): Promise<ExitCode> {
  const config = await configFor(io, options);
  const group = groupNamed(config, name);
  const reading = Promise.all(
    (['secondary', 'primary'] as const).map((region) => readRegion(io, config, group, region)),
  );
  const results = await withProgress(io, 'reading the ledgers, and which points can be read', reading);
  const failures = results.flatMap((result) => ('failure' in result ? [result.failure] : []));
  for (const { message } of failures) io.err(`One ledger can't be read now: ${message}\n`);
  const [failure] = failures;
  if (failure !== undefined && failures.length === results.length) throw failure;
  const rows = shownRows(results.flatMap((result) => ('failure' in result ? [] : [result])));
  io.out(options.json === true ? `${JSON.stringify(rows.map(columnsOf), null, 2)}\n` : historyText(rows, io.columns));
  return exitCodes.done;
}

/** One region's ledger, and which of the points that were copied into that region could be published there now. */
interface RegionHistory {
  readonly rows: readonly LedgerRow[];
  /** By sync id. */
  readonly readable: ReadonlyMap<string, boolean>;
}

const nothingYet: RegionHistory = { rows: [], readable: new Map() };

/** The ledger, or why not: the other region may know it. A ledger that nobody created yet holds nothing. */
async function readRegion(
  io: Io,
  config: DrConfig,
  { workspace, group }: GroupConfig,
  region: Region,
): Promise<RegionHistory | { readonly failure: DrError }> {
  try {
    return await withRegion(io, config, workspace, region, async (connected) => {
      await wakeWarehouse(io, connected, warehouseLimitMs);
      const spec = groupSpec(config, { workspace, group });
      const rows = await readWithTables(connected.ledger(ledgerLocation(spec, region), 'receive'), spec);
      return { rows, readable: await readableIn(connected, spec, rows, io.now()) };
    });
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    return error.code === 'TABLE_NOT_FOUND' || error.code === 'LOCATION_NOT_FOUND' ? nothingYet : { failure: error };
  }
}

/** A row as it is shown: of a recovery point whether it could be published now; null: its region does not tell. */
type ShownRow = LedgerRow & { readonly readable?: boolean | null };

const shownRows = (regions: readonly RegionHistory[]): ShownRow[] => {
  const readable = new Map(regions.flatMap((region) => [...region.readable]));
  return newestFirst(regions.flatMap(({ rows }) => rows)).map((row) =>
    isPoint(row) ? { ...row, readable: readable.get(row.syncId ?? '') ?? null } : row,
  );
};

const isPoint = (row: LedgerRow): boolean => row.tableName === null && hasManifest(row);

const timeColumns: readonly string[] = ['recordedAt', 'runEndTime'];

/** A row as the ledger's own columns name it; times as ISO 8601. */
const columnsOf = (row: ShownRow): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]: [string, unknown]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      timeColumns.includes(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
    ]),
  );

function historyText(rows: readonly ShownRow[], columns: number): string {
  // The rows of single tables stand in `--json`; people ask what became of the group.
  const events = rows.filter(({ tableName }) => tableName === null);
  if (events.length === 0) return 'Nothing has happened yet.\n';
  return table(['time (UTC)', 'event', 'run', 'copied', 'took', 'note'], events.map(eventCells), columns);
}

const eventCells = (row: ShownRow): string[] => [
  // The zone stands in the header: a row fits into 80 columns.
  clockTime(row.recordedAt).replace(/ UTC$/, ''),
  answeredRequest(row)?.kind ?? row.event,
  row.runId === null ? '' : `${row.runId}${row.repairId === null ? '' : `/${row.repairId}`}`,
  row.copiedBytes === null ? '' : bytes(row.copiedBytes),
  row.durationMs === null ? '' : duration(row.durationMs),
  noteOf(row),
];

function noteOf(row: ShownRow): string {
  const { errorCode, direction, readable } = row;
  const words = [
    errorCode,
    answeredRequest(row)?.outcome ?? null,
    direction === 'reverse' ? 'reverse' : null,
    readable === true ? 'readable' : readable === false ? 'gone' : null,
  ];
  return words.filter((word) => word !== null).join(', ');
}
