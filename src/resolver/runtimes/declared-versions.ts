import coerce from 'semver/functions/coerce.js';
import type { ManifestDependencies } from '../../packs/manifest/types.ts';
import { parseConstraint, satisfies } from '../constraint.ts';

/**
 * The runtimes that `python_version` and `nodejs_version` stand for, in the form of `runtime_deps`: `python3>=3.9`.
 * A bare version is the least that will do.
 */
export function declaredRuntimes({ pythonVersion, nodejsVersion }: ManifestDependencies): string[] {
  return [
    ...(pythonVersion === undefined ? [] : [`python3${atLeast(pythonVersion)}`]),
    ...(nodejsVersion === undefined ? [] : [`nodejs${atLeast(nodejsVersion)}`]),
  ];
}

/**
 * Whether an `attune_version` lets this attune in. A bare version is the least that will do, and a prerelease of
 * attune counts as its release.
 * @param own the version of attune, semantic
 * @throws InvalidConstraint
 */
export function acceptsAttune({ attuneVersion }: ManifestDependencies, own: string): boolean {
  if (attuneVersion === undefined) return true;
  return satisfies(coerce(own)?.version ?? own, parseConstraint(atLeast(attuneVersion)));
}

/** A constraint that begins with an operator, so that it may follow a name: as it is, or with `>=` or `=` before it. */
function atLeast(text: string): string {
  const trimmed = text.trim();
  if (/^v?\d+(\.\d+){0,2}([-+][0-9A-Za-z.+-]+)?$/.test(trimmed)) return `>=${trimmed}`;
  return /^[\dvxX]/.test(trimmed) ? `=${trimmed}` : trimmed;
}
