/**
 * Functions of Databricks SQL that DuckDB lacks or has under another meaning. Only what product and samples need:
 * a function that is neither here nor in DuckDB is an UNRESOLVED_ROUTINE error.
 */
export const MACROS: readonly string[] = [
  // ANSI mode, the default of SQL warehouses, refuses what DuckDB answers with NULL or infinity.
  `CREATE MACRO dr_divide(a, b) AS CASE WHEN b = 0 THEN error('[DIVIDE_BY_ZERO]') ELSE a / b END`,
  `CREATE MACRO dr_modulo(a, b) AS CASE WHEN b = 0 THEN error('[DIVIDE_BY_ZERO]') ELSE a % b END`,
  `CREATE MACRO dr_required(value, name) AS CASE WHEN value IS NULL THEN error('[NOT_NULL]' || name) ELSE value END`,
  // TIMESTAMP '…' of Databricks is an instant; without a zone it is read in the session's, which is UTC.
  'CREATE MACRO dr_instant(text) AS CAST(text AS TIMESTAMPTZ)',
  'CREATE MACRO dr_unix_timestamp(instant) AS CAST(floor(epoch(instant)) AS BIGINT)',
  'CREATE MACRO dr_array_at(list, i) AS list_extract(list, i + 1)',
  // Sunday is 1 in Databricks and 0 in DuckDB.
  'CREATE MACRO dr_dayofweek(day) AS CAST(dayofweek(day) + 1 AS INTEGER)',
  'CREATE MACRO pmod(a, b) AS ((a % b) + b) % b',
  'CREATE MACRO sha2(text, bits) AS sha256(text)',
  'CREATE MACRO element_at(list, i) AS list[i]',
  'CREATE MACRO size(list) AS len(list)',
  'CREATE MACRO get_json_object(json, path) AS json_extract_string(json, path)',
  "CREATE MACRO initcap(text) AS list_aggregate(list_transform(string_split(lower(text), ' '), lambda w: upper(w[1:1]) || w[2:]), 'string_agg', ' ')",
  'CREATE MACRO array_size(list) AS len(list)',
  'CREATE MACRO array_join(list, separator) AS array_to_string(list, separator)',
];
