/** Reports the dependencies between installed packs that are not satisfied. */
import { AttuneError } from '../../../errors.ts';
import { quoteForShell } from '../../../platform/shell-quote.ts';
import { formatNpmRange, parseConstraint } from '../../../resolver/constraint.ts';
import type { InstalledNode } from '../../../store/installed.ts';
import { intersectRanges } from '../../install/check-dependencies.ts';
import { admits, type DependencyEdge, formatDependency, rangeError } from '../../installed/pack-graph.ts';
import { type Diagnosis, type DoctorContext, failure, ok } from '../diagnosis.ts';

class UnsatisfiedDependency extends AttuneError {
  constructor(edge: DependencyEdge, installed: InstalledNode | undefined, hint: string) {
    const { ref, by } = edge;
    const found = installed === undefined ? 'is not installed' : `is installed in version ${installed.version}`;
    super('DEPENDENCY_NOT_MET', `${by} needs ${formatDependency(edge)}, but ${ref} ${found}.`, { hint });
  }
}

export function checkPackDependencies({ survey }: DoctorContext): Diagnosis[] {
  if (survey instanceof AttuneError) return [];
  const graph = survey.graph();
  const installed = new Map(graph.map((node) => [node.ref, node]));
  const edges = graph.flatMap(({ ref: by, dependencies }) => dependencies.map((one) => ({ ...one, by })));
  const unsatisfied = edges.filter(({ ref, range }) => !admits(range, installed.get(ref)?.version));
  if (unsatisfied.length === 0) return [ok('dependencies', 'those between installed packs are satisfied')];
  return unsatisfied.map((edge) => {
    const hint = hintFor(edge, edges, installed.get(edge.ref));
    return failure('dependencies', new UnsatisfiedDependency(edge, installed.get(edge.ref), hint));
  });
}

/** Returns the command that installs a version which all dependents accept, or what has to be done before. */
function hintFor(
  { ref, by, range }: DependencyEdge,
  edges: readonly DependencyEdge[],
  installed: InstalledNode | undefined,
): string {
  if (rangeError(range) !== undefined)
    return `Install a version of ${by} whose pack.yaml has a valid range for ${ref}.`;
  if (installed?.pinned) return `${ref} is pinned. Allow another version of it with: attune pack unpin ${ref}`;
  const valid = edges.filter((edge) => edge.ref === ref && rangeError(edge.range) === undefined);
  const wanted = valid.map((edge) => edge.range).reduce(intersectRanges, '*');
  const npm = formatNpmRange(parseConstraint(wanted));
  if (npm === undefined) return `Install a version of ${ref} in the range ${wanted}.`;
  const command = `attune pack install ${quoteForShell(npm === '*' ? ref : `${ref}@${npm}`)}`;
  return installed === undefined
    ? `Install it with: ${command}`
    : `Replace it with a version that fits: ${command} --force`;
}
