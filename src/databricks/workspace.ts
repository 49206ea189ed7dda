import type { RegionConnection } from '../domain/connection.js';
import type { Workspace } from './api.js';

/** Opens nothing yet: connections are made, and secrets read, when they are needed. */
export function createWorkspace(connection: RegionConnection): Workspace {
  throw new Error(`not connected to ${connection.host}`);
}
