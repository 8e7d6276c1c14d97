/** Reports the dependencies between installed packs that are not satisfied. */
import { AttuneError } from '../../../errors.ts';
import { quoteForShell } from '../../../platform/shell-quote.ts';
import { admits, type DependencyEdge, formatDependency } from '../../installed/pack-graph.ts';
import { type Diagnosis, type DoctorContext, failure, ok } from '../diagnosis.ts';

class UnsatisfiedDependency extends AttuneError {
  constructor(edge: DependencyEdge, version: string | undefined) {
    const { ref, by, range } = edge;
    const found = version === undefined ? 'is not installed' : `is installed in version ${version}`;
    const command = `attune pack install ${quoteForShell(range === '*' ? ref : `${ref}@${range}`)}`;
    const hint =
      version === undefined ? `Install it with: ${command}` : `Replace it with a version that fits: ${command} --force`;
    super('DEPENDENCY_NOT_MET', `${by} needs ${formatDependency(edge)}, but ${ref} ${found}.`, { hint });
  }
}

export function checkPackDependencies({ survey }: DoctorContext): Diagnosis[] {
  if (survey instanceof AttuneError) return [];
  const graph = survey.graph();
  const versions = new Map(graph.map(({ ref, version }) => [ref, version]));
  const edges = graph.flatMap(({ ref: by, dependencies }) => dependencies.map((one) => ({ ...one, by })));
  const unsatisfied = edges.filter(({ ref, range }) => !admits(range, versions.get(ref)));
  if (unsatisfied.length === 0) return [ok('dependencies', 'those between installed packs are satisfied')];
  return unsatisfied.map((edge) => failure('dependencies', new UnsatisfiedDependency(edge, versions.get(edge.ref))));
}
