import compare from 'semver/functions/compare.js';
import { compareCodePoints } from '../../../packs/tree/order.ts';
import type { InspectedFields } from '../../index/findings.ts';
import type { IndexEntry, IndexRelease } from '../../index/format.ts';

/** Returns a callback for each entry that reports the first entry that is not in sort order. */
export function inspectOrder(): (fields: InspectedFields, entry: IndexEntry) => void {
  let previous = '';
  let reported = false;
  return (fields, { ref }) => {
    if (ref === '') return;
    if (!reported && compareCodePoints(ref, previous) < 0) {
      reported = true;
      fields.problem('unsorted-refs', ['ref'], `comes after '${previous}', so the entries are not sorted by ref`);
    }
    previous = ref;
  };
}

/** Reports repeated items of a list, and a list that is not sorted. */
export function inspectList(fields: InspectedFields, key: string): void {
  const items = fields.stringItems(key);
  const seen = new Set<string>();
  for (const { text, index } of items) {
    if (seen.has(text)) fields.problem('repeated-item', [key, index], `'${text}' is already listed`);
    seen.add(text);
  }
  const late = items.find(
    ({ text }, position) => position > 0 && compareCodePoints(text, items[position - 1]!.text) < 0,
  );
  if (late)
    fields.problem('unsorted-list', [key, late.index], `'${late.text}' is out of order: the list is not sorted`);
}

/** Reports a release that is not earlier than its entry. A yanked one may be higher: the entry was rolled back. */
export function inspectRelease(fields: InspectedFields, { version, yanked }: IndexRelease, current: string): void {
  if (version === '' || current === '' || version === current || yanked !== undefined) return;
  if (compare(version, current) >= 0)
    fields.problem('release-not-earlier', ['version'], `${version} is not earlier than the entry's ${current}`);
}
