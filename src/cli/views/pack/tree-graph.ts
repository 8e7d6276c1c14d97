import type { PackTree, TreeNeed } from '../../../operations/installed/pack-tree.ts';

interface GraphNode {
  readonly ref: string;
  /** `undefined` where the pack is needed and not installed. */
  readonly version: string | undefined;
}

/** What is installed, then what is needed and missing. */
function nodesOf({ packs }: PackTree): GraphNode[] {
  const there = new Set(packs.map(({ ref }) => ref));
  const needed = packs.flatMap(({ requires }) => requires.map(({ ref }) => ref));
  const missing = [...new Set(needed)].filter((ref) => !there.has(ref)).sort();
  return [...packs, ...missing.map((ref) => ({ ref, version: undefined }))];
}

function edgesOf({ packs }: PackTree): { from: string; need: TreeNeed }[] {
  return packs.flatMap(({ ref, requires }) => requires.map((need) => ({ from: ref, need })));
}

/** The DOT language of Graphviz: in quotes a backslash and a quote are escaped, `\n` is a new line of a label. */
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
 * A flowchart of Mermaid. Its nodes have numbers for names, because refs such as `end` mean something there, and what
 * means something in a label is written as an entity code.
 */
export function treeMermaid(tree: PackTree): string {
  const quoted = (text: string) => `"${text.replace(/[^\w .,:/*+-]/gu, (sign) => `#${sign.codePointAt(0)};`)}"`;
  const nodes = nodesOf(tree);
  const names = new Map(nodes.map(({ ref }, at) => [ref, `p${at}`]));
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
