import { isCancellation } from '@temporalio/workflow';
import type { Target } from '../activities/contract.js';
import { withPoint } from '../domain/cut/staging-retention.js';
import { settledBy } from '../domain/group/ledger-points.js';
import type { SyncOutcome } from '../domain/group/outcomes.js';
import { both } from '../domain/in-parallel.js';
import { pointRows } from '../domain/ledger-events.js';
import { failureOf } from './failure.js';
import { whileReceiving } from './receiving.js';
import { completePublish } from './sync/complete.js';
import { mailPublished } from './sync/mail.js';
import { lookAtTargets, publishOrder, publishOrUndo } from './sync/publish-point.js';
import { copyToSource, notPublished, record, recordWithQueued, resultOf } from './sync/record.js';
import { recoveryPoint, sendChanged, summaryOf } from './sync/send.js';
import type { Sync, SyncRunInput } from './sync/sync.js';
import { begin, facts, tell } from './sync/sync.js';
import { vacuumStaging } from './sync/vacuum.js';

/**
 * One sync: from a finished run to a published recovery point, or an honest account of why not. A cancelled sync undoes
 * nothing: the switch that cancelled it rolls forward.
 */
export async function syncRun(input: SyncRunInput): Promise<SyncOutcome> {
  let sync: Sync | null = null;
  try {
    sync = await begin(input);
    return input.target === null ? await completePublish(sync) : await copyAndPublish(sync, input.target);
  } catch (thrown) {
    const done = sync
      ? facts(sync)
      : { syncId: input.syncId, copiedBytes: 0, durationMs: 0, writtenEventIds: [], recordedIn: 'neither' as const };
    if (isCancellation(thrown)) return { ...done, result: 'canceled' };
    const failure = failureOf(thrown);
    return sync ? notPublished(sync, failure) : { ...done, result: resultOf(failure), failure };
  }
}

async function copyAndPublish(sync: Sync, target: Target): Promise<SyncOutcome> {
  const { input, spec, author } = sync;
  const { direction, published } = input;
  tell(sync, 'choosing the version of every table');
  const base = await sync.target.wide.readBase({ spec, direction, author });
  if (base.superseded) return { ...facts(sync), result: 'held', failure: base.superseded };
  const settled = settledBy(base.previous, base.unstaged);
  const cut = await sync.source.wide.resolveCut({ spec, direction, target, published, settled });

  // Readers see nothing of this: staging is ours alone until the manifest is in the ledger.
  const sent = await sendChanged(sync, base, cut);
  const point = recoveryPoint(sync, base, cut, sent);
  const order = publishOrder(sync, point, base);
  const [, readings] = await both(
    recordWithQueued(sync, pointRows(author, 'sent', point, sent, Date.now())),
    lookAtTargets(sync, order, point.syncId),
  );

  // From here on the point survives us: whoever comes next can publish it from the ledger alone.
  tell(sync, 'publishing');
  const received = await whileReceiving(input, () => publishOrUndo(sync, order, readings));
  if ('failure' in received) {
    if (received.mixed) return notPublished(sync, received.failure);
    return { ...facts(sync), result: 'rolled_back', failure: received.failure };
  }
  const publishedAt = Date.now();
  await record(sync, pointRows(author, 'published', point, received.tables, publishedAt));

  const leftOver = input.vacuumDue ? await vacuumStaging(sync, withPoint(base.stillKept, point)) : [];

  const summary = summaryOf(point, publishedAt);
  const result = sent.length === 0 && received.tables.length === 0 ? 'unchanged' : 'published';
  // Standalone tables are looked at on every tick: a mail that nothing happened, each time, would hide the others.
  const worthAMail = result === 'published' || point.source.kind === 'run';
  const mailing = worthAMail ? mailPublished(sync, summary, cut, received.tables) : Promise.resolve(null);
  const [mailFailure] = await both(mailing, copyToSource(sync));
  return {
    ...facts(sync),
    result,
    point: summary,
    warnings: [...cut.warnings, ...leftOver],
    mailFailure,
    vacuumed: input.vacuumDue,
  };
}
