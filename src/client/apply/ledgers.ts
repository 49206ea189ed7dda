import type { DrConfig, WorkspaceConfig } from '../../config/index.js';
import { DrError } from '../../domain/failure.js';
import type { Region } from '../../domain/region.js';
import { ledgerLocation } from '../../domain/spec.js';
import type { ExitCode } from '../exit.js';
import { exitCodeOf, exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { wakeWarehouse, warehouseLimitMs, withRegion } from '../regions.js';
import { indented } from '../text.js';

/**
 * Looks for the ledger of each region of each workspace, and with `create` makes those that are missing. A region that
 * does not answer keeps the other one from nothing: its failure is told, and decides the exit code.
 */
export async function ledgers(
  io: Io,
  config: DrConfig,
  purpose: 'look' | 'create',
): Promise<{ lines: string[]; exitCode: ExitCode }> {
  const results = await Promise.all(
    config.workspaces.flatMap((workspace) =>
      (['primary', 'secondary'] as const).map((region) => oneLedger(io, config, workspace, region, purpose)),
    ),
  );
  const codes = results.map(({ exitCode }) => exitCode);
  return {
    lines: results.flatMap(({ line }) => (line === null ? [] : [line])),
    exitCode: codes.find((code) => code !== exitCodes.done) ?? exitCodes.done,
  };
}

async function oneLedger(
  io: Io,
  config: DrConfig,
  workspace: WorkspaceConfig,
  region: Region,
  purpose: 'look' | 'create',
): Promise<{ line: string | null; exitCode: ExitCode }> {
  const location = ledgerLocation(workspace, region);
  try {
    const state = await withRegion(io, config, workspace.name, region, async (connected) => {
      // A plan is looked at often, and is not worth starting a warehouse for.
      if (purpose === 'look' && (await connected.warehouse.state()) !== 'running') return 'unseen';
      await wakeWarehouse(io, connected, warehouseLimitMs);
      const ledger = connected.ledger(location, 'receive');
      const found = await ledger.read({ limit: 1 }).then(
        () => 'exists' as const,
        (error: unknown) => {
          if (error instanceof DrError && ['TABLE_NOT_FOUND', 'LOCATION_NOT_FOUND'].includes(error.code))
            return 'missing' as const;
          throw error;
        },
      );
      if (purpose === 'look' || found === 'exists') return found;
      await ledger.create();
      return 'created';
    });
    const lines = {
      exists: null,
      missing: `create the ledger ${location}`,
      created: `created the ledger ${location}`,
      unseen: `create the ledger ${location}, if it is missing (its warehouse is stopped)`,
    };
    return { line: lines[state], exitCode: exitCodes.done };
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    io.err(
      `The ledger of ${workspace.name} in the ${region} region can't be ${purpose === 'look' ? 'looked at' : 'created'}: ${error.message}\n`,
    );
    if (error.remedy !== undefined) io.err(indented(error.remedy, io.columns));
    return { line: null, exitCode: exitCodeOf(error.code) };
  }
}
