import type { Held } from '../../resolver/pubgrub/model/problem.ts';
import type { InstalledNode } from '../../store/installed.ts';
import { admits, type Graph, rangeError } from '../installed/pack-graph.ts';

/**
 * What is installed, as the resolver holds it: each pack in its version, pinned ones whatever happens.
 * @param asked what this command is about: its versions are open, unless it is pinned
 * @param isFirm whether one of the others must stay in its version too
 */
export function holdInstalled(
  graph: Graph,
  asked: ReadonlySet<string>,
  isFirm: (pack: InstalledNode) => boolean,
): Map<string, Held> {
  const versions = new Map(graph.map(({ ref, version }) => [ref, version]));
  return new Map(
    graph
      .filter(({ ref, pinned }) => pinned || !asked.has(ref))
      .map((pack) => {
        const { ref, version, pinned } = pack;
        const held: Held = { version, as: pinned ? 'pinned' : 'installed', firm: pinned || isFirm(pack) };
        return [ref, asked.has(ref) ? held : { ...held, dependencies: standingNeeds(pack, versions, asked) }];
      }),
  );
}

/**
 * What an installed pack needs, as a manifest writes it. A need that is not met already (`--skip-deps` and `--force`
 * allow that) is nobody's business now, unless just that pack is asked for; one that nobody can understand never is.
 */
function standingNeeds(
  { dependencies }: InstalledNode,
  versions: ReadonlyMap<string, string>,
  asked: ReadonlySet<string>,
): string[] {
  return dependencies
    .filter(({ ref, range }) =>
      versions.has(ref) ? admits(range, versions.get(ref)) : asked.has(ref) && rangeError(range) === undefined,
    )
    .map(({ ref, range }) => (range === '*' ? ref : `${ref}@${range}`));
}
