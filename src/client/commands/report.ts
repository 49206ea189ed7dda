import { writeFile } from 'node:fs/promises';
import type { ExitCode } from '../exit.js';
import { CliError, exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { withProgress } from '../io.js';
import type { CommonOptions } from '../load.js';
import { configFor } from '../load.js';
import { gatherReport } from '../report/gather.js';
import { reportPage } from '../report/page.js';
import { indented } from '../text.js';

export interface ReportOptions extends CommonOptions {
  readonly out: string;
}

/** `report`: everything about all groups as one HTML page; what does not answer is named in it. */
export async function report(io: Io, version: string, { out, ...options }: ReportOptions): Promise<ExitCode> {
  const config = await configFor(io, options);
  const data = await withProgress(io, 'asking Temporal and both regions', gatherReport(io, config, version));
  await writeFile(out, reportPage(data)).catch((cause: NodeJS.ErrnoException) => {
    throw new CliError(
      exitCodes.failed,
      `The report can't be written to ${out} (${cause.code}).`,
      'Name another file with --out; its folder must exist.',
      { cause },
    );
  });
  for (const text of data.unanswered) io.err(indented(text, io.columns, 0));
  io.out(`${out}\n`);
  return exitCodes.done;
}
