/**
 * Splits a SQL file into its statements. A semicolon ends one, unless it stands in a string, a quoted name or a comment;
 * pieces that hold only comments and blanks are no statements. Works for SQL notebooks too: their cell marks are comments.
 */
export function splitStatements(script: string): readonly string[] {
  const statements: string[] = [];
  let begin = 0;
  let hasCode = false;
  let at = 0;
  while (at < script.length) {
    const span = opaqueSpan(script, at);
    if (span !== null) {
      hasCode ||= span.isCode;
      at = span.end;
      continue;
    }
    const char = script.charAt(at);
    if (char === ';') {
      if (hasCode) statements.push(script.slice(begin, at).trim());
      begin = at + 1;
      hasCode = false;
    } else if (char.trim() !== '') {
      hasCode = true;
    }
    at += 1;
  }
  if (hasCode) statements.push(script.slice(begin).trim());
  return statements;
}

interface Span {
  /** Index behind the span. */
  readonly end: number;
  /** False for comments. */
  readonly isCode: boolean;
}

/** The comment, string or quoted name that begins at this place; null where none does. */
function opaqueSpan(script: string, at: number): Span | null {
  if (script.startsWith('--', at)) return { end: behind(script, '\n', at), isCode: false };
  if (script.startsWith('/*', at)) return { end: behind(script, '*/', at + 2), isCode: false };
  const quote = script.charAt(at);
  if (quote !== "'" && quote !== '"' && quote !== '`') return null;
  let end = at + 1;
  while (end < script.length && script.charAt(end) !== quote) {
    // A backslash escapes in strings, not in names.
    end += quote !== '`' && script.charAt(end) === '\\' ? 2 : 1;
  }
  return { end: end + 1, isCode: true };
}

function behind(script: string, mark: string, from: number): number {
  const found = script.indexOf(mark, from);
  return found === -1 ? script.length : found + mark.length;
}
