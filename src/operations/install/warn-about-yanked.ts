import type { Reporter } from '../../platform/reporter.ts';

/** The version of a pack that is about to be installed. */
interface ChosenVersion {
  readonly ref: string;
  readonly version: string;
  /** Why the version must no longer be chosen. */
  readonly from: { readonly yanked?: string | undefined };
}

/** Warns about chosen versions that are yanked: the user requested exactly them, or they are locked. */
export function warnAboutYanked(chosen: readonly ChosenVersion[], reporter: Pick<Reporter, 'warn'>): void {
  for (const { ref, version, from } of chosen) {
    if (from.yanked !== undefined) reporter.warn(`Version ${version} of ${ref} is yanked: ${from.yanked}`, ref);
  }
}
