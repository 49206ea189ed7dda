import type { DrConfig } from '../config/index.js';
import type { Workspace } from '../databricks/api.js';
import type { MailEvent } from '../domain/mail-event.js';
import type { Region } from '../domain/region.js';
import type { GroupRef } from '../domain/spec.js';

/** What the activities work with. Made once per worker; tests hand in their own. */
export interface ActivityDeps {
  /** The worker's config as it stands now: the file is read again when it changed. */
  config(): DrConfig;
  /** One region of one workspace. Connections and tokens are kept for the worker's life. */
  workspace(workspace: string, region: Region): Workspace;
  /** Sends a group's mail to whom it concerns; does nothing where no mail server is configured. @throws MAIL_FAILED */
  sendMail(group: GroupRef, event: MailEvent): Promise<void>;
  /** Tells this process from all others: what one has read by its clock is not compared with another one's. */
  readonly processId: string;
  /** Epoch ms. */
  now(): number;
}
