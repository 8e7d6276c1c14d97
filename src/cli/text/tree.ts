/** A node of a tree to draw, with its children. */
export interface Branch {
  /** Branches with the same key are the same node. */
  readonly key: string;
  readonly label: string;
  children(): readonly Branch[];
}

interface PositionedBranch {
  readonly branch: Branch;
  /** The prefix of the lines of its children. */
  readonly indent: string;
  readonly connector: string;
}

/**
 * Draws trees with box-drawing characters, like `cargo tree`. A node whose children are already drawn is marked with
 * `(*)` instead of drawing them again, so that a cycle ends. Iterative, because chains may be long.
 */
export function drawForest(roots: readonly Branch[]): string[] {
  const drawn = new Set<string>();
  const lines: string[] = [];
  const stack: PositionedBranch[] = roots.map((branch) => ({ branch, indent: '', connector: '' })).reverse();
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { branch, indent, connector } = next;
    const children = branch.children();
    const isRepeated = children.length > 0 && drawn.has(branch.key);
    lines.push(`${connector}${branch.label}${isRepeated ? ' (*)' : ''}`);
    if (isRepeated) continue;
    drawn.add(branch.key);
    stack.push(
      ...children.map((child, index) => positionChild(child, indent, index === children.length - 1)).reverse(),
    );
  }
  return lines;
}

function positionChild(branch: Branch, indent: string, isLast: boolean): PositionedBranch {
  return { branch, connector: `${indent}${isLast ? '└── ' : '├── '}`, indent: `${indent}${isLast ? '    ' : '│   '}` };
}
