/**
 * How long a session waits for its next use. A step asks about a table in two or three statements, and its neighbours
 * about theirs: opening and closing a session for each would be half of all requests. Short, so that a warehouse that
 * was restarted meanwhile is hardly ever asked in a session that it does not know.
 */
const lingerMs = 1000;

/** Sessions in nobody's use, by the tags that they carry: one never serves statements of other tags. */
export interface IdleSessions<Session> {
  /** A session for its next user alone; undefined when none waits. */
  take(tags: string): Session | undefined;
  give(tags: string, session: Session): void;
  /** Ends all that wait. */
  drain(): void;
}

/** @param end called for a session that nobody took in time */
export function createIdleSessions<Session>(end: (session: Session) => void): IdleSessions<Session> {
  const idle = new Map<string, { readonly session: Session; readonly timer: NodeJS.Timeout }[]>();

  const remove = (tags: string, session: Session): void => {
    const others = (idle.get(tags) ?? []).filter((each) => each.session !== session);
    if (others.length === 0) idle.delete(tags);
    else idle.set(tags, others);
  };

  return {
    take(tags) {
      const found = idle.get(tags)?.at(-1);
      if (!found) return undefined;
      clearTimeout(found.timer);
      remove(tags, found.session);
      return found.session;
    },
    give(tags, session) {
      const timer = setTimeout(() => {
        remove(tags, session);
        end(session);
      }, lingerMs);
      timer.unref();
      idle.set(tags, [...(idle.get(tags) ?? []), { session, timer }]);
    },
    drain() {
      const waiting = [...idle.values()].flat();
      idle.clear();
      for (const { session, timer } of waiting) {
        clearTimeout(timer);
        end(session);
      }
    },
  };
}
