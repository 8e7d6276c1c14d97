import { AttuneError } from '../../errors.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { findBranchTip } from '../../sources/git/fetch-git.ts';
import type { InstalledPack } from '../../store/installed.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { sourceTools, stagePack } from '../staging/stage-pack.ts';
import type { StagedPack } from '../staging/staged-content.ts';

const MOST_AT_ONCE = 4;

/** The tip of the branch that an installed pack came from. */
export interface BranchTip {
  /** The id of the commit. */
  readonly commit: string;
  /** The pack in that commit; `undefined` if the commit is the installed one. */
  readonly moved: MovedPack | undefined;
}

/** The only version of a pack that its branch provides. The resolver takes it for a pack of a registry. */
export interface MovedPack {
  readonly staged: StagedPack;
  readonly versions: readonly { readonly version: string; readonly dependencies: readonly string[] }[];
}

/** The branch of an installed pack cannot be read, or has no usable pack. */
export class UnusableBranch extends AttuneError {
  readonly reason: string;

  constructor({ ref, version, source_url: url }: InstalledPack, branch: string, cause: AttuneError) {
    const reason = `${branch} of ${url} cannot be used. ${cause.message.replace(/\.$/, '')}`;
    super(cause.code, `Pack '${ref}' ${version} cannot be upgraded: ${reason}.`, {
      facts: { ...cause.facts, ref, version },
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
      cause,
    });
    this.reason = reason;
  }
}

class RenamedPack extends AttuneError {
  constructor({ ref: expected, source_url: url, source_ref: branch }: InstalledPack, actual: string) {
    const source = `${quoteForShell(url)} ${branch === null ? '--type git' : `--ref-spec ${quoteForShell(branch)}`}`;
    super('INVALID_PACK_RENAMED', `The pack there is '${actual}', not '${expected}'.`, {
      facts: { expected, actual },
      hint: `Install it with 'attune pack install ${source}', then uninstall '${expected}'.`,
    });
  }
}

/** Returns whether an installed pack follows a branch. A ref of unknown type is treated as the name of a branch. */
export function followsBranch({ registry, source_type, source_ref_type: type }: InstalledPack): boolean {
  return registry === null && source_type === 'git' && (type ?? 'branch') === 'branch';
}

/** Formats the branch of an installed pack: `the branch 'main'`, `the default branch`. */
export function formatBranch({ source_ref: ref }: InstalledPack): string {
  return ref === null ? 'the default branch' : `the branch '${ref}'`;
}

/** Reads the branches of installed packs, each at most once, and stages the packs at their tips. */
export class BranchTips {
  readonly #area: StagingArea;
  readonly #runtime: Runtime;
  readonly #tips = new Map<string, Promise<BranchTip>>();

  constructor(area: StagingArea, runtime: Runtime) {
    this.#area = area;
    this.#runtime = runtime;
  }

  /**
   * Returns the tip of the branch of a pack that follows one, and fetches the pack if the tip is another commit.
   * @throws UnusableBranch
   */
  of(pack: InstalledPack): Promise<BranchTip> {
    const key = JSON.stringify([pack.ref, pack.source_url, pack.source_ref, pack.source_commit]);
    const tip = this.#tips.get(key) ?? this.#read(pack);
    this.#tips.set(key, tip);
    return tip;
  }

  /** Reads the branches of all packs that follow one, several at a time. Errors are left to `of`. */
  async readAll(packs: readonly InstalledPack[]): Promise<void> {
    await mapConcurrently(packs.filter(followsBranch), MOST_AT_ONCE, (pack) => this.of(pack).catch(() => {}));
  }

  async #read(pack: InstalledPack): Promise<BranchTip> {
    try {
      const url = new SafeUrl(pack.source_url);
      const tools = await sourceTools(this.#area, this.#runtime, false);
      const commit = await findBranchTip(url, pack.source_ref ?? undefined, tools);
      return { commit, moved: commit === pack.source_commit ? undefined : await this.#stage(pack, url, commit) };
    } catch (error) {
      if (!(error instanceof AttuneError) || !/^(NETWORK|NOT_FOUND|INVALID|INTEGRITY)$/.test(error.family)) throw error;
      throw new UnusableBranch(pack, formatBranch(pack), error);
    }
  }

  async #stage(pack: InstalledPack, url: SafeUrl, commit: string): Promise<MovedPack> {
    const staged = await stagePack({ kind: 'git', url, refSpec: commit }, undefined, this.#area, this.#runtime);
    const { ref, version, dependencies } = staged.pack.manifest;
    if (ref !== pack.ref) throw new RenamedPack(pack, ref);
    const provenance = { ...staged.provenance, ref: pack.source_ref, refType: 'branch' as const };
    return { staged: { ...staged, provenance }, versions: [{ version, dependencies: dependencies.packs }] };
  }
}
