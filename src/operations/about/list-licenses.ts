import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';
import licenses from './licenses.json' with { type: 'json' };

/** Something that attune is made of. */
export interface LicensedComponent {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  /** The licence's own words, with the notices that it wants to be kept. */
  readonly text: string;
}

export interface LicenseList {
  readonly licenses: readonly LicensedComponent[];
}

export class NoSuchComponent extends AttuneError {
  constructor(name: string, suggestion: string | undefined) {
    super('NOT_FOUND_COMPONENT', `There is nothing named '${name}' in attune.`, {
      facts: { name, suggestion: suggestion ?? null },
      hint:
        suggestion === undefined
          ? 'See all that is in it with: attune licenses'
          : `Did you mean: attune licenses ${suggestion}`,
    });
  }
}

/**
 * What attune is made of, itself first. The list is written by `node bin/build/licenses.ts` and is the same in a checkout, in
 * the npm package and in the executable, which is the one that has Node in it.
 * @param name only this component @throws NoSuchComponent
 */
export function listLicenses(name?: string): LicenseList {
  if (name === undefined) return { licenses };
  const found = licenses.filter((component) => component.name === name);
  if (found.length > 0) return { licenses: found };
  throw new NoSuchComponent(
    name,
    nearest(
      name,
      licenses.map((component) => component.name),
    ),
  );
}
