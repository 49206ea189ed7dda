import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const region = z.object({
  url: z.string(),
  host: z.string(),
  port: z.number(),
  caCertFile: z.string(),
  warehouseHttpPath: z.string(),
  tokens: z.record(z.string(), z.string()),
});

const stackFile = z.object({
  regions: z.object({ primary: region, secondary: region }),
  /** `abfss://…` prefix to folder. */
  storage: z.record(z.string(), z.string()),
  /** Folder of every group's tables, per region. */
  tables: z.object({
    primary: z.record(z.string(), z.string()),
    secondary: z.record(z.string(), z.string()),
  }),
  smtp: z.object({ port: z.number(), mailDir: z.string() }),
  temporal: z.object({ address: z.string(), namespace: z.string(), uiUrl: z.string() }).nullable(),
  /** Path of a ready configuration. */
  config: z.string(),
  /** Environment for worker and command line. */
  env: z.record(z.string(), z.string()),
  /** How the `local` commands reach the running pair. */
  control: z.object({ url: z.string(), key: z.string(), pid: z.number() }),
});

/** What a running pair tells about itself; fixed by contract ("Local region pair"). Holds tokens. */
export type StackFile = z.infer<typeof stackFile>;

/** Readable by its owner alone, and complete from the instant that it appears. */
export function writeStackFile(file: string, stack: StackFile): void {
  const draft = `${file}.part`;
  writeFileSync(draft, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/**
 * The stack file, whether or not the pair that wrote it still runs; null where none was written.
 * @throws Error when the file is not what `local up` writes
 */
export function readStackFile(file: string): StackFile | null {
  if (!existsSync(file)) return null;
  try {
    return stackFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Error(`${file} is damaged. Delete it and run \`lakehouse-dr local up\` again.`, { cause });
  }
}
