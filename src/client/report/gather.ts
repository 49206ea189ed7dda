import type { DrConfig, GroupConfig } from '../../config/index.js';
import { EnvironmentError, groupSpec, groupsOf } from '../../config/index.js';
import { DrError } from '../../domain/failure.js';
import { inParallel } from '../../domain/in-parallel.js';
import type { LedgerRow } from '../../domain/ledger.js';
import type { Region } from '../../domain/region.js';
import { ledgerLocation } from '../../domain/spec.js';
import { askStatus, noStatus } from '../ask-status.js';
import { CliError, exitCodes } from '../exit.js';
import { explainFailure } from '../explain-failure.js';
import type { Io } from '../io.js';
import { wakeWarehouse, within, withRegion } from '../regions.js';
import { withTemporal } from '../temporal.js';
import type { ReportData, ReportGroup } from './data.js';

/** Group rows of each ledger that the page is drawn from, per group: the newest. */
const rowsPerGroup = 500;

/** A stopped warehouse gets this long to start: a report is often made while one region is dark, and must come out. */
const warehouseLimitMs = 180_000;
const readLimitMs = 60_000;

/** Groups whose state is asked for, and ledgers that are read, at a time. */
const lanes = 4;

/** Rows per group, in the order of the groups; or why the region's ledger can't be read. */
type LedgerAnswer = readonly (readonly LedgerRow[])[] | Unanswered;

interface Unanswered {
  readonly unknownBecause: string;
}

/**
 * Asks Temporal and both regions for all that stands in the report; what does not answer is named in it.
 *
 * @throws CliError exit code 4 when nothing at all could be asked
 */
export async function gatherReport(io: Io, config: DrConfig, version: string): Promise<ReportData> {
  const groups = groupsOf(config);
  const sources = config.workspaces.flatMap(({ name }) =>
    (['secondary', 'primary'] as const).map((region) => ({ name, region })),
  );
  const [statuses, ledgers] = await Promise.all([
    askStatuses(io, groups),
    inParallel(sources, lanes, ({ name, region }) =>
      readLedger(
        io,
        config,
        groups.filter(({ workspace }) => workspace === name),
        region,
      ),
    ),
  ]);
  const unanswered = [
    ...('unknownBecause' in statuses ? [statuses.unknownBecause] : []),
    ...ledgers.flatMap((answer) => ('unknownBecause' in answer ? [answer.unknownBecause] : [])),
  ];
  if (unanswered.length === ledgers.length + 1) {
    throw new CliError(
      exitCodes.unreachable,
      `Nothing could be asked, so no report was written. ${unanswered.join(' ')}`,
      'Make Temporal or one of the regions reachable from here, then try again.',
    );
  }
  return {
    generatedAt: io.now(),
    version,
    unanswered,
    groups: groups.map((group, index) => ({
      workspace: group.workspace,
      group: group.group,
      status: 'unknownBecause' in statuses ? statuses : (statuses[index] ?? notAsked),
      rows: newestFirst(
        ledgers.flatMap((answer, at) => {
          if ('unknownBecause' in answer || sources[at]?.name !== group.workspace) return [];
          return answer.flat().filter((row) => row.groupName === group.group);
        }),
      ),
    })),
  };
}

const notAsked: Unanswered = { unknownBecause: 'It was not asked.' };

async function askStatuses(io: Io, groups: readonly GroupConfig[]): Promise<ReportGroup['status'][] | Unanswered> {
  return answerOr('Temporal could not be asked', () =>
    withTemporal(io, (client) =>
      inParallel(groups, lanes, async (group) => {
        const answer = await askStatus(client, group);
        if (answer.kind === 'status') return answer.status;
        const { message, remedy } = noStatus(group, answer);
        return { unknownBecause: `${message} ${remedy}` };
      }),
    ),
  );
}

/** All groups of a workspace by one session. A ledger that nobody created yet holds nothing. */
async function readLedger(
  io: Io,
  config: DrConfig,
  groups: readonly GroupConfig[],
  region: Region,
): Promise<LedgerAnswer> {
  const [first] = groups;
  if (first === undefined) return [];
  return answerOr(`The ledger of the ${region} region of ${first.workspace} could not be read`, () =>
    withRegion(io, config, first.workspace, region, async (connected) => {
      await wakeWarehouse(io, connected, warehouseLimitMs);
      const ledger = connected.ledger(ledgerLocation(groupSpec(config, first), region), 'receive');
      const reading = inParallel(groups, 1, ({ workspace, group }) =>
        ledger.read({ workspace, group, groupRowsOnly: true, limit: rowsPerGroup }).catch(nothingYet),
      );
      return within(readLimitMs, `The warehouse of the ${region} region`, reading);
    }),
  );
}

function nothingYet(error: unknown): readonly LedgerRow[] {
  if (error instanceof DrError && (error.code === 'TABLE_NOT_FOUND' || error.code === 'LOCATION_NOT_FOUND')) return [];
  throw error;
}

/** A place that does not answer, or refuses, is told on the page; any other failure is one of this program. */
async function answerOr<T>(what: string, ask: () => Promise<T>): Promise<T | Unanswered> {
  try {
    return await ask();
  } catch (error) {
    const { exitCode, message, remedy } = explainFailure(error);
    const told = error instanceof DrError || error instanceof EnvironmentError || exitCode !== exitCodes.failed;
    if (!told) throw error;
    return { unknownBecause: `${what}: ${message}${remedy === null ? '' : ` ${remedy}`}` };
  }
}

/** Events are copied to the other ledger when its region answers, so most are read twice. */
const newestFirst = (rows: readonly LedgerRow[]): LedgerRow[] =>
  [...new Map(rows.map((row) => [row.eventId, row])).values()].sort((a, b) => b.recordedAt - a.recordedAt);
