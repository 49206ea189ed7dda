import type { FailureCode } from '../domain/failure.js';
import type { GroupStatus, RequestStatus } from '../domain/status.js';
import type { ExitCode } from './exit.js';
import { exitCodeOf, exitCodes } from './exit.js';

/** What to do about a request that was refused; other codes bring their own remedy in the group's state. */
const remedies: Partial<Readonly<Record<FailureCode, string>>> = {
  PAUSED: 'The group is paused. Resume it first.',
  NO_RECOVERY_POINT: 'No usable recovery point is in that region, so nothing was changed. See `lakehouse-dr history`.',
  NOT_PROTECTED: 'The group is not protected the other way yet. Reprotect it first.',
  TARGET_CHANGED:
    'Rows were written to the target since it was published. Ask again with --accept-loss to put them aside.',
  DIVERGED: 'Both regions hold commits of their own. Ask again with --accept-loss to put the stranded ones aside.',
};

/** How a request ended, in a line, and what is to be done where it did not go well. */
export function outcomeText(
  { kind, outcome, code }: RequestStatus,
  status: GroupStatus,
): { line: string; remedy: string | null } {
  switch (outcome) {
    case 'done':
      return { line: 'done', remedy: null };
    case 'no-change':
      return { line: kind === 'syncNow' ? nothingToSync(status) : 'nothing to do, it already is so', remedy: null };
    case 'accepted':
      return { line: 'being worked on', remedy: null };
    case 'refused':
    case 'failed': {
      // The state tells more of the same failure than its code does.
      const told = [status.held, status.lastError].find((failure) => failure?.code === code);
      const reason = code === null ? '' : `: ${code}${told == null ? '' : `, ${told.message}`}`;
      return { line: `${outcome}${reason}`, remedy: told?.remedy ?? (code === null ? null : (remedies[code] ?? null)) };
    }
  }
}

function nothingToSync({ recoveryPoint }: GroupStatus): string {
  if (recoveryPoint === null) return 'nothing to sync yet: no run has ended well';
  return recoveryPoint.kind === 'run'
    ? 'nothing new: the newest finished run is published'
    : 'nothing new: no table has changed since the snapshot that is published';
}

/** A failure's code decides: a missing right is a refusal, and a silent region is not a failed sync. */
export function outcomeExitCode({ outcome, code }: RequestStatus): ExitCode {
  if (outcome === 'failed') return code === null ? exitCodes.failed : exitCodeOf(code);
  return outcome === 'refused' ? exitCodes.refused : exitCodes.done;
}
