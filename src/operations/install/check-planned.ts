/** What is known of planned packs before they are fetched. */
import { parseDigest } from '../../packs/digest.ts';
import type { DeclaredRequirements } from '../../packs/manifest/types.ts';
import { parseRequirement } from '../../packs/requirement.ts';
import { admits, formatDependency, type Graph } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import {
  type RuntimeChecks,
  type UNSATISFIED_HINTS,
  UnsatisfiedDependencies,
  unsatisfiedRuntimes,
} from './check-dependencies.ts';
import type { InstallRequest } from './install-request.ts';
import type { PlannedPack } from './plan-install.ts';

/**
 * Verifies for a dry run what an installation would verify after it has fetched the packs, as far as the index and fetched
 * manifests declare it: the algorithms of checksums, the runtimes and the version of attune.
 * @throws InvalidChecksum, UnsatisfiedDependencies that lists every unsatisfied dependency
 */
export async function checkPlanned(
  planned: readonly PlannedPack[],
  { allowWeakChecksum, skipDependencies }: Pick<InstallRequest, 'allowWeakChecksum' | 'skipDependencies'>,
  command: keyof typeof UNSATISFIED_HINTS,
  runtime: RuntimeChecks,
): Promise<void> {
  for (const { from } of planned) {
    if (from.kind === 'registry') parseDigest(from.sources[0]?.checksum ?? '', { allowWeak: allowWeakChecksum });
  }
  if (skipDependencies) return;
  const failures = await unsatisfiedRuntimes(planned.map(requirementsOf), runtime);
  if (failures.length > 0) throw new UnsatisfiedDependencies(failures, command);
}

/** Warns about dependencies that `--skip-deps` leaves unsatisfied, one warning for each pack. */
export function warnAboutSkipped(
  planned: readonly PlannedPack[],
  graph: Graph,
  { reporter }: Pick<Runtime, 'reporter'>,
): void {
  const versions = new Map([...graph, ...planned].map(({ ref, version }) => [ref, version]));
  for (const pack of planned) {
    const unsatisfied = requirementsOf(pack)
      .dependencies.packs.map(parseRequirement)
      .filter(({ ref, range }) => !admits(range, versions.get(ref)))
      .map((dependency) => formatSkipped(formatDependency(dependency), versions.get(dependency.ref)));
    if (unsatisfied.length === 0) continue;
    reporter.warn(`Dependencies of ${pack.ref} that were not installed: ${unsatisfied.join(', ')}.`);
  }
}

function formatSkipped(dependency: string, installed: string | undefined): string {
  return installed === undefined ? dependency : `${dependency} (${installed} is installed)`;
}

function requirementsOf({ from }: PlannedPack): DeclaredRequirements {
  return from.kind === 'given' ? from.staged.pack.manifest : from.requires;
}
