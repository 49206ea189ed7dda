import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import type { Email } from 'postal-mime';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeMail, createNotify, sendMail } from '../../src/activities/notify/index.js';
import { DrError } from '../../src/domain/failure.js';
import { Secret } from '../../src/domain/secret.js';
import { events } from './events.js';

/** A mail server that keeps what it gets. */
class Inbox {
  readonly raw: string[] = [];
  readonly recipients: string[][] = [];
  refused: readonly string[] = [];
  login: { user: string; pass: string } | null = null;
  readonly #server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, _session, callback) => {
      const expected = this.login;
      if (expected && auth.username === expected.user && auth.password === expected.pass)
        return callback(null, { user: expected.user });
      return callback(new Error(`no login for ${auth.username} with ${auth.password}`));
    },
    onRcptTo: (address, _session, callback) =>
      this.refused.includes(address.address) ? callback(new Error('no such mailbox')) : callback(),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        this.raw.push(Buffer.concat(chunks).toString('utf8'));
        this.recipients.push(session.envelope.rcptTo.map(({ address }) => address));
        callback();
      });
    },
  });

  async open(): Promise<number> {
    const listening = this.#server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return (listening.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve));
  }

  async newest(): Promise<Email> {
    return PostalMime.parse(this.raw.at(-1) ?? '');
  }
}

describe('mail through a real server', () => {
  let inbox: Inbox;
  let port: number;
  beforeEach(async () => {
    inbox = new Inbox();
    port = await inbox.open();
  });
  afterEach(() => inbox.close());

  const url = (auth = ''): Secret => new Secret(`smtp://${auth}127.0.0.1:${port}`);
  const delivery = { from: 'DR <dr@example.com>', to: ['a@example.com', 'b@example.com'] };

  it('arrives as it was composed, in both parts, with its own Message-ID', async () => {
    const mail = composeMail(events.failed_over);
    await sendMail({ ...delivery, smtpUrl: url(), mail });
    const email = await inbox.newest();
    expect(email.subject).toBe(mail.subject);
    expect(email.messageId).toBe(mail.messageId);
    expect(email.text?.replaceAll('\r\n', '\n').trim()).toBe(mail.text.trim());
    expect(email.html?.replaceAll('\r\n', '\n').trim()).toBe(mail.html.trim());
    expect(email.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
    expect(inbox.recipients).toEqual([['a@example.com', 'b@example.com']]);
  });

  it('a group name full of markup and line feeds adds no header and no recipient', async () => {
    const group = 'x\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>';
    await sendMail({ ...delivery, smtpUrl: url(), mail: composeMail({ ...events.held, group }) });
    const email = await inbox.newest();
    expect(email.bcc).toBeUndefined();
    expect(email.html).not.toContain('<script');
    expect(email.subject).toContain('<script>');
    expect(inbox.recipients).toEqual([['a@example.com', 'b@example.com']]);
  });

  it('no-secrets: a refused login names the host and not the password', async () => {
    inbox.login = { user: 'mailer', pass: 'right' };
    const attempt = sendMail({ ...delivery, smtpUrl: url('mailer:hunter2-p%40ss@'), mail: composeMail(events.held) });
    const error = await attempt.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DrError);
    expect((error as DrError).code).toBe('MAIL_FAILED');
    expect((error as DrError).retryAfterMs).toBeUndefined();
    expect((error as DrError).message).toContain(`127.0.0.1:${port}`);
    expect(
      JSON.stringify([error, (error as DrError).message, (error as DrError).stack, String((error as DrError).cause)]),
    ).not.toMatch(/hunter2/);
  });

  it('an address that the server refuses is not lost in silence', async () => {
    inbox.refused = ['b@example.com'];
    await expect(sendMail({ ...delivery, smtpUrl: url(), mail: composeMail(events.held) })).rejects.toThrow(
      /refused for b@example.com/,
    );
    expect(inbox.recipients).toEqual([['a@example.com']]);
  });

  it('bad news goes to the failure addresses, good news to the others', async () => {
    const notify = createNotify({
      environment: { smtpUrl: url(), mailFrom: 'dr@example.com' },
      recipientsOf: () => ({ success: ['good@example.com'], failure: ['bad@example.com'] }),
    });
    await notify(events.sync_published, events.sync_published);
    await notify(events.failed_over, events.failed_over);
    expect(inbox.recipients).toEqual([['good@example.com'], ['bad@example.com']]);
  });
});

describe('mail without a server', () => {
  it('a refused connection is an error that names the host', async () => {
    const sending = sendMail({
      smtpUrl: new Secret('smtp://127.0.0.1:1'),
      from: 'a@example.com',
      to: ['b@example.com'],
      mail: composeMail(events.held),
    });
    await expect(sending).rejects.toMatchObject({
      code: 'MAIL_FAILED',
      message: expect.stringContaining('127.0.0.1:1'),
      retryAfterMs: expect.any(Number),
    });
  });

  describe('a server that accepts and says nothing', () => {
    let server: Server;
    beforeEach(async () => {
      server = createServer(() => undefined).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    afterEach(() => server.close());

    it('is given up in seconds', async () => {
      const { port } = server.address() as AddressInfo;
      const began = performance.now();
      const sending = sendMail({
        smtpUrl: new Secret(`smtp://127.0.0.1:${port}`),
        from: 'a@example.com',
        to: ['b@example.com'],
        mail: composeMail(events.held),
      });
      await expect(sending).rejects.toMatchObject({ code: 'MAIL_FAILED' });
      expect(performance.now() - began).toBeLessThan(20_000);
    });
  });

  it('nothing configured means nothing sent, a missing sender means a clear error', async () => {
    const recipientsOf = () => ({ success: ['a@example.com'], failure: ['a@example.com'] });
    await createNotify({ environment: { smtpUrl: null, mailFrom: null }, recipientsOf })(events.held, events.held);
    const noSender = createNotify({
      environment: { smtpUrl: new Secret('smtp://127.0.0.1:1'), mailFrom: null },
      recipientsOf,
    });
    await expect(noSender(events.held, events.held)).rejects.toThrow(/DR_MAIL_FROM/);
  });
});
