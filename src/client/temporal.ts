import { Client, Connection, isGrpcServiceError, QueryRejectCondition } from '@temporalio/client';
import { temporalSettings } from '../config/index.js';
import { CliError, exitCodes } from './exit.js';
import type { Io } from './io.js';
import { withProgress } from './io.js';

/** A server in the same network answers in milliseconds; a person waits no longer than this for one that does not. */
const connectTimeoutMs = 5_000;

/** What to do where no server answers. */
export const whichTemporal = 'Start the server, or name another one with TEMPORAL_ADDRESS or TEMPORAL_PROFILE.';

/** Long enough for a worker to answer a query, short enough to say that none does. */
const callTimeoutMs = 15_000;

/** Time left to each single question, for workflows whose worker may be away. */
export const queryTimeoutMs = 8_000;

/**
 * Connects, works, and closes the connection.
 *
 * @throws CliError exit code 4, with the address that was tried
 */
export async function withTemporal<T>(io: Io, work: (client: Client) => Promise<T>): Promise<T> {
  const settings = temporalSettings(io.variables);
  const { address, namespace } = settings;
  const connecting = Connection.connect({ ...settings.connectionOptions, address, connectTimeout: connectTimeoutMs });
  const connection = await withProgress(io, `connecting to Temporal at ${address}`, connecting).catch(
    (cause: unknown) => {
      const detail = isGrpcServiceError(cause) ? ` (${cause.details})` : '';
      throw new CliError(exitCodes.unreachable, `Temporal at ${address} does not answer${detail}.`, whichTemporal, {
        cause,
      });
    },
  );
  try {
    // A closed workflow would answer a query with what was true at its end.
    const client = new Client({
      connection,
      namespace,
      workflow: { queryRejectCondition: QueryRejectCondition.NOT_OPEN },
    });
    // A missing namespace or right is told here once, not by each later call in its own words.
    await client.withDeadline(Date.now() + callTimeoutMs, () =>
      client.workflowService.describeNamespace({ namespace }),
    );
    return await work(client);
  } finally {
    await connection.close();
  }
}
