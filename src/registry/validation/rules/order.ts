import compare from 'semver/functions/compare.js';
import { compareCodePoints } from '../../../packs/tree/order.ts';
import type { Fields } from '../../index/fields.ts';
import type { IndexEntry, IndexRelease } from '../../index/format.ts';

/** Told the entries one by one; says once that they are not sorted, at the first that stands too late. */
export function inspectOrder(): (fields: Fields, entry: IndexEntry) => void {
  let previous = '';
  let told = false;
  return (fields, { ref }) => {
    if (ref === '') return;
    if (!told && compareCodePoints(ref, previous) < 0) {
      told = true;
      fields.problem('unsorted-refs', ['ref'], `stands behind '${previous}', so the entries are not sorted by ref`);
    }
    previous = ref;
  };
}

/** A list that is a set: sorted, and nothing in it twice. */
export function inspectList(fields: Fields, key: string): void {
  const items = fields.texts(key);
  const seen = new Set<string>();
  for (const { text, at } of items) {
    if (seen.has(text)) fields.problem('repeated-item', [key, at], `'${text}' is there already`);
    seen.add(text);
  }
  const late = items.find(({ text }, index) => index > 0 && compareCodePoints(text, items[index - 1]!.text) < 0);
  if (late) fields.problem('unsorted-list', [key, late.at], `'${late.text}' stands too late: the list is not sorted`);
}

/** One that is yanked may be higher: the entry went back behind it. */
export function inspectRelease(fields: Fields, { version, yanked }: IndexRelease, current: string): void {
  if (version === '' || current === '' || version === current || yanked !== undefined) return;
  if (compare(version, current) >= 0)
    fields.problem('release-not-earlier', ['version'], `${version} is not earlier than the entry's ${current}`);
}
