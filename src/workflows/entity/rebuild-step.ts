import { log } from '@temporalio/workflow';
import { reportFailure } from '../../domain/group/mail-queue.js';
import { afterFailure } from '../../domain/group/outcomes.js';
import { mustTakeOver, rebuildState } from '../../domain/group/rebuild.js';
import { withSettings } from '../../domain/group/rpo.js';
import type { LedgerRow } from '../../domain/ledger.js';
import { ledgerRow } from '../../domain/ledger-events.js';
import type { Region } from '../../domain/region.js';
import { directionFrom, otherRegion } from '../../domain/region.js';
import type { GroupSpec } from '../../domain/spec.js';
import { headOf } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import { homeSteps, syncSteps } from '../steps.js';
import type { Entity } from './entity.js';
import { mustLeave, untilUrgent } from './entity.js';

/** How long the ledger of one region is waited for when the other one has answered. */
const oneLedgerAlone = '2 minutes';

/**
 * Rebuilds the state from the ledgers of both regions and takes the group over. The passive region's ledger is required,
 * for everything is recorded there; the active one's only adds what may have been lost.
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
  const spec = await homeSteps.loadSpec(entity.ref);
  entity.settings = spec;
  entity.state = withSettings(entity.state, spec, Date.now());
  const target = otherRegion(entity.state.activeRegion);
  const [required, optional] = await Promise.all([
    readEvents(spec, target),
    readEventsIfThere(spec, entity.state.activeRegion),
  ]);
  // What waits to be written is as true as what was.
  const rows = [...required, ...(optional ?? []), ...entity.state.ledgerQueue];
  const read: Region[] = optional ? [target, entity.state.activeRegion] : [target];
  const rebuilt = rebuildState(entity.state, rows, read, spec.recoveryPointsKept);

  // The claim is in the ledger before anything that this controller does counts.
  if (mustTakeOver(rebuilt, rows)) {
    const author = {
      ...entity.ref,
      epoch: rebuilt.epoch,
      controller: rebuilt.controller,
      direction: directionFrom(rebuilt.activeRegion),
    };
    const eventId = `${rebuilt.controller}/${rebuilt.epoch}/took_over`;
    await syncSteps(spec, target).short.recordEvents.executeWithOptions({ summary: 'ledger took_over' }, [
      { head: headOf(spec), region: target, rows: [ledgerRow(author, 'took_over', eventId, Date.now())] },
    ]);
  }
  // Signals that came while the ledgers were read are kept: only what the ledgers tell is laid over the state.
  entity.state = rebuildState(entity.state, rows, read, spec.recoveryPointsKept);
}

const readEvents = (spec: GroupSpec, region: Region): Promise<readonly LedgerRow[]> =>
  syncSteps(spec, region).short.readEvents.executeWithOptions({ summary: `ledger of the ${region}` }, [
    { head: headOf(spec), region },
  ]);

/** null when that region does not answer: its ledger is read again when it does. */
async function readEventsIfThere(spec: GroupSpec, region: Region): Promise<readonly LedgerRow[] | null> {
  try {
    return await syncSteps(spec, region).short.readEvents.executeWithOptions(
      { summary: `ledger of the ${region}`, scheduleToCloseTimeout: oneLedgerAlone },
      [{ head: headOf(spec), region }],
    );
  } catch (thrown) {
    const failure = failureOf(thrown);
    log.warn('a ledger could not be read', { region, code: failure.code, message: failure.message });
    return null;
  }
}
