/** Explains why a request is refused or gets less than the newest version, and which commands help. */
import { AttuneError } from '../../errors.ts';
import { NoSolution } from '../../resolver/solver.ts';
import { admits } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import { isPossibleUpgrade, upgradesThatAllow } from '../upgrade/suggest-upgrade.ts';
import { AlreadyInstalled, PackPinned } from './already-installed.ts';
import { throwUnsatisfiedRuntimes } from './check-dependencies.ts';
import { installConflict } from './conflict-hint.ts';
import type { InstallRequest } from './install-request.ts';
import {
  type GivenPack,
  type PreparedRequest,
  type RequestedRoot,
  type ResolvedRequest,
  requestedVersion,
  resolveRequest,
} from './plan-install.ts';

/**
 * Rethrows the error of a resolution with a hint that names only commands and flags that would be accepted now.
 * @throws AlreadyInstalled, UnsatisfiedDependencies, or the error itself
 */
export async function refuseRequest(
  error: unknown,
  prepared: PreparedRequest,
  given: readonly GivenPack[],
  request: InstallRequest,
  runtime: Runtime,
): Promise<never> {
  if (error instanceof AlreadyInstalled) {
    throw new AlreadyInstalled(error.conflicts, await replacementHint(error, prepared, given, request, runtime));
  }
  if (!(error instanceof NoSolution)) throw error;
  await throwUnsatisfiedRuntimes(
    error,
    given.map(({ staged }) => staged),
    runtime,
  );
  throw installConflict(error, await upgradesThatAllow(prepared.roots, prepared, runtime));
}

async function replacementHint(
  { conflicts }: AlreadyInstalled,
  prepared: PreparedRequest,
  given: readonly GivenPack[],
  request: InstallRequest,
  runtime: Runtime,
): Promise<string> {
  const changing = conflicts.filter(({ version, installed }) => version !== installed);
  if (changing.length === 0) return 'Reinstall it with --force, or skip it with --skip-existing.';
  const canUpgrade =
    changing.length === conflicts.length &&
    changing.every(({ inRegistry }) => inRegistry) &&
    (await isPossibleUpgrade(changing, runtime));
  const refusal = await refusalOf(() => resolveRequest(prepared, given, { ...request, force: true }));
  const ways = [
    ...(canUpgrade
      ? [`upgrade it with 'attune pack upgrade ${changing.map(({ ref, version }) => `${ref}@${version}`).join(' ')}'`]
      : []),
    ...(refusal === undefined ? ['replace the installed version with --force'] : []),
  ];
  if (ways.length > 0) return `${capitalize(ways.join(', or '))}.`;
  if (refusal instanceof PackPinned) return refusal.hint ?? '';
  return blockedHint(changing, prepared);
}

/** Names the installed packs that do not accept the requested versions. */
function blockedHint(changing: AlreadyInstalled['conflicts'], { graph }: PreparedRequest): string {
  const requested = new Map(changing.map(({ ref, version }) => [ref, version]));
  const blocking = graph.flatMap(({ ref: by, dependencies }) =>
    dependencies
      .filter(({ ref, range }) => requested.has(ref) && !admits(range, requested.get(ref)))
      .map(({ ref, range }) => `${by} needs ${ref} ${range}`),
  );
  if (blocking.length === 0) return 'Request another version.';
  return `Neither an upgrade nor --force is possible, because of what is installed: ${blocking.join('; ')}. Request another version, or uninstall the dependents first.`;
}

async function refusalOf(plan: () => Promise<unknown>): Promise<AttuneError | undefined> {
  try {
    await plan();
    return undefined;
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
}

/** Warns about requested packs that get an older version than requested, with the reason and the remedy. */
export async function warnAboutOlderVersions(
  { planned }: ResolvedRequest,
  prepared: PreparedRequest,
  given: readonly GivenPack[],
  request: InstallRequest,
  runtime: Runtime,
): Promise<void> {
  for (const root of prepared.roots) {
    const chosen = planned.find(({ ref }) => ref === root.ref)?.version;
    const best = requestedVersion(root, prepared.notAfter);
    if (chosen === undefined || best === undefined || best === chosen) continue;
    const roots = prepared.roots.map(
      (one): RequestedRoot => (one === root && one.kind === 'registry' ? { ...one, range: best } : one),
    );
    const refusal = await refusalOf(() => resolveRequest({ ...prepared, roots }, given, { ...request, force: true }));
    const [, ...reasons] = refusal?.message.split('\n') ?? [];
    const upgrades = await upgradesThatAllow(roots, prepared, runtime);
    const remedy =
      upgrades.length === 0 ? [] : [`  To allow it, upgrade first with 'attune pack upgrade ${upgrades.join(' ')}'.`];
    runtime.reporter.warn(
      [`Version ${best} of ${root.ref} was not chosen, but ${chosen}:`, ...reasons, ...remedy].join('\n'),
    );
  }
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
