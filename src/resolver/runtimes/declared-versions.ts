import coerce from 'semver/functions/coerce.js';
import type { ManifestDependencies } from '../../packs/manifest/types.ts';
import { parseConstraint, satisfies } from '../constraint.ts';

/**
 * Converts `python_version` and `nodejs_version` to the form of `runtime_deps`: `python3>=3.9`. A bare version is a
 * minimum.
 */
export function declaredRuntimes({ pythonVersion, nodejsVersion }: ManifestDependencies): string[] {
  return [
    ...(pythonVersion === undefined ? [] : [`python3${withOperator(pythonVersion)}`]),
    ...(nodejsVersion === undefined ? [] : [`nodejs${withOperator(nodejsVersion)}`]),
  ];
}

/**
 * Checks whether this attune satisfies `attune_version`. A bare version is a minimum, and a prerelease of attune counts as
 * its release.
 * @param own the semantic version of attune
 * @throws InvalidConstraint
 */
export function acceptsAttune({ attuneVersion }: ManifestDependencies, own: string): boolean {
  if (attuneVersion === undefined) return true;
  return satisfies(coerce(own)?.version ?? own, parseConstraint(withOperator(attuneVersion)));
}

/** Returns a constraint that begins with an operator and can follow a name: `>=` or `=` is prepended if necessary. */
function withOperator(text: string): string {
  const trimmed = text.trim();
  if (/^v?\d+(\.\d+){0,2}([-+][0-9A-Za-z.+-]+)?$/.test(trimmed)) return `>=${trimmed}`;
  return /^[\dvxX]/.test(trimmed) ? `=${trimmed}` : trimmed;
}
