import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime from 'postal-mime';

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly to: readonly string[];
}

/** What the local mail server received, in the order of arrival. */
export async function mailsIn(mailDir: string): Promise<readonly Mail[]> {
  const files = (await readdir(mailDir)).filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(
    files.map(async (name) => {
      const { subject, text, to } = await PostalMime.parse(await readFile(join(mailDir, name)));
      return {
        subject: subject ?? '(no subject)',
        text: text ?? '',
        to: (to ?? []).flatMap(({ address }) => (address === undefined ? [] : [address])),
      };
    }),
  );
}
