/** A thing to draw with what hangs below it. */
export interface Branch {
  /** Two branches with one key are the same thing. */
  readonly key: string;
  readonly label: string;
  below(): readonly Branch[];
}

interface Place {
  readonly branch: Branch;
  /** What stands before the branches of this place. */
  readonly indent: string;
  readonly joint: string;
}

/**
 * Lines with box drawing, as `cargo tree` has them. What was drawn with all that is below it is only named again, with
 * `(*)`, so that a graph with circles in it comes to an end. Without recursion: a chain is as long as it is.
 */
export function drawForest(roots: readonly Branch[]): string[] {
  const drawn = new Set<string>();
  const lines: string[] = [];
  const left: Place[] = roots.map((branch) => ({ branch, indent: '', joint: '' })).reverse();
  for (let place = left.pop(); place; place = left.pop()) {
    const { branch, indent, joint } = place;
    const below = branch.below();
    const again = below.length > 0 && drawn.has(branch.key);
    lines.push(`${joint}${branch.label}${again ? ' (*)' : ''}`);
    if (again) continue;
    drawn.add(branch.key);
    left.push(...below.map((one, at) => placeBelow(one, indent, at === below.length - 1)).reverse());
  }
  return lines;
}

function placeBelow(branch: Branch, indent: string, last: boolean): Place {
  return { branch, joint: `${indent}${last ? '└── ' : '├── '}`, indent: `${indent}${last ? '    ' : '│   '}` };
}
