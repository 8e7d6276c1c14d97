import type { Incompatibility } from '../model/incompatibility.ts';

/**
 * Removes the steps whose conclusion reads like one of their premises, as in "because app 1.0.0 depends on base and app
 * 1.0.0 is installed, app 1.0.0 depends on base": the premise takes the place of the step.
 * @param sentence returns the text of an incompatibility
 */
export function withoutTautologies(
  failure: Incompatibility,
  sentence: (one: Incompatibility) => string,
): Incompatibility {
  const simplified = new Map<Incompatibility, Incompatibility>();
  // An explicit stack, because the depth of a derivation depends on the index.
  const pending = [failure];
  for (let one = pending.at(-1); one; one = pending.at(-1)) {
    const open = premisesOf(one).filter((premise) => !simplified.has(premise));
    if (open.length > 0) pending.push(...open);
    else {
      pending.pop();
      if (!simplified.has(one)) simplified.set(one, simplify(one, simplified, sentence));
    }
  }
  return simplified.get(failure) ?? failure;
}

function simplify(
  one: Incompatibility,
  simplified: ReadonlyMap<Incompatibility, Incompatibility>,
  sentence: (one: Incompatibility) => string,
): Incompatibility {
  if (one.cause.kind !== 'derived') return one;
  const { conflict, other } = one.cause;
  const [first, second] = [simplified.get(conflict) ?? conflict, simplified.get(other) ?? other];
  const text = sentence(one);
  const same = [first, second].find((premise) => sentence(premise) === text);
  if (same !== undefined) return same;
  if (first === conflict && second === other) return one;
  return { terms: one.terms, cause: { kind: 'derived', conflict: first, other: second } };
}

function premisesOf({ cause }: Incompatibility): readonly Incompatibility[] {
  return cause.kind === 'derived' ? [cause.conflict, cause.other] : [];
}
