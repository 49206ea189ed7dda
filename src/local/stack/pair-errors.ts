import { CliError, exitCodes } from '../../client/exit.js';
import { ControlClient, ControlError, NoPairError } from './control-client.js';

/** Asks the pair that runs in the folder; its refusals and its absence become errors that say what to do. */
export async function askPair<T>(dir: string, ask: (pair: ControlClient) => Promise<T>): Promise<T> {
  try {
    return await ask(new ControlClient(dir));
  } catch (error) {
    if (error instanceof NoPairError) {
      const remedy = `Start one with \`lakehouse-dr local up --dir ${dir}\`, or name the folder of a running one with --dir.`;
      throw new CliError(exitCodes.unreachable, error.message, remedy, { cause: error });
    }
    if (error instanceof ControlError) {
      throw refusal(error);
    }
    throw error;
  }
}

function refusal(error: ControlError): CliError {
  if (error.code === 'INVALID_STATE') {
    const remedy = 'Mend the region first: `lakehouse-dr local fault none --region R`.';
    return new CliError(exitCodes.refused, error.message, remedy, { cause: error });
  }
  const code = error.status < 500 ? exitCodes.badUsage : exitCodes.failed;
  return new CliError(code, error.message, 'Correct the command and repeat it.', { cause: error });
}
