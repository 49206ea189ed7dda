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
  const { faults, region, clock, signal } = statement;
  const fault = faults.hit(region, 'warehouse', statement.sql, ['latency', 'die-half-way', 'orphan']);
  if (fault.kind === 'latency') await waitUntil(clock, clock.now() + fault.ms, signal);
  const writes = watchWrites(statement, fault);
  const result = await statementContext.run(writes, execute);
  // A statement that wrote nothing dies all the same; nothing of it can be seen.
  if (fault.kind === 'die-half-way') throw diedHalfWay();
  return result;
}

function watchWrites(statement: RunningStatement, fault: Fault): StatementContext {
  let writes = 0;
  let held = false;
  return {
    statementId: statement.statementId,
    async beforeWrite(path) {
      writes += 1;
      if (fault.kind === 'die-half-way' && (writes > 1 || isLogPath(path))) throw diedHalfWay();
      // Held at its commit, the statement finishes late, when its client has long believed it dead.
      if (fault.kind === 'orphan' && isLogPath(path) && !held) {
        held = true;
        await waitUntil(
          statement.clock,
          statement.clock.now() + (fault.delayMs ?? defaultOrphanDelayMs),
          statement.signal,
        );
      }
    },
  };
}

const diedHalfWay = (): SqlError =>
  new SqlError('INTERNAL_ERROR', 'XX000', 'The warehouse lost the statement: an executor died while it was writing.');
