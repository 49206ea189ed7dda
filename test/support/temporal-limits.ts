/** What the server refuses. Source: Temporal's limits for self-hosted and Cloud. */
export const serverLimits = { events: 51_200, bytes: 50 * 1024 * 1024, payloadBytes: 2 * 1024 * 1024 } as const;
