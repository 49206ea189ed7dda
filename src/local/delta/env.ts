import type { Clock } from '../clock.js';
import type { JobAttribution } from '../sql/statement.js';
import type { Storage } from './storage.js';

/** What the Delta library needs from its surroundings. */
export interface DeltaEnv {
  readonly storage: Storage;
  /** Time of the engine: commitInfo, retention, tombstones. */
  readonly clock: Clock;
  /** Time of the storage service, put on log files as their modification time; {@link clock} where left out. Skewed by tests. */
  readonly storageClock?: Clock;
  /** Local path of an absolute URI (`abfss://…`, `file:/…`), as shallow clones hold them. Throws where it knows none. */
  readonly resolveUri: (uri: string) => string;
}

/** Who makes a commit; appears in DESCRIBE HISTORY. */
export interface Author {
  readonly userName: string | null;
  readonly attribution: JobAttribution | null;
  /** Becomes `queryHistoryStatementId`. */
  readonly statementId: string | null;
}
