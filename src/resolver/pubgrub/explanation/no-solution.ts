import { AttuneError } from '../../../errors.ts';
import { formatCycle } from '../../errors.ts';
import type { ConflictFact, Unsolvable } from '../model/problem.ts';

/** No set of versions satisfies all requirements. */
export class NoSolution extends AttuneError {
  constructor({ conflicts, cycles }: Omit<Unsolvable, 'solved'>) {
    const cycleLines = cycles.map((cycle) => `${formatCycle(cycle)}: these packs depend on each other in a cycle.`);
    const explanations = [...conflicts.map(({ lines }) => lines), ...cycleLines.map((line) => [line])];
    const text = explanations.map((lines) => lines.map((line) => `  ${line}`).join('\n'));
    super('DEPENDENCY_UNSATISFIED', `Pack dependency validation failed:\n${text.join('\n\n')}`, {
      facts: { conflicts: conflicts.map(({ about, lines, facts }) => ({ about, explanation: lines, facts })), cycles },
      hint: hintFor(conflicts.flatMap(({ facts }) => facts)),
    });
  }
}

/** Returns a hint about the fact that is easiest to change. */
function hintFor(facts: readonly ConflictFact[]): string {
  const find = (kind: string) => facts.find((fact) => fact.kind === kind);
  const held = find('held');
  const tooNew = JSON.stringify(facts).includes('"why":"too-new"');
  if (held?.['as'] === 'pinned')
    return `Remove the pin with 'attune pack unpin ${held.ref}', or request other versions.`;
  if (held) return `Name ${held.ref} as well, so that its version may change, or request other versions.`;
  if (tooNew) return 'Wait until the versions are old enough, or lower min_release_age.';
  if (find('unasked')) return 'Request the prerelease by its exact version.';
  if (find('missing')) return 'Install the missing pack from a path or a URL, or add its registry.';
  return 'Request other versions of the named packs.';
}
