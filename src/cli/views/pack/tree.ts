import type { PackTree, TreeNeed, TreePack } from '../../../operations/installed/pack-tree.ts';
import type { Style } from '../../text/style.ts';
import { type Branch, drawForest } from '../../text/tree.ts';

/** For people: what each pack needs below it, or with `why` what needs it. */
export function treeView(tree: PackTree, style: Style): string {
  if (tree.roots.length === 0) return 'No packs are installed. Install one with: attune pack install SOURCE\n';
  const lines = tree.why === null ? needLines(tree, style) : dependentLines(tree, tree.why, style);
  return lines.map((line) => `${line}\n`).join('');
}

function needLines({ packs, roots }: PackTree, style: Style): string[] {
  const byRef = new Map(packs.map((pack) => [pack.ref, pack]));
  const branch = (ref: string, label: string): Branch => ({
    key: ref,
    label,
    below: () => (byRef.get(ref)?.requires ?? []).map((need) => branch(need.ref, needed(need, byRef, style))),
  });
  return drawForest(
    roots.flatMap((ref) => {
      const pack = byRef.get(ref);
      return pack ? branch(ref, `${named(pack, style)}${pack.needed ? '' : ' (no longer needed)'}`) : [];
    }),
  );
}

function needed(need: TreeNeed, packs: ReadonlyMap<string, TreePack>, style: Style): string {
  const pack = packs.get(need.ref);
  const range = need.range === '*' ? '' : ` ${need.range}`;
  if (!pack) return `${style.bold(need.ref)}${range}: ${style.red('not installed')}`;
  if (!need.satisfied) return `${named(pack, style)}, ${style.red(`but${range} is needed`)}`;
  return `${named(pack, style)}${style.dim(range && ` (${range.trim()})`)}`;
}

function dependentLines({ packs }: PackTree, why: string, style: Style): string[] {
  const dependents = new Map<string, { pack: TreePack; need: TreeNeed }[]>();
  for (const pack of packs) {
    for (const need of pack.requires) dependents.set(need.ref, [...(dependents.get(need.ref) ?? []), { pack, need }]);
  }
  const branch = (ref: string, label: string): Branch => ({
    key: ref,
    label,
    below: () => (dependents.get(ref) ?? []).map(({ pack, need }) => branch(pack.ref, dependent(pack, need, style))),
  });
  const own = packs.find(({ ref }) => ref === why);
  const label = own ? `${named(own, style)}${asked(own)}` : `${style.bold(why)}: ${style.red('not installed')}`;
  const lines = drawForest([branch(why, label)]);
  return lines.length > 1 ? lines : [...lines, style.dim('No pack of this tree needs it.')];
}

function dependent(pack: TreePack, { range, satisfied }: TreeNeed, style: Style): string {
  const wants = range === '*' ? '' : style.dim(` needs ${range}`);
  return `${named(pack, style)}${wants}${satisfied ? '' : style.red(' (not satisfied)')}${asked(pack)}`;
}

function named({ ref, version, pinned }: TreePack, style: Style): string {
  return `${style.bold(ref)} ${version}${pinned ? ' (pinned)' : ''}`;
}

/** A chain of reasons ends at somebody's wish. */
function asked({ requested }: TreePack): string {
  return requested ? ' (asked for)' : '';
}
