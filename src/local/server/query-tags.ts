export type QueryTags = Readonly<Record<string, string | null>>;

/**
 * Reads the drivers' way of writing query tags, `key:value,key,key:va\:lue`: backslash escapes `:`, `,` and itself.
 * Source: `serializeQueryTags` of @databricks/sql and `serialize_query_tags` of databricks-sql-connector.
 */
export function parseQueryTags(text: string): QueryTags {
  const tags: Record<string, string | null> = {};
  for (const part of text.match(/(?:\\.|[^\\,])+/gs) ?? []) {
    const [, key = '', value] = /^((?:\\.|[^\\:])*)(?::(.*))?$/s.exec(part) ?? [];
    if (key !== '') tags[unescapeTag(key)] = value === undefined ? null : unescapeTag(value);
  }
  return tags;
}

const unescapeTag = (text: string): string => text.replace(/\\(.)/gs, '$1');
