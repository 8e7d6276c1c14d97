/** Entries of a registry's index that are left out because they are invalid (SPEC section 3). */
import type { IndexSetting } from '../../config/types.ts';
import { oneLine } from '../../documents/problems.ts';
import { AttuneError } from '../../errors.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexCache } from '../cache/index-cache.ts';
import type { CachedIndex } from '../cache/rows.ts';

/** The registry that decides about a pack has an invalid entry for it. */
export class InvalidEntryRequested extends AttuneError {
  /** Completes a sentence about the pack. */
  readonly reason: string;

  constructor(setting: IndexSetting, ref: string, reason: string) {
    const url = `${new SafeUrl(setting.url)}`;
    super('INVALID_ENTRY', `The registry '${setting.name}' has an invalid entry for '${ref}': ${oneLine(reason)}.`, {
      facts: { ref, registry: setting.name, url, reason },
      hint: `Report it to the maintainers of the registry; 'attune pack index-validate' shows all problems of an index. To use another registry, name it with --registry.`,
    });
    this.reason = `the registry '${setting.name}' has an invalid entry for it: ${oneLine(reason)}`;
  }
}

const MAX_LISTED = 20;

/** Warns once about all invalid entries of an index. */
export function warnAboutInvalidEntries(
  { name }: IndexSetting,
  { cache, index }: { readonly cache: IndexCache; readonly index: CachedIndex },
  reporter: Pick<Reporter, 'warn'>,
): void {
  const listed = cache
    .invalidEntries(index, MAX_LISTED)
    .map(({ position, ref, reason }) => `${ref === null ? `packs[${position}]` : `'${ref}'`} (${oneLine(reason)})`);
  const [only] = listed;
  if (index.invalid === 1) {
    reporter.warn(`The registry '${name}' has an invalid entry, which is left out: ${only}.`);
    return;
  }
  const rest = index.invalid - listed.length;
  const lines = rest > 0 ? [...listed, `and ${rest.toLocaleString('en')} more`] : listed;
  const heading = `The registry '${name}' has ${index.invalid} invalid entries, which are left out:`;
  reporter.warn([heading, ...lines.map((line) => `  ${line}`)].join('\n'));
}
