import { createTransport } from 'nodemailer';
import { DrError } from '../../domain/failure.js';
import type { Secret } from '../../domain/secret.js';
import type { Mail } from './compose.js';

export interface Delivery {
  /** `smtp[s]://[user:password@]host[:port]`. */
  readonly smtpUrl: Secret;
  readonly from: string;
  readonly to: readonly string[];
  readonly mail: Mail;
}

/**
 * An attempt ends well within the activity's 30 s, so that its own error tells what was wrong, and not a time-out.
 * nodemailer's defaults are two minutes for the connection and ten for a silent socket.
 */
const timeouts = { dnsTimeout: 4_000, connectionTimeout: 6_000, greetingTimeout: 6_000, socketTimeout: 8_000 };

/** Between two attempts: a server that is restarted, or asks to come later (greylisting), gets a few of them. */
const retryAfterMs = 10_000;

/**
 * Sends one mail to all addresses.
 *
 * @throws DrError MAIL_FAILED, without credentials; also when the server took it for some addresses only. It carries
 *   `retryAfterMs` where trying again may help: not after a clear no (a 5xx answer, a refused login), and not where some
 *   addresses have got the mail
 */
export async function sendMail({ smtpUrl, from, to, mail }: Delivery): Promise<void> {
  const transport = createTransport({
    url: smtpUrl.reveal(),
    ...timeouts,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { rejected } = await transport.sendMail({
      from,
      to: [...to],
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      messageId: mail.messageId,
      // Holiday notices must not answer a machine (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    if (rejected.length > 0) throw new ClearRefusal(`it was refused for ${rejected.map(addressOf).join(', ')}`);
  } catch (error) {
    throw mailFailure(smtpUrl, mail.subject, error);
  } finally {
    transport.close();
  }
}

class ClearRefusal extends Error {}

const addressOf = (address: string | { readonly address: string }): string =>
  typeof address === 'string' ? address : address.address;

function mailFailure(smtpUrl: Secret, subject: string, error: unknown): DrError {
  const { host, secrets } = urlParts(smtpUrl);
  const problem = error instanceof Error ? error.message : String(error);
  // A server's refusal may quote what was sent to it. The original error is dropped for the same reason.
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), problem);
  return new DrError('MAIL_FAILED', `The mail "${subject}" could not be sent through ${host}: ${clean}.`, {
    remedy: 'Check DR_SMTP_URL, DR_MAIL_FROM and the addresses in the configuration.',
    ...(mayHelpLater(error) ? { retryAfterMs } : {}),
  });
}

/** nodemailer names login problems by `code`, and the server's answer by `responseCode`. */
function mayHelpLater(error: unknown): boolean {
  if (error instanceof ClearRefusal) return false;
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  return code !== 'EAUTH' && !(typeof responseCode === 'number' && responseCode >= 500);
}

/** The host to name, and everything in the URL that must not be named, as written and in the forms SMTP sends it. */
function urlParts(smtpUrl: Secret): { readonly host: string; readonly secrets: readonly string[] } {
  const text = smtpUrl.reveal();
  if (!URL.canParse(text)) return { host: 'the configured server', secrets: [text] };
  const url = new URL(text);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const base64 = (value: string): string => Buffer.from(value, 'utf8').toString('base64');
  const secrets = [text, password, url.password, base64(password), base64(`\u0000${user}\u0000${password}`)];
  return { host: url.host, secrets: password === '' ? [text] : secrets };
}
