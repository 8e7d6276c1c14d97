import type { PackTree, TreeDependency, TreePack } from '../../../../operations/installed/pack-tree.ts';
import type { Style } from '../../../text/style.ts';
import { type Branch, drawForest } from '../../../text/tree.ts';

/** Formats each pack with its dependencies below it, or with `why` its dependents. */
export function treeView(tree: PackTree, style: Style): string {
  if (tree.roots.length === 0) return 'No packs are installed. Install one with: attune pack install SOURCE\n';
  const lines = tree.why === null ? dependencyLines(tree, style) : dependentLines(tree, tree.why, style);
  return lines.map((line) => `${line}\n`).join('');
}

function dependencyLines({ packs, roots }: PackTree, style: Style): string[] {
  const byRef = new Map(packs.map((pack) => [pack.ref, pack]));
  const branch = (ref: string, label: string): Branch => ({
    key: ref,
    label,
    children: () =>
      (byRef.get(ref)?.requires ?? []).map((dependency) =>
        branch(dependency.ref, dependencyLabel(dependency, byRef, style)),
      ),
  });
  return drawForest(
    roots.flatMap((ref) => {
      const pack = byRef.get(ref);
      return pack ? branch(ref, `${packLabel(pack, style)}${pack.needed ? '' : ' (no longer needed)'}`) : [];
    }),
  );
}

function dependencyLabel(dependency: TreeDependency, packs: ReadonlyMap<string, TreePack>, style: Style): string {
  const pack = packs.get(dependency.ref);
  const range = dependency.range === '*' ? '' : ` ${dependency.range}`;
  if (!pack) return `${style.bold(dependency.ref)}${range}: ${style.red('not installed')}`;
  if (!dependency.satisfied) return `${packLabel(pack, style)}, ${style.red(`but${range} is needed`)}`;
  return `${packLabel(pack, style)}${style.dim(range && ` (${range.trim()})`)}`;
}

function dependentLines({ packs }: PackTree, why: string, style: Style): string[] {
  const dependents = new Map<string, { pack: TreePack; need: TreeDependency }[]>();
  for (const pack of packs) {
    for (const need of pack.requires) dependents.set(need.ref, [...(dependents.get(need.ref) ?? []), { pack, need }]);
  }
  const branch = (ref: string, label: string): Branch => ({
    key: ref,
    label,
    children: () =>
      (dependents.get(ref) ?? []).map(({ pack, need }) => branch(pack.ref, dependentLabel(pack, need, style))),
  });
  const target = packs.find(({ ref }) => ref === why);
  const label = target
    ? `${packLabel(target, style)}${requestedNote(target)}`
    : `${style.bold(why)}: ${style.red('not installed')}`;
  const lines = drawForest([branch(why, label)]);
  return lines.length > 1 ? lines : [...lines, style.dim('No pack depends on it.')];
}

function dependentLabel(pack: TreePack, { range, satisfied }: TreeDependency, style: Style): string {
  const requirement = range === '*' ? '' : style.dim(` needs ${range}`);
  return `${packLabel(pack, style)}${requirement}${satisfied ? '' : style.red(' (not satisfied)')}${requestedNote(pack)}`;
}

function packLabel({ ref, version, pinned }: TreePack, style: Style): string {
  return `${style.bold(ref)} ${version}${pinned ? ' (pinned)' : ''}`;
}

/** Marks the packs that the user requested, where a chain of dependents ends. */
function requestedNote({ requested }: TreePack): string {
  return requested ? ' (requested)' : '';
}
