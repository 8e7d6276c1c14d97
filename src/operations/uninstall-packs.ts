import { AttuneError } from '../errors.ts';
import { NotInstalled } from './not-installed.ts';
import type { Runtime } from './runtime.ts';

export interface UninstallRequest {
  readonly refs: readonly string[];
  /** Also what other packs need. */
  readonly force: boolean;
}

export interface UninstallReceipt {
  readonly success: true;
  readonly packs: readonly { readonly ref: string; readonly version: string; readonly action: 'uninstalled' }[];
  /** Packs that stay and now lack something. */
  readonly broken: readonly string[];
}

export class StillNeeded extends AttuneError {
  constructor(needs: readonly Need[]) {
    const lines = needs.map(({ ref, by, range }) => `  ${by} needs ${ref}${range === '*' ? '' : ` ${range}`}`);
    super('DEPENDENCY_STILL_NEEDED', ['Cannot uninstall what other packs need:', ...lines].join('\n'), {
      facts: { needs },
      hint: 'Uninstall those packs as well, or leave them broken with --force.',
    });
  }
}

interface Need {
  readonly ref: string;
  readonly by: string;
  readonly range: string;
}

/** Takes packs away, all of them or none. @throws NotInstalled, StillNeeded */
export async function uninstallPacks(
  request: UninstallRequest,
  runtime: Pick<Runtime, 'store'>,
): Promise<UninstallReceipt> {
  const store = await runtime.store();
  const refs = [...new Set(request.refs)];
  const missing = refs.filter((ref) => store.find(ref) === undefined);
  if (missing.length > 0) throw new NotInstalled(missing, [...store.versions().keys()]);
  return store.write((writer) => {
    const packs = refs.map((ref) => writer.find(ref)).filter((pack) => pack !== undefined);
    const needs = refs.flatMap((ref) =>
      writer
        .dependents(ref)
        .filter(({ ref: by }) => !refs.includes(by))
        .map(({ ref: by, range }) => ({ ref, by, range })),
    );
    if (needs.length > 0 && !request.force) throw new StillNeeded(needs);
    writer.uninstall(refs);
    return {
      success: true,
      packs: packs.map(({ ref, version }) => ({ ref, version, action: 'uninstalled' })),
      broken: [...new Set(needs.map(({ by }) => by))].sort(),
    };
  });
}
