import { contentOf, type FileTree } from '../tree/tree.ts';
import { licenseDigests } from './normalize.ts';
import texts from './texts.json' with { type: 'json' };

const LICENSE_FILE = /^(?:LICENSE|COPYING)[^/]*$/i;
/** Larger than any license text. */
const MAX_BYTES = 256 * 1024;

/**
 * Returns the SPDX id of the one license whose text the license files at a pack's root have (SPEC section 7).
 * @returns `undefined` without a license file, for a text that is not a known one, and for several licenses
 */
export function identifyLicense(tree: FileTree): string | undefined {
  const files = tree.files.filter(({ path }) => LICENSE_FILE.test(path));
  const ids = files.map((file) => (file.size > MAX_BYTES ? undefined : idOfText(contentOf(file).toString('utf8'))));
  return new Set(ids).size === 1 ? ids[0] : undefined;
}

/**
 * Returns the id of a license text; `undefined` if no license has it. Of ids that differ in an addition, the one without
 * it is returned (`MPL-2.0`); `undefined` if there is none, because the text of the GPL does not state `only` or `or-later`.
 */
function idOfText(text: string): string | undefined {
  const digests = licenseDigests(text);
  const ids = Object.entries(texts)
    .filter(([, known]) => known.split(' ').some((digest) => digests.has(digest)))
    .map(([id]) => id);
  return ids.find((id) => ids.every((other) => other.startsWith(id)));
}
