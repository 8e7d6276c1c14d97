import parseVersion from 'semver/functions/parse.js';
import { AttuneError } from '../errors.ts';
import { parseRequirement } from '../packs/requirement.ts';
import { type Constraint, npmRange, parseConstraint, satisfies } from './constraint.ts';
import { listVersions, newestFirst } from './plan-errors.ts';
import type { PackVersion, PlanRequest, PlanRoot, RegistryPack } from './plan-request.ts';

/** A demand on a pack's version. */
interface Want {
  /** `undefined` where any version will do. */
  readonly constraint: Constraint | undefined;
  /** Whose demand it is; `undefined` for the user's own. */
  readonly by: { readonly ref: string; readonly version: string } | undefined;
}

interface Need {
  readonly ref: string;
  readonly constraint: Constraint | undefined;
}

/** What became of one ref, for the time being. */
export type Choice<P extends RegistryPack> =
  | { readonly kind: 'given'; readonly version: string; readonly needs: Needs }
  /** What it needs does not matter: it has that. */
  | { readonly kind: 'installed'; readonly version: string }
  | {
      readonly kind: 'registry';
      readonly version: string;
      readonly needs: Needs;
      readonly pack: P;
      readonly release: P['versions'][number];
    }
  /** No registry has the pack, or it has no version that will do. */
  | { readonly kind: 'none'; readonly pack: P | undefined };

interface Needs {
  readonly packs: readonly Need[];
  /** Lines about those that cannot be understood. */
  readonly problems: readonly string[];
}

export function needsOf<P extends RegistryPack>(choice: Choice<P>): Needs {
  return 'needs' in choice ? choice.needs : { packs: [], problems: [] };
}

/**
 * Chooses for every ref the highest version that satisfies all demands seen so far, and looks again at those which a
 * later demand rules out. There is no way back: a demand stays even when the version that made it is given up, so
 * that this ends. It may miss a solution that a search would find, but what it finds is one.
 */
export class VersionChooser<P extends RegistryPack> {
  readonly choices = new Map<string, Choice<P>>();
  readonly #request: PlanRequest<P>;
  readonly #roots: ReadonlyMap<string, PlanRoot<P>>;
  readonly #wants = new Map<string, Want[]>();

  constructor(request: PlanRequest<P>) {
    this.#request = request;
    this.#roots = new Map(request.roots.map((root) => [root.ref, root]));
  }

  async run(): Promise<void> {
    for (const root of this.#roots.values()) this.#demand(root.ref, { constraint: rangeOf(root), by: undefined });
    const waiting = new Set(this.#roots.keys());
    // A set goes on to what is added to it while it is walked through.
    for (const ref of waiting) {
      waiting.delete(ref);
      const choice = await this.#choose(ref);
      this.choices.set(ref, choice);
      if (choice.kind === 'none') continue;
      const by = { ref, version: choice.version };
      for (const need of needsOf(choice).packs) {
        this.#demand(need.ref, { constraint: need.constraint, by });
        if (this.#isOpen(need)) waiting.add(need.ref);
      }
    }
  }

  /**
   * What stands in the way of a ref, a line each; empty when all that is wanted of it is had.
   * @param isPlanned whether a ref is needed in the end
   */
  problemsWith(ref: string, isPlanned: (ref: string) => boolean): readonly string[] {
    const choice = this.choices.get(ref);
    const wants = this.#wants.get(ref) ?? [];
    if (!choice) return [];
    if (choice.kind === 'none') return [`${describe(ref, wants)}: ${whyNone(choice.pack, wants)}`];
    const standing = wants.filter(({ by }) => !by || (isPlanned(by.ref) && this.#isChosen(by)));
    const unmet = standing.filter(({ constraint }) => constraint && !satisfies(choice.version, constraint));
    if (unmet.length === 0) return needsOf(choice).problems;
    const state = choice.kind === 'installed' ? 'is installed' : 'is about to be installed';
    return [`${describe(ref, unmet)}: version ${choice.version} ${state}`, ...needsOf(choice).problems];
  }

  #isChosen({ ref, version }: { ref: string; version: string }): boolean {
    const choice = this.choices.get(ref);
    return choice !== undefined && 'version' in choice && choice.version === version;
  }

  #demand(ref: string, want: Want): void {
    const wants = this.#wants.get(ref);
    if (wants) wants.push(want);
    else this.#wants.set(ref, [want]);
  }

  /** Whether a new demand calls for another look; a version that is settled stays whatever is demanded. */
  #isOpen({ ref, constraint }: Need): boolean {
    const choice = this.choices.get(ref);
    if (!choice) return true;
    if (!constraint || choice.kind === 'given' || choice.kind === 'installed') return false;
    return choice.kind === 'none' ? choice.pack !== undefined : !satisfies(choice.version, constraint);
  }

  async #choose(ref: string): Promise<Choice<P>> {
    const root = this.#roots.get(ref);
    if (root?.kind === 'given') return { kind: 'given', version: root.version, needs: readNeeds(ref, root) };
    const installed = root ? undefined : this.#request.installed.get(ref);
    if (installed !== undefined) return { kind: 'installed', version: installed };
    const pack = root?.pack ?? (await this.#lookUp(ref));
    const release = pack && highest(pack, this.#wants.get(ref) ?? []);
    if (!release) return { kind: 'none', pack };
    return { kind: 'registry', version: release.version, needs: readNeeds(ref, release), pack, release };
  }

  #lookUp(ref: string): P | undefined | Promise<P | undefined> {
    const before = this.choices.get(ref);
    return before && 'pack' in before ? before.pack : this.#request.lookup(ref);
  }
}

/** What the user's own words demand of a root. @throws InvalidConstraint */
function rangeOf<P extends RegistryPack>(root: PlanRoot<P>): Constraint | undefined {
  return root.kind === 'registry' && root.range !== undefined ? npmRange(root.range) : undefined;
}

/** The versions of a root's pack that its own range lets in. @throws InvalidConstraint */
export function matches<P extends RegistryPack>(root: Extract<PlanRoot<P>, { kind: 'registry' }>): boolean {
  return highest(root.pack, [{ constraint: rangeOf(root), by: undefined }]) !== undefined;
}

function highest<P extends RegistryPack>(pack: P, wants: readonly Want[]): P['versions'][number] | undefined {
  const constraints = wants.flatMap(({ constraint }) => constraint ?? []);
  return newestFirst(pack.versions).find(({ version, yanked }) => {
    if (yanked !== undefined) return false;
    // Where nobody names a version, nobody asks for a prerelease.
    if (constraints.length === 0) return parseVersion(version)?.prerelease.length === 0;
    return constraints.every((constraint) => satisfies(version, constraint));
  });
}

function readNeeds(ref: string, { version, dependencies }: PackVersion): Needs {
  const packs: Need[] = [];
  const problems: string[] = [];
  for (const text of dependencies) {
    try {
      const { ref: needed, range } = parseRequirement(text);
      packs.push({ ref: needed, constraint: range === '*' ? undefined : parseConstraint(range) });
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      problems.push(`'${text}' (needed by ${ref} ${version}): ${error.message.replace(/\.$/, '')}`);
    }
  }
  return { packs, problems };
}

function whyNone(pack: RegistryPack | undefined, wants: readonly Want[]): string {
  if (!pack) return 'it is not installed, and no registry has it';
  const count = wants.filter(({ constraint }) => constraint).length;
  const why = count === 0 ? 'it has no release' : `no version satisfies ${count === 1 ? 'that' : 'them all'}`;
  return `${why}; ${listVersions(pack.versions)}`;
}

/** `core (^1.2 needed by slack 1.0.0; <1 needed by jira 2.0.0)` */
function describe(ref: string, wants: readonly Want[]): string {
  const demands = wants.map(({ constraint, by }) => {
    const range = constraint ? `${constraint.text} ` : '';
    return by === undefined ? `${range}requested` : `${range}needed by ${by.ref} ${by.version}`;
  });
  return `${ref} (${[...new Set(demands)].join('; ')})`;
}
