import { afterMail, afterMailFailure } from '../../domain/group/mail-queue.js';
import { failureOf } from '../failure.js';
import { mailSteps } from '../steps.js';
import type { Entity } from './entity.js';

/** Sends the oldest waiting mail. One at a time: whoever comes while one is under way waits for that one. */
export function mailStep(entity: Entity): Promise<void> {
  entity.mailing ??= send(entity).finally(() => {
    entity.mailing = null;
  });
  return entity.mailing;
}

async function send(entity: Entity): Promise<void> {
  const [mail] = entity.state.mailQueue;
  if (!mail) return;
  try {
    await mailSteps.notify.executeWithOptions({ summary: mail.kind }, [entity.ref, mail]);
    entity.state = afterMail(entity.state, mail);
  } catch (thrown) {
    entity.state = afterMailFailure(entity.state, mail, failureOf(thrown), Date.now());
  }
}
