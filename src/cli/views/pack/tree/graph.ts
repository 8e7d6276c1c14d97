import type { PackTree, TreeDependency } from '../../../../operations/installed/pack-tree.ts';

interface GraphNode {
  readonly ref: string;
  /** `undefined` if the pack is required but not installed. */
  readonly version: string | undefined;
}

/** Returns the installed packs, then the missing dependencies. */
function nodesOf({ packs }: PackTree): GraphNode[] {
  const installed = new Set(packs.map(({ ref }) => ref));
  const required = packs.flatMap(({ requires }) => requires.map(({ ref }) => ref));
  const missing = [...new Set(required)].filter((ref) => !installed.has(ref)).sort();
  return [...packs, ...missing.map((ref) => ({ ref, version: undefined }))];
}

function edgesOf({ packs }: PackTree): { from: string; need: TreeDependency }[] {
  return packs.flatMap(({ ref, requires }) => requires.map((need) => ({ from: ref, need })));
}

/** Formats the tree in the DOT language of Graphviz: quoted strings escape backslashes and quotes; `\n` breaks a label. */
export function treeDot(tree: PackTree): string {
  const quoted = (...lines: string[]) => `"${lines.map((line) => line.replace(/[\\"]/g, '\\$&')).join('\\n')}"`;
  const nodes = nodesOf(tree).map(({ ref, version }) =>
    version === undefined
      ? `  ${quoted(ref)} [label=${quoted(ref, 'not installed')}, style=dashed];\n`
      : `  ${quoted(ref)} [label=${quoted(ref, version)}];\n`,
  );
  const edges = edgesOf(tree).map(({ from, need: { ref, range, satisfied } }) => {
    const style = satisfied ? '' : ', style=dashed';
    return `  ${quoted(from)} -> ${quoted(ref)} [label=${quoted(range === '*' ? '' : range)}${style}];\n`;
  });
  return `digraph packs {\n  node [shape=box];\n${nodes.join('')}${edges.join('')}}\n`;
}

/**
 * Formats the tree as a Mermaid flowchart. Nodes are named by numbers, because refs such as `end` are keywords there;
 * special characters in labels are written as entity codes.
 */
export function treeMermaid(tree: PackTree): string {
  const quoted = (text: string) =>
    `"${text.replace(/[^\w .,:/*+-]/gu, (character) => `#${character.codePointAt(0)};`)}"`;
  const nodes = nodesOf(tree);
  const names = new Map(nodes.map(({ ref }, index) => [ref, `p${index}`]));
  const boxes = nodes.map(({ ref, version }) =>
    version === undefined
      ? `  ${names.get(ref)}[${quoted(`${ref} not installed`)}]:::missing\n`
      : `  ${names.get(ref)}[${quoted(`${ref} ${version}`)}]\n`,
  );
  const arrows = edgesOf(tree).map(({ from, need: { ref, range, satisfied } }) => {
    const label = range === '*' ? '' : `|${quoted(range)}|`;
    return `  ${names.get(from)} ${satisfied ? '-->' : '-.->'}${label} ${names.get(ref)}\n`;
  });
  return `flowchart TD\n${boxes.join('')}${arrows.join('')}  classDef missing stroke-dasharray: 5 5\n`;
}
