import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { DrConfig, GroupConfig } from '../../config/index.js';
import { groupSpec, groupsOf } from '../../config/index.js';
import { DrError, isOperatorHold } from '../../domain/failure.js';
import type { Region } from '../../domain/region.js';
import { ledgerLocation } from '../../domain/spec.js';
import type { GroupStatus, RecoveryPointStatus } from '../../domain/status.js';
import { entityId } from '../../workflows/messages.js';
import { describeSchedule } from '../apply/difference.js';
import type { StatusAnswer } from '../ask-status.js';
import { askStatus, noStatus } from '../ask-status.js';
import type { ExitCode } from '../exit.js';
import { exitCodes } from '../exit.js';
import { groupNamed } from '../group-names.js';
import type { Io } from '../io.js';
import { withProgress } from '../io.js';
import { readWithTables } from '../ledger-rows.js';
import type { CommonOptions } from '../load.js';
import { configFor } from '../load.js';
import { pointTables } from '../point-tables.js';
import { readableIn } from '../readable-points.js';
import { within, withRegion } from '../regions.js';
import { statusText } from '../status-text.js';
import { withTemporal } from '../temporal.js';

export interface StatusOptions extends CommonOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

type Answered = { readonly group: GroupConfig; readonly answer: StatusAnswer };

const redrawEveryMs = 2_000;
const clearScreen = '\u001b[2J\u001b[H';

/**
 * `status [GROUP]`: the state of one group or of all. Text never touches Databricks; `--json` also asks those warehouses that
 * are running, and starts none.
 */
export async function status(io: Io, name: string | undefined, options: StatusOptions): Promise<ExitCode> {
  const config = await configFor(io, options);
  const groups = name === undefined ? groupsOf(config) : [groupNamed(config, name)];
  return withTemporal(io, async (client) => {
    if (options.json === true) return statusJson(io, config, await askAll(io, client, groups));
    for (;;) {
      const answers = await askAll(io, client, groups);
      const text = answers.map((answered) => answeredText(io, answered)).join('\n');
      io.out(options.watch === true && io.interactive ? `${clearScreen}${text}` : text);
      if (options.watch !== true) return worst(answers);
      await sleep(redrawEveryMs, undefined, { signal: io.interrupted }).catch(() => undefined);
      if (io.interrupted.aborted) return exitCodes.done;
    }
  });
}

const askAll = (io: Io, client: Client, groups: readonly GroupConfig[]): Promise<Answered[]> =>
  withProgress(
    io,
    'asking the groups',
    Promise.all(
      groups.map(async (group) => ({ group, answer: await withNextSync(client, await askStatus(client, group)) })),
    ),
  );

/** The group's workflow does not see its Schedule; where it names no time of its own, the Schedule's next tick is it. */
async function withNextSync(client: Client, answer: StatusAnswer): Promise<StatusAnswer> {
  if (answer.kind !== 'status' || answer.status.nextSyncAt !== null || answer.status.paused) return answer;
  const { protection, held } = answer.status;
  if (protection === 'exposed' || (held !== null && isOperatorHold(held.code))) return answer;
  const schedule = await describeSchedule(client, entityId(answer.status));
  const next = schedule === null || schedule.state.paused ? undefined : schedule.info.nextActionTimes[0];
  return { kind: 'status', status: { ...answer.status, nextSyncAt: next?.toISOString() ?? null } };
}

function answeredText(io: Io, { group, answer }: Answered): string {
  if (answer.kind === 'status') return statusText(answer.status, io.now(), io.columns);
  const { message, remedy } = noStatus(group, answer);
  return `${group.workspace}/${group.group}\n  ${message}\n  ${remedy}\n`;
}

const worst = (answers: readonly Answered[]): ExitCode => {
  const silent =
    answers.find(({ answer }) => answer.kind === 'no-worker') ??
    answers.find(({ answer }) => answer.kind === 'not-running');
  return silent === undefined || silent.answer.kind === 'status'
    ? exitCodes.done
    : noStatus(silent.group, silent.answer).exitCode;
};

async function statusJson(io: Io, config: DrConfig, answers: readonly Answered[]): Promise<ExitCode> {
  const groups = await withProgress(
    io,
    'reading the ledgers',
    Promise.all(
      answers.map(async ({ group, answer }) => {
        if (answer.kind === 'status') return [await withLedger(io, config, answer.status)];
        const { message, remedy } = noStatus(group, answer);
        io.err(`${message} ${remedy}\n`);
        return [];
      }),
    ),
  );
  io.out(`${JSON.stringify({ groups: groups.flat() }, null, 2)}\n`);
  return worst(answers);
}

/** Whoever watches a group waits no longer than this for what its warehouses know. */
const ledgerLimitMs = 20_000;

async function withLedger(io: Io, config: DrConfig, status: GroupStatus): Promise<GroupStatus> {
  const { recoveryPoint } = status;
  if (recoveryPoint === null) return status;
  // Both may know it: a point is recorded in the region that was being protected into, which a switch has made the active one.
  const looks = await Promise.all(
    (['secondary', 'primary'] as const).map(async (region) => {
      try {
        return await within(ledgerLimitMs, `The ${region} region`, lookAt(io, config, status, recoveryPoint, region));
      } catch (error) {
        if (!(error instanceof DrError)) throw error;
        return null;
      }
    }),
  );
  const tables = looks.map((look) => look?.tables ?? null).find((found) => found !== null) ?? null;
  const readable = new Map(looks.flatMap((look) => [...(look?.readable ?? [])]));
  return {
    ...status,
    recoveryPoint: { ...recoveryPoint, tables },
    recoveryPoints: status.recoveryPoints.map((point) => ({ ...point, readable: readable.get(point.syncId) ?? null })),
  };
}

/** What a region's ledger and staging tell of the points; null while its warehouse sleeps: a look starts none. */
const lookAt = (
  io: Io,
  config: DrConfig,
  { workspace, group }: GroupStatus,
  recoveryPoint: RecoveryPointStatus,
  region: Region,
): Promise<(Pick<RecoveryPointStatus, 'tables'> & { readonly readable: ReadonlyMap<string, boolean> }) | null> =>
  withRegion(io, config, workspace, region, async (connected) => {
    if ((await connected.warehouse.state()) !== 'running') return null;
    const spec = groupSpec(config, { workspace, group });
    const ledger = connected.ledger(ledgerLocation(spec, region), 'receive');
    const rows = await readWithTables(ledger, spec, ['published', 'rolled_back']);
    return { tables: pointTables(recoveryPoint, rows), readable: await readableIn(connected, spec, rows, io.now()) };
  });
