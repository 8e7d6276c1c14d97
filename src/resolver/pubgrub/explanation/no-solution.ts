import { AttuneError } from '../../../errors.ts';
import { formatCycle } from '../../errors.ts';
import type { ConflictFact, Unsolvable } from '../model/problem.ts';

/** There is no choice of versions with which everything that is needed is there. */
export class NoSolution extends AttuneError {
  constructor({ conflicts, cycles }: Omit<Unsolvable, 'solved'>) {
    const circles = cycles.map((cycle) => `${formatCycle(cycle)}: they need each other in a circle.`);
    const proofs = [...conflicts.map(({ lines }) => lines), ...circles.map((line) => [line])];
    const text = proofs.map((lines) => lines.map((line) => `  ${line}`).join('\n'));
    super('DEPENDENCY_UNSATISFIED', `Pack dependencies cannot be satisfied:\n${text.join('\n\n')}`, {
      facts: { conflicts: conflicts.map(({ about, lines, facts }) => ({ about, explanation: lines, facts })), cycles },
      hint: hintFor(conflicts.flatMap(({ facts }) => facts)),
    });
  }
}

/** What to do about the kind of fact that is most easily changed. */
function hintFor(facts: readonly ConflictFact[]): string {
  const of = (kind: string) => facts.find((fact) => fact.kind === kind);
  const held = of('held');
  const tooNew = JSON.stringify(facts).includes('"why":"too-new"');
  if (held?.['as'] === 'pinned')
    return `Release the pin with 'attune pack unpin ${held.ref}', or ask for other versions.`;
  if (held) return `Name ${held.ref} too, so that its version may change, or ask for other versions.`;
  if (tooNew) return 'Wait until the versions are old enough, or lower min_release_age.';
  if (of('unasked')) return 'Ask for the prerelease by its version to have it.';
  if (of('missing'))
    return 'Install what is missing from a path or a URL, add its registry, or leave it out with --skip-deps.';
  return 'Ask for other versions of the packs that are named, or install without dependencies by --skip-deps.';
}
