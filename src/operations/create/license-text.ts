import { brotliDecompressSync } from 'node:zlib';
import { AttuneError } from '../../errors.ts';

class UnknownLicense extends AttuneError {
  constructor(id: string, nearest: string | undefined) {
    super('USAGE', `'${id}' is not an SPDX license id.`, {
      facts: { license: id },
      hint: `${nearest === undefined ? '' : `Did you mean ${nearest}? `}All ids are listed at https://spdx.org/licenses.`,
    });
  }
}

/** Returns the text of a license. @param id of the SPDX list @throws UnknownLicense */
export async function licenseText(id: string): Promise<string> {
  const { default: packed } = await import('./license-texts.json', { with: { type: 'json' } });
  const texts: Record<string, string> = JSON.parse(
    brotliDecompressSync(Buffer.from(packed.content, 'base64')).toString(),
  );
  const text = Object.hasOwn(texts, id) ? texts[id] : undefined;
  if (text !== undefined) return `${text.trim()}\n`;
  const { closest } = await import('fastest-levenshtein');
  const same = Object.keys(texts).find((known) => known.toLowerCase() === id.toLowerCase());
  throw new UnknownLicense(id, same ?? closest(id, Object.keys(texts)));
}
