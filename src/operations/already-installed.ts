import { AttuneError } from '../errors.ts';
import type { InstalledPack } from '../store/installed.ts';

interface Wanted {
  readonly ref: string;
  readonly version: string;
}

/** Packs that are there already, in whatever version. */
export class AlreadyInstalled extends AttuneError {
  constructor(conflicts: readonly (Wanted & { readonly installed: string })[]) {
    const lines = conflicts.map(({ ref, version, installed }) =>
      installed === version
        ? `Pack '${ref}' ${version} is already installed.`
        : `Pack '${ref}' is already installed in version ${installed}; ${version} was asked for.`,
    );
    const same = conflicts.every(({ version, installed }) => version === installed);
    super('EXISTS_PACK', lines.join('\n'), {
      facts: { packs: conflicts },
      hint: same
        ? 'Reinstall it with --force, or leave it as it is with --skip-existing.'
        : 'To upgrade it to the version that was asked for (or go back to it), give --force.',
    });
  }
}

/** @throws AlreadyInstalled naming every one of the packs that `find` finds */
export function refuseInstalled(wanted: readonly Wanted[], find: (ref: string) => InstalledPack | undefined): void {
  const conflicts = wanted.flatMap(({ ref, version }) => {
    const installed = find(ref)?.version;
    return installed === undefined ? [] : [{ ref, version, installed }];
  });
  if (conflicts.length > 0) throw new AlreadyInstalled(conflicts);
}
