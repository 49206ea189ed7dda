import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { z } from 'zod';
import { freePort } from '../temporal/free-port.js';

/** Ports of a pair's servers. */
const ports = z.object({
  primary: z.number(),
  secondary: z.number(),
  smtp: z.number(),
  temporal: z.number(),
  temporalUi: z.number(),
});

export type Ports = z.infer<typeof ports>;

/**
 * Ports for a pair: the wanted ones, else those that it had before where they are free, so that hosts and the queues
 * named after them stay the same over a restart, else any free ones. Remembers them in the file.
 */
export async function choosePorts(file: string, wanted: Partial<Ports>): Promise<Ports> {
  const earlier: Partial<Ports> = existsSync(file) ? ports.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
  const choose = async (name: keyof Ports): Promise<number> => wanted[name] ?? (await portOrFree(earlier[name]));
  const chosen = {
    primary: await choose('primary'),
    secondary: await choose('secondary'),
    smtp: await choose('smtp'),
    temporal: await choose('temporal'),
    temporalUi: await choose('temporalUi'),
  };
  writeFileSync(file, `${JSON.stringify(chosen)}\n`);
  return chosen;
}

async function portOrFree(port: number | undefined): Promise<number> {
  return port !== undefined && (await isFree(port)) ? port : await freePort();
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    // Whatever keeps us from listening there, the port is not ours to have.
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
