import type { Region } from '../../domain/region.js';
import type { Clock } from '../clock.js';
import type { StatementResult } from '../sql/statement.js';
import { SqlError } from '../sql/statement.js';
import type { Fault, FaultBoard } from './faults.js';
import type { StatementContext } from './statement-context.js';
import { isLogPath, statementContext } from './statement-context.js';
import { waitUntil } from './wait.js';

interface RunningStatement {
  readonly statementId: string;
  readonly sql: string;
  readonly region: Region;
  readonly faults: FaultBoard;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const defaultOrphanDelayMs = 5_000;

/** Runs a statement with what is broken on the warehouse now: latency, death half-way, orphanhood. */
export async function runUnderFaults(
  statement: RunningStatement,
  execute: () => Promise<StatementResult>,
): Promise<StatementResult> {
  const { faults, region, clock, signal, sql } = statement;
  const fault = faults.hit(region, 'warehouse', sql, ['latency']);
  if (fault.kind === 'latency') await waitUntil(clock, clock.now() + fault.ms, signal);
  return statementContext.run(watchWrites(statement), execute);
}

/** Only who writes can die half-way or become an orphan: it is decided at the first write, and reads go on as ever. */
function watchWrites({ statementId, sql, region, faults, clock, signal }: RunningStatement): StatementContext {
  let writes = 0;
  let fault: Fault | undefined;
  let held = false;
  return {
    statementId,
    async beforeWrite(path) {
      writes += 1;
      fault ??= faults.hit(region, 'warehouse', sql, ['die-half-way', 'orphan']);
      if (fault.kind === 'die-half-way' && (writes > 1 || isLogPath(path))) throw diedHalfWay();
      // Held at its commit, the statement finishes late, when its client has long believed it dead.
      if (fault.kind === 'orphan' && isLogPath(path) && !held) {
        held = true;
        await waitUntil(clock, clock.now() + (fault.delayMs ?? defaultOrphanDelayMs), signal);
      }
    },
  };
}

const diedHalfWay = (): SqlError =>
  new SqlError('INTERNAL_ERROR', 'XX000', 'The warehouse lost the statement: an executor died while it was writing.');
