/**
 * JSON as the Jobs API speaks it: ids are 64-bit integers, more than a JS number holds exactly. Going out, a `bigint`
 * becomes a bare integer; coming in, an integer of 16 digits or more becomes a string of its digits.
 */

export function toJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map((item) => toJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${toJson(member)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

// Strings are matched first, so that digits inside them are left alone.
const stringOrLongInteger = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

/** @throws SyntaxError if the text is not JSON. */
export function parseJson(text: string): unknown {
  return JSON.parse(text.replace(stringOrLongInteger, (token) => (token.startsWith('"') ? token : `"${token}"`)));
}
