import type { ExitCode } from '../exit.js';
import { exitCodes } from '../exit.js';
import { explainGroup } from '../explain/explain-group.js';
import { explanationText } from '../explain/explain-text.js';
import { groupNamed } from '../group-names.js';
import type { Io } from '../io.js';
import { withProgress } from '../io.js';
import type { CommonOptions } from '../load.js';
import { configFor } from '../load.js';

export interface ExplainOptions extends CommonOptions {
  readonly run?: string;
  readonly json?: boolean;
}

/** `explain GROUP`: which runs make a cut and why, which version of each table and why. Asks Databricks alone. */
export async function explain(io: Io, name: string, options: ExplainOptions): Promise<ExitCode> {
  const config = await configFor(io, options);
  const group = groupNamed(config, name);
  const explanation = await withProgress(
    io,
    'reading ledgers, runs and histories',
    explainGroup(io, config, group, options.run ?? null),
  );
  io.out(
    options.json === true ? `${JSON.stringify(explanation, null, 2)}\n` : explanationText(explanation, io.columns),
  );
  return exitCodes.done;
}
