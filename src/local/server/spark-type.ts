/** Spark's type texts, taken apart: `map<string,array<decimal(18,2)>>`. */

export type SparkType =
  | { readonly kind: 'primitive'; readonly name: string }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'array'; readonly element: SparkType }
  | { readonly kind: 'map'; readonly key: SparkType; readonly value: SparkType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: SparkType }[] };

const synonyms: Readonly<Record<string, string>> = {
  integer: 'int',
  long: 'bigint',
  short: 'smallint',
  byte: 'tinyint',
  real: 'float',
  varchar: 'string',
  char: 'string',
};

/** What is not known by name is taken as a primitive of that name; its values travel as text. */
export function parseSparkType(text: string): SparkType {
  const [, head = 'string', inner = ''] = /^\s*([a-z_]+)\s*(?:[<(](.*)[>)])?/is.exec(text) ?? [];
  const name = synonyms[head.toLowerCase()] ?? head.toLowerCase();
  const parts = splitAtTop(inner, ',');
  switch (name) {
    case 'decimal':
    case 'dec':
    case 'numeric':
      // Spark's default is (10, 0).
      return { kind: 'decimal', precision: Number(parts[0] || 10), scale: Number(parts[1] ?? 0) };
    case 'array':
      return { kind: 'array', element: parseSparkType(inner) };
    case 'map':
      return { kind: 'map', key: parseSparkType(parts[0] ?? ''), value: parseSparkType(parts[1] ?? '') };
    case 'struct':
      return { kind: 'struct', fields: parts.filter((part) => part.trim() !== '').map(parseField) };
    default:
      return { kind: 'primitive', name };
  }
}

function parseField(text: string): { name: string; type: SparkType } {
  const [name = '', ...type] = splitAtTop(text, ':');
  return {
    name: name
      .trim()
      .replace(/^`(.*)`$/s, '$1')
      .replaceAll('``', '`'),
    type: parseSparkType(type.join(':')),
  };
}

/** Splits at separators that stand in no brackets and no backticks. */
function splitAtTop(text: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  let quoted = false;
  for (const character of text) {
    if (character === '`') quoted = !quoted;
    else if (!quoted && '<('.includes(character)) depth += 1;
    else if (!quoted && '>)'.includes(character)) depth -= 1;
    if (character === separator && depth === 0 && !quoted) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${character}`);
  }
  return parts;
}
