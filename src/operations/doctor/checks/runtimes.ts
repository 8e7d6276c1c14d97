import { join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { DEFAULT_LIMITS } from '../../../limits.ts';
import { readManifest } from '../../../packs/manifest/manifest.ts';
import { MANIFEST } from '../../../packs/manifest/types.ts';
import { inspect } from '../../../platform/files/inspect.ts';
import { readChunks } from '../../../platform/files/read.ts';
import { checkRuntimes as probeRuntimes, type RuntimeRequirement } from '../../../resolver/runtimes/check-runtimes.ts';
import { declaredRuntimes } from '../../../resolver/runtimes/declared-versions.ts';
import type { StoreSurvey } from '../../../store/survey.ts';
import { type Diagnosis, type DoctorContext, failure, ok, resultOrError, warning } from '../diagnosis.ts';

const NAMES = ['python', 'node', 'shell', 'bash', 'java', 'ruby', 'go', 'perl', 'r', 'powershell', 'docker'];

const UNSATISFIED = 'A requirement of an installed pack is not met';
const RUNTIME_REMEDY = 'Install the runtime, or add it to the PATH.';

class MissingRuntime extends AttuneError {
  constructor(failure: string) {
    super('DEPENDENCY_NOT_MET', `${UNSATISFIED}: ${failure}.`, { hint: RUNTIME_REMEDY });
  }
}

/** Reports the known runtimes on the PATH, and the requirements of installed packs that are not met. */
export async function checkRuntimes({ runtime, survey }: DoctorContext): Promise<Diagnosis[]> {
  const { processes, environment } = runtime;
  const tools = { processes, variables: environment.variables };
  const { found } = await probeRuntimes(
    NAMES.map((text) => ({ text, neededBy: 'attune doctor' })),
    tools,
  );
  const available = found.map(({ name, version }) => (version === undefined ? name : `${name} ${version}`));
  const requirements = survey instanceof AttuneError ? [] : await requirementsOfInstalled(survey);
  const { failures, warnings } = await probeRuntimes(requirements, tools);
  return [
    ok('runtimes', available.length > 0 ? available.join(', ') : 'no known runtime is on the PATH'),
    ...failures.map(({ message }) => failure('runtimes', new MissingRuntime(message))),
    ...warnings.map((line) => warning('runtimes', `${UNSATISFIED}: ${line}`, { remedy: RUNTIME_REMEDY })),
  ];
}

async function requirementsOfInstalled(survey: StoreSurvey): Promise<RuntimeRequirement[]> {
  const installed = survey.releases().filter(({ current }) => current);
  const requirements = await Promise.all(
    installed.map(async (release) => {
      const needed = await resultOrError(() => readRequirements(survey.directoryOf(release)));
      // Other checks report files that are missing or unreadable.
      return needed instanceof AttuneError ? [] : needed.map((text) => ({ text, neededBy: release.ref }));
    }),
  );
  return requirements.flat();
}

function readRequirements(directory: string): string[] {
  const path = join(directory, MANIFEST);
  const status = inspect(path);
  if (status?.kind !== 'file') return [];
  const { size } = status;
  const file = { path: MANIFEST, size, executable: false, chunks: () => readChunks(path) };
  const { runtimeDeps, dependencies } = readManifest({ location: directory, files: [file] }, DEFAULT_LIMITS);
  return [...runtimeDeps, ...declaredRuntimes(dependencies)];
}
