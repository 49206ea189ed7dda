/** The two ends of a protected lakehouse. Which of them runs the job is the *active* region, whatever its name. */
export type Region = 'primary' | 'secondary';

/** Forward copies primary to secondary; reverse, after a failover, copies back: the same code with the ends swapped. */
export type Direction = 'forward' | 'reverse';

export const otherRegion = (region: Region): Region => (region === 'primary' ? 'secondary' : 'primary');

/** Replication always runs from the active region to the passive one. */
export const directionFrom = (active: Region): Direction => (active === 'primary' ? 'forward' : 'reverse');
