import type { Duration } from '@temporalio/common';
import { log, patched } from '@temporalio/workflow';
import { ledgersCompared } from '../../domain/group/ledger-gap.js';
import { reportFailure } from '../../domain/group/mail-queue.js';
import { afterFailure } from '../../domain/group/outcomes.js';
import { mustTakeOver, rebuildState } from '../../domain/group/rebuild.js';
import { withSettings } from '../../domain/group/rpo.js';
import type { GroupState } from '../../domain/group/state.js';
import type { LedgerRow } from '../../domain/ledger.js';
import { ledgerRow } from '../../domain/ledger-events.js';
import type { Region } from '../../domain/region.js';
import { directionFrom, otherRegion } from '../../domain/region.js';
import type { GroupSpec } from '../../domain/spec.js';
import { headOf } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import { switchOverId } from '../messages.js';
import type { HostSteps } from '../steps.js';
import { homeSteps, switchSteps, syncSteps, waitingHomeSteps } from '../steps.js';
import type { Entity } from './entity.js';
import { mustLeave, untilUrgent } from './entity.js';

/** How long the ledger of one region is waited for when the other one has answered. */
const oneLedgerAlone = '2 minutes';

/** A switch waits no longer for the ledger of the region that it goes to, which it can't do without anyway. */
const ledgerOfDestination = '1 minute';

/** Nor for the one that it leaves: that region may be gone. */
const ledgerLeftBehind = '5 seconds';

/** What one region's ledger tells of a group. */
interface Told {
  readonly region: Region;
  readonly rows: readonly LedgerRow[];
}

/**
 * Rebuilds the state from the ledgers of both regions and takes the group over. The passive region's ledger is required,
 * for everything is recorded there first; the active one's only adds what may have been lost, and is asked again at a later
 * tick where it was silent. While the passive region is silent, what was copied to the other ledger is known and shown, and
 * nothing is synced. If it tells of a switch, the region it belongs to is the passive one by now, and its ledger is enough.
 */
export async function rebuildStep(entity: Entity): Promise<void> {
  try {
    await untilUrgent(
      entity,
      () => entity.state.switchRequest !== null || mustLeave(),
      () => rebuild(entity),
    );
  } catch (thrown) {
    entity.state = afterFailure(entity.state, failureOf(thrown), null, Date.now());
    entity.state = reportFailure(entity.state, entity.settings, null, Date.now());
  }
}

async function rebuild(entity: Entity): Promise<void> {
  // A switch of an earlier life may still be on its way: what it does is in the ledgers once it has ended.
  if (entity.state.ledgersRead.length === 0 && patched('await-switch')) {
    await waitingHomeSteps.awaitClosed(switchOverId(entity.ref));
  }
  const spec = await loadSpec(entity);
  const { activeRegion } = entity.state;
  const passive = otherRegion(activeRegion);
  if (entity.state.ledgersRead.includes(passive)) {
    await askSilentLedger(entity, spec, activeRegion);
    return;
  }
  const [required, optional] = await Promise.all([
    readEventsWithin(oneLedgerAlone, syncSteps(spec, passive), spec, passive),
    readEventsWithin(oneLedgerAlone, syncSteps(spec, activeRegion), spec, activeRegion),
  ]);
  const inActive = optional ? [{ region: activeRegion, rows: optional }] : [];
  if (!required && optional) {
    layOver(entity, spec, optional);
    if (entity.state.activeRegion === passive) {
      await takeOver(entity, spec, inActive);
      return;
    }
  }
  const inPassive = required ?? (await readEvents(syncSteps(spec, passive), spec, passive));
  await takeOver(entity, spec, [{ region: passive, rows: inPassive }, ...inActive]);
}

/** The other ledger, which is known already, is read only once this one answers: no warehouse is woken for a silence. */
async function askSilentLedger(entity: Entity, spec: GroupSpec, silent: Region): Promise<void> {
  // Kept first: whatever becomes of it, it is not asked again before the next tick.
  entity.state = { ...entity.state, ledgersAskedAt: Date.now() };
  const told = await readEventsWithin(oneLedgerAlone, syncSteps(spec, silent), spec, silent);
  if (told === null) return;
  const other = otherRegion(silent);
  const known = await readEvents(syncSteps(spec, other), spec, other);
  await takeOver(entity, spec, [
    { region: other, rows: known },
    { region: silent, rows: told },
  ]);
}

/** What the ledgers tell is laid over the state, so that it can be seen and a switch knows it. Nothing is taken over yet. */
function layOver(entity: Entity, { recoveryPointsKept }: GroupSpec, ledgers: readonly LedgerRow[]): void {
  const rows = [...ledgers, ...entity.state.ledgerQueue];
  entity.state = { ...rebuildState(entity.state, rows, [], recoveryPointsKept), due: entity.state.due };
}

/** Lays over the state what the ledgers tell, and claims the group where it is not ours. */
async function takeOver(entity: Entity, spec: GroupSpec, told: readonly Told[]): Promise<void> {
  const ledgers = told.flatMap(({ rows }) => rows);
  const read = told.map(({ region }) => region);
  // What waits to be written is as true as what was.
  const rows = [...ledgers, ...entity.state.ledgerQueue];
  const rebuilt = rebuildState(entity.state, rows, read, spec.recoveryPointsKept);

  // The claim is in the ledger before anything that this controller does counts.
  if (mustTakeOver(rebuilt, rows)) {
    const [region] = read;
    await claim(entity, spec, rebuilt, region ?? otherRegion(rebuilt.activeRegion));
  }
  // Signals that came while the ledgers were read are kept: only what the ledgers tell is laid over the state.
  const now = [...ledgers, ...entity.state.ledgerQueue];
  entity.state = {
    ...rebuildState(entity.state, now, read, spec.recoveryPointsKept),
    ledgersAskedAt: Date.now(),
  };
  const [one, other] = told;
  entity.state = ledgersCompared(entity.state, one?.rows ?? [], other?.rows ?? null, Date.now());
}

async function claim(entity: Entity, spec: GroupSpec, { epoch, controller, activeRegion }: GroupState, region: Region) {
  const author = { ...entity.ref, epoch, controller, direction: directionFrom(activeRegion) };
  await syncSteps(spec, region).short.recordEvents.executeWithOptions({ summary: 'ledger took_over' }, [
    {
      head: headOf(spec),
      region,
      rows: [ledgerRow(author, 'took_over', `${controller}/${epoch}/took_over`, Date.now())],
    },
  ]);
}

/**
 * Before a switch of a group whose state was not rebuilt yet: where is it active? Only the ledger of the region that the
 * switch goes to is waited for. Nothing is taken over: the switch itself claims the group, and where it is refused the
 * state is rebuilt as usual.
 *
 * @returns whether anything was learned
 */
export async function learnBeforeSwitch(entity: Entity, to: Region): Promise<boolean> {
  const spec = await loadSpec(entity);
  const from = otherRegion(to);
  const ledgers = await Promise.all([
    readEventsWithin(ledgerOfDestination, switchSteps(spec, to), spec, to),
    readEventsWithin(ledgerLeftBehind, switchSteps(spec, from), spec, from),
  ]);
  if (ledgers.every((rows) => rows === null)) return false;
  layOver(
    entity,
    spec,
    ledgers.flatMap((rows) => rows ?? []),
  );
  return true;
}

/**
 * Before the job of a region is fenced whose ledger this controller has never read: was the group switched back to it?
 * Waits for that ledger as long as the region is silent.
 */
export async function learnBeforeFence(entity: Entity, left: Region): Promise<void> {
  if (entity.state.ledgersRead.includes(left)) return;
  const spec = await loadSpec(entity);
  const there = otherRegion(left);
  const ledgers = await Promise.all([
    readEvents(switchSteps(spec, left), spec, left),
    readEvents(switchSteps(spec, there), spec, there),
  ]);
  const [inLeft, inThere] = ledgers;
  await takeOver(entity, spec, [
    { region: there, rows: inThere },
    { region: left, rows: inLeft },
  ]);
}

async function loadSpec(entity: Entity): Promise<GroupSpec> {
  const spec = await homeSteps.loadSpec(entity.ref);
  entity.settings = spec;
  entity.state = withSettings(entity.state, spec, Date.now());
  return spec;
}

const readEvents = (steps: HostSteps, spec: GroupSpec, region: Region): Promise<readonly LedgerRow[]> =>
  steps.short.readEvents.executeWithOptions({ summary: `ledger of the ${region}` }, [{ head: headOf(spec), region }]);

/** null when that region does not answer in time: its ledger is read again when it does. */
async function readEventsWithin(
  limit: Duration,
  steps: HostSteps,
  spec: GroupSpec,
  region: Region,
): Promise<readonly LedgerRow[] | null> {
  try {
    return await steps.short.readEvents.executeWithOptions(
      { summary: `ledger of the ${region}`, scheduleToCloseTimeout: limit },
      [{ head: headOf(spec), region }],
    );
  } catch (thrown) {
    const failure = failureOf(thrown);
    log.warn('a ledger could not be read', { region, code: failure.code, message: failure.message });
    return null;
  }
}
