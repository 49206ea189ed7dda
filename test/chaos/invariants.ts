/** What must be true whenever all is quiet, whatever happened before: asked of the regions, the mailbox and the server. */
import { mailsIn } from '../../demo/mails.js';
import { until } from '../../demo/until.js';
import { isOperatorHold } from '../../src/domain/failure.js';
import type { Region } from '../../src/domain/region.js';
import type { GroupStatus } from '../../src/domain/status.js';
import type { TrueRun } from '../../src/local/truth/truth-log.js';
import { liveStatements } from '../crash/oracle.js';
import { differencesFrom } from '../support/compare.js';
import { execute } from '../support/sql.js';
import type { ChaosWorld } from './chaos-world.js';

/** @returns a sentence per promise that does not hold; empty when all of them do */
export async function brokenInvariants(chaos: ChaosWorld, status: GroupStatus): Promise<string[]> {
  return [
    ...(await notAtARunsEnd(chaos, status)),
    ...(await ledgerProblems(chaos, status)),
    ...requestProblems(chaos, status),
    ...(await silentFailures(chaos)),
    ...liveStatements(chaos.world),
    ...(status.held && isOperatorHold(status.held.code)
      ? [`held without a reason: ${status.held.code}: ${status.held.message}`]
      : []),
    ...chaos.world.stack.problems.map((problem) => `the local pair: ${String(problem)}`),
  ];
}

/** Promise 1: the target is the truth at exactly one good run's end, at which no other run was active. */
async function notAtARunsEnd({ world: { stack }, job }: ChaosWorld, { recoveryPoint }: GroupStatus): Promise<string[]> {
  if (recoveryPoint === null) return ['nothing was published'];
  const truth = stack.truth().filter((run) => run.job === job && run.region === 'primary');
  const run = truth.find(({ runId, repairId }) => runId === recoveryPoint.runId && repairId === recoveryPoint.repairId);
  if (!run) return [`run ${recoveryPoint.runId} (repair ${recoveryPoint.repairId}) never ended`];
  return [
    ...(await differencesFrom(stack, 'secondary', run)),
    ...(run.result === 'SUCCESS' ? [] : [`run ${run.runId} ended as ${run.result}`]),
    ...truth
      .filter((other) => wasActiveAt(other, run.endTime) && other !== run)
      .map((other) => `run ${other.runId} was active at the end of run ${run.runId}`),
  ];
}

/** Repairs are recorded with the start of the run; what was active before them is not known here. */
const wasActiveAt = ({ startTime, endTime, repairId }: TrueRun, instant: string): boolean =>
  repairId === null && startTime < instant && endTime > instant;

const ledgerOf = (region: Region): string => `abfss://dr-sync@${region}sync.dfs.core.windows.net/sync_ledger`;

interface ManifestLine {
  readonly targetTable: string;
  readonly sourceTableId: string;
  readonly sourceVersion: number;
}

/** Promise 3, and that ledger and tables agree: points follow each other, each event is told once, the last one is what readers see. */
async function ledgerProblems({ world: { stack }, group }: ChaosWorld, status: GroupStatus): Promise<string[]> {
  const rows = await execute(
    stack,
    'secondary',
    `SELECT event_id, event, sync_id, run_end_time, table_name, detail FROM delta.\`${ledgerOf('secondary')}\`
     WHERE group_name = '${group}' ORDER BY recorded_at`,
  );
  const ids = rows.map(([eventId]) => String(eventId));
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const ofPoints = rows.filter(([, , , , table]) => table === null);
  const published = ofPoints.filter(([, event]) => event === 'published');
  const backwards = published.flatMap(([, , syncId, endTime], index) => {
    const before = published[index - 1];
    return before && Number(endTime) < Number(before[3])
      ? [`${syncId} was published after the newer ${before[2]}`]
      : [];
  });
  const last = ofPoints.findLast(([, event]) => event === 'published' || event === 'rolled_back');
  if (!last) return ['the ledger knows of no published point'];
  const { manifest } = JSON.parse(String(last[5])) as { manifest: readonly ManifestLine[] };
  return [
    ...twice.map((id) => `twice in the ledger: ${id}`),
    ...backwards,
    ...(last[2] === status.recoveryPoint?.syncId
      ? []
      : [`the ledger's last point is ${last[2]}, the status shows ${status.recoveryPoint?.syncId}`]),
    ...(await Promise.all(manifest.map((line) => wrongStamp(stack, line)))).flat(),
  ];
}

/** The stamp that a target carries names what the manifest names. */
async function wrongStamp(
  stack: ChaosWorld['world']['stack'],
  { targetTable, sourceTableId, sourceVersion }: ManifestLine,
): Promise<string[]> {
  const rows = await execute(stack, 'secondary', `SHOW TBLPROPERTIES ${targetTable}`);
  const stamp = new Map(rows.map(([key, value]) => [key, value]));
  const [id, version] = [stamp.get('dr.source_table_id'), stamp.get('dr.source_version')];
  return id === sourceTableId && Number(version) === sourceVersion
    ? []
    : [`${targetTable} is stamped ${id}@${version}, the ledger names ${sourceTableId}@${sourceVersion}`];
}

/** Each signal takes effect once: it has one entry, and that is answered. */
function requestProblems({ requests }: ChaosWorld, status: GroupStatus): string[] {
  const ids = status.requests.map(({ id }) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const open = status.requests.filter(({ outcome }) => outcome === 'accepted').map(({ id }) => id);
  const lost = requests.filter(({ id, mayBeLost }) => !mayBeLost && !ids.includes(id)).map(({ id }) => id);
  return [
    ...twice.map((id) => `request ${id} has two entries`),
    ...open.map((id) => `request ${id} was never answered`),
    ...lost.map((id) => `request ${id} was lost`),
  ];
}

/** Promise 2: whatever the status once showed as failed, held or rolled back, somebody got a mail about. */
async function silentFailures({ world, failuresSeen, group }: ChaosWorld): Promise<string[]> {
  const failures = [...failuresSeen].filter((code) => code !== 'MAIL_FAILED');
  if (failures.length === 0) return [];
  const told = /: (sync (failed|rolled back)|held) \(/;
  const mailed = await until(
    'a mail about a failure',
    async () => {
      const subjects = (await mailsIn(world.stack.mail.mailDir)).map(({ subject }) => subject);
      return subjects.some((subject) => subject.includes(group) && told.test(subject)) ? true : null;
    },
    15_000,
  ).catch(() => false);
  return mailed ? [] : [`no mail about ${failures.join(', ')}`];
}
