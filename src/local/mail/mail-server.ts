import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** An SMTP server that delivers into a folder: one `.eml` file per message, named in the order of arrival. */
export interface MailServer {
  readonly port: number;
  readonly mailDir: string;
  /** For `DR_SMTP_URL`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param port 0 takes a free one. */
export async function startMailServer(mailDir: string, port = 0): Promise<MailServer> {
  mkdirSync(mailDir, { recursive: true });
  let count = readdirSync(mailDir).filter((name) => name.endsWith('.eml')).length;
  const server = new SMTPServer({
    // It listens on loopback alone; mail that was sent to nobody in particular is accepted from everybody here.
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onData: (stream, _session, done) => {
      count += 1;
      const name = `${String(count).padStart(5, '0')}.eml`;
      void deliver(stream, join(mailDir, name)).then(() => done(), done);
    },
  });
  server.on('error', () => {
    // A client that hangs up is its own affair; it sees the failure itself.
  });
  const listening = server.listen(port, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('The mail server got no port on 127.0.0.1.');
  return {
    port: address.port,
    mailDir,
    url: `smtp://127.0.0.1:${address.port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Readers of the folder never see half a message. */
async function deliver(stream: NodeJS.ReadableStream, file: string): Promise<void> {
  const draft = `${file}.part`;
  await writeFile(draft, await buffer(stream));
  await rename(draft, file);
}
