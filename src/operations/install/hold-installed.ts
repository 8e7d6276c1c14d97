import type { HeldVersion } from '../../resolver/solver.ts';
import type { InstalledNode } from '../../store/installed.ts';
import { admits, type Graph, rangeError } from '../installed/pack-graph.ts';

/**
 * Returns the installed packs with their versions as constraints for the resolver. Pinned packs never change.
 * @param requested refs of the packs of this command: their versions may change unless they are pinned
 * @param isFirm returns whether another installed pack must also keep its version
 */
export function holdInstalled(
  graph: Graph,
  requested: ReadonlySet<string>,
  isFirm: (pack: InstalledNode) => boolean,
): Map<string, HeldVersion> {
  const versions = new Map(graph.map(({ ref, version }) => [ref, version]));
  return new Map(
    graph
      .filter(({ ref, pinned }) => pinned || !requested.has(ref))
      .map((pack) => {
        const { ref, version, pinned } = pack;
        const held: HeldVersion = {
          version,
          reason: pinned ? 'pinned' : 'installed',
          required: pinned || isFirm(pack),
        };
        if (requested.has(ref)) return [ref, held];
        return [ref, { ...held, dependencies: relevantDependencies(pack, versions, requested) }];
      }),
  );
}

/**
 * Returns the dependencies of an installed pack in the syntax of a manifest. Dependencies that are already unsatisfied
 * (`--skip-deps` and `--force` allow that) are left out unless the missing pack is requested now; those with an invalid
 * range are always left out.
 */
function relevantDependencies(
  { dependencies }: InstalledNode,
  versions: ReadonlyMap<string, string>,
  requested: ReadonlySet<string>,
): string[] {
  return dependencies
    .filter(({ ref, range }) =>
      versions.has(ref) ? admits(range, versions.get(ref)) : requested.has(ref) && rangeError(range) === undefined,
    )
    .map(({ ref, range }) => (range === '*' ? ref : `${ref}@${range}`));
}
