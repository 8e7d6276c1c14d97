import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { type Checkout, findCheckout } from '../../sources/git/checkout.ts';
import { openLocalRepository } from '../../sources/git/local/local-repository.ts';
import { UnknownGitRef } from '../../sources/git/refs.ts';
import { listChangedFiles } from '../../sources/git/work-tree-status.ts';
import type { Runtime } from '../runtime.ts';

const MAX_LISTED = 10_000;

class DirtyWorkTree extends AttuneError {
  constructor(root: string, paths: readonly string[]) {
    super(
      'INVALID_WORK_TREE',
      [
        `The work tree '${root}' has uncommitted changes:`,
        ...paths.slice(0, MAX_LISTED).map((path) => `  ${path}`),
      ].join('\n'),
      { facts: { directory: root, paths }, hint: 'Commit or revert them: a release consists of committed files.' },
    );
  }
}

class TagMissing extends AttuneError {
  constructor(root: string, tag: string, command: string) {
    super('INVALID_TAG', `The commit that is checked out in '${root}' does not have the tag '${tag}'.`, {
      facts: { directory: root, tag },
      hint: `Create it with --tag, or with: ${command}`,
    });
  }
}

class TagElsewhere extends AttuneError {
  constructor(root: string, tag: string, commit: string, head: string) {
    super('INVALID_TAG', `The tag '${tag}' in '${root}' is at commit ${commit}, but ${head} is checked out.`, {
      facts: { directory: root, tag, tag_commit: commit, commit: head },
      hint: `Check out the tagged commit (git checkout ${tag}), or increase the version in pack.yaml.`,
    });
  }
}

/** The checkout of a pack that may be published. */
export interface ReleaseCheckout extends Checkout {
  readonly commit: string;
  readonly tag: { readonly name: string; readonly exists: boolean };
}

type Tools = Pick<Runtime, 'environment' | 'processes' | 'reporter'>;

/**
 * Checks that the work tree is clean and that its commit has the tag of the version.
 * @returns `undefined` for a pack outside of a git checkout
 * @throws DirtyWorkTree, TagMissing, TagElsewhere
 */
export async function inspectCheckout(
  root: string,
  manifest: Manifest,
  { limits, createTag }: { readonly limits: Limits; readonly createTag: boolean },
  tools: Tools,
): Promise<ReleaseCheckout | undefined> {
  const checkout = await findCheckout(root, limits);
  if (checkout === undefined) return undefined;
  const { processes, environment } = tools;
  const changed = await listChangedFiles(checkout.root, { processes, variables: environment.variables });
  if (changed.length > 0) throw new DirtyWorkTree(checkout.root, changed);
  const name = root === checkout.root ? `v${manifest.version}` : `${manifest.ref}-v${manifest.version}`;
  const { commit } = checkout;
  const tagged = await commitOfTag(checkout.root, name, limits);
  if (commit === undefined) throw new TagMissing(checkout.root, name, `git tag ${name}`);
  if (tagged === undefined && !createTag) throw new TagMissing(checkout.root, name, `git tag ${name}`);
  if (tagged !== undefined && tagged !== commit) throw new TagElsewhere(checkout.root, name, tagged, commit);
  return { ...checkout, commit, tag: { name, exists: tagged !== undefined } };
}

async function commitOfTag(root: string, name: string, limits: Limits): Promise<string | undefined> {
  const repository = await openLocalRepository(root, limits);
  try {
    using found = await repository.find(`refs/tags/${name}`);
    return found.commit;
  } catch (error) {
    if (error instanceof UnknownGitRef) return undefined;
    throw error;
  }
}
