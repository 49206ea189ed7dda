/** A text as it may stand in a place where it must not: as it is, in base64 (standard and URL-safe), URL-encoded. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  // Inside a longer base64 text a secret may begin at any of three offsets; the characters at its borders depend on its neighbours.
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const inner = text.slice(offset === 0 ? 0 : 4, text.length - 4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...inBase64])];
}

export interface Place {
  readonly name: string;
  readonly text: string;
}

/** @returns a sentence per secret and place where it was found, without the secret */
export function leaks(secrets: Readonly<Record<string, string>>, places: readonly Place[]): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const forms = formsOf(secret);
    return places
      .filter(({ text }) => forms.some((form) => text.includes(form)))
      .map((place) => `${name} in ${place.name}`);
  });
}
