import type { Environment, MailRecipients } from '../../config/index.js';
import { DrError } from '../../domain/failure.js';
import type { MailEvent } from '../../domain/mail-event.js';
import { isBadNews } from '../../domain/mail-event.js';
import type { GroupRef } from '../../domain/spec.js';
import { composeMail } from './compose.js';
import { sendMail } from './send.js';

export interface NotifyDeps {
  readonly environment: Pick<Environment, 'smtpUrl' | 'mailFrom'>;
  /** @throws DrError GROUP_NOT_CONFIGURED */
  readonly recipientsOf: (group: GroupRef) => MailRecipients;
}

/**
 * The step that tells people. Nothing to do where no mail server is configured, or nobody is to be told.
 *
 * @throws DrError MAIL_FAILED, GROUP_NOT_CONFIGURED; the caller never fails a sync because of it
 */
export const createNotify =
  ({ environment, recipientsOf }: NotifyDeps) =>
  async (group: GroupRef, event: MailEvent): Promise<void> => {
    const { smtpUrl, mailFrom } = environment;
    if (smtpUrl === null) return;
    const recipients = recipientsOf(group);
    const to = isBadNews(event) ? recipients.failure : recipients.success;
    if (to.length === 0) return;
    if (mailFrom === null) {
      throw new DrError('MAIL_FAILED', 'DR_SMTP_URL is set, but DR_MAIL_FROM is not: mails have no sender.', {
        remedy: 'Set DR_MAIL_FROM to an address that the mail server accepts.',
      });
    }
    await sendMail({ smtpUrl, from: mailFrom, to, mail: composeMail(event) });
  };
