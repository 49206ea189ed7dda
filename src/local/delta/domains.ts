import { z } from 'zod';
import type { Action, DomainMetadata } from './actions.js';

const clusteringDomain = 'delta.clustering';
const clusteringSchema = z.object({ clusteringColumns: z.array(z.array(z.string())) });

const clusteringOf = (domains: readonly DomainMetadata[]) =>
  domains.find(({ domain }) => domain === clusteringDomain) ?? null;

/** Columns of liquid clustering, nested ones with dots; physical names under column mapping. */
export function clusteringColumns(domains: readonly DomainMetadata[]): readonly string[] {
  const found = clusteringOf(domains);
  if (found === null) return [];
  return clusteringSchema.parse(JSON.parse(found.configuration)).clusteringColumns.map((path) => path.join('.'));
}

/** What makes the clustering of one table that of another; no other domain may be carried over (CloneTableBase.scala). */
export function clusteringActions(wanted: readonly DomainMetadata[], present: readonly DomainMetadata[]): Action[] {
  const to = clusteringOf(wanted);
  const from = clusteringOf(present);
  if (to?.configuration === from?.configuration) return [];
  if (to !== null) return [{ kind: 'domainMetadata', domainMetadata: to }];
  return from === null ? [] : [{ kind: 'domainMetadata', domainMetadata: { ...from, removed: true } }];
}
