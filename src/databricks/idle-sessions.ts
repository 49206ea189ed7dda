/**
 * How long a session waits for its next use. A step asks about a table in two or three statements, and its neighbours
 * about theirs: opening and closing a session for each would be half of all requests. Short, so that a warehouse that
 * was restarted meanwhile is hardly ever asked in a session that it does not know.
 */
const lingerMs = 1000;

/** Sessions in nobody's use. */
export interface IdleSessions<Session> {
  /** A session for its next user alone; undefined when none waits. */
  take(): Session | undefined;
  give(session: Session): void;
  /** Ends all that wait. */
  drain(): void;
}

/** @param end called for a session that nobody took in time */
export function createIdleSessions<Session>(end: (session: Session) => void): IdleSessions<Session> {
  /** The one given last is taken first: those that are too many come of age. */
  const idle = new Map<Session, NodeJS.Timeout>();

  return {
    take() {
      const session = [...idle.keys()].at(-1);
      if (session === undefined) return undefined;
      clearTimeout(idle.get(session));
      idle.delete(session);
      return session;
    },
    give(session) {
      const timer = setTimeout(() => {
        idle.delete(session);
        end(session);
      }, lingerMs);
      timer.unref();
      idle.set(session, timer);
    },
    drain() {
      for (const [session, timer] of idle) {
        clearTimeout(timer);
        end(session);
      }
      idle.clear();
    },
  };
}
