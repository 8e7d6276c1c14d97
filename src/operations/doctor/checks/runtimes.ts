import { join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { DEFAULT_LIMITS } from '../../../limits.ts';
import { MANIFEST, readManifest } from '../../../packs/manifest/manifest.ts';
import { inspect, readChunks } from '../../../platform/files/read.ts';
import { checkRuntimes as askRuntimes, type RuntimeRequirement } from '../../../resolver/runtimes/check-runtimes.ts';
import { declaredRuntimes } from '../../../resolver/runtimes/declared-versions.ts';
import type { StoreSurvey } from '../../../store/survey.ts';
import { type Diagnosis, ok, orError, type Patient, warning } from '../diagnosis.ts';

const NAMES = ['python', 'node', 'shell', 'bash', 'java', 'ruby', 'go', 'perl', 'r', 'powershell', 'docker'];

/** What is on the PATH of what attune knows, and what an installed pack needs and is not there. */
export async function checkRuntimes({ runtime, survey }: Patient): Promise<Diagnosis[]> {
  const { processes, environment } = runtime;
  const tools = { processes, variables: environment.variables };
  const { found } = await askRuntimes(
    NAMES.map((text) => ({ text, neededBy: 'attune doctor' })),
    tools,
  );
  const there = found.map(({ name, version }) => (version === undefined ? name : `${name} ${version}`));
  const needs = survey instanceof AttuneError ? [] : await needsOfInstalled(survey);
  const { failures, warnings } = await askRuntimes(needs, tools);
  const unmet = [...failures.map(({ message }) => `${message}.`), ...warnings];
  return [
    ok('runtimes', there.length > 0 ? there.join(', ') : 'none that attune knows is on the PATH'),
    ...unmet.map((line) =>
      warning('runtimes', `An installed pack lacks what it needs: ${line}`, {
        remedy: 'Install it, or add it to the PATH.',
      }),
    ),
  ];
}

async function needsOfInstalled(survey: StoreSurvey): Promise<RuntimeRequirement[]> {
  const installed = survey.releases().filter(({ current }) => current);
  const needs = await Promise.all(
    installed.map(async (release) => {
      const needed = await orError(() => needsAt(survey.directoryOf(release)));
      // That it cannot be read is told by others.
      return needed instanceof AttuneError ? [] : needed.map((text) => ({ text, neededBy: release.ref }));
    }),
  );
  return needs.flat();
}

function needsAt(directory: string): string[] {
  const place = join(directory, MANIFEST);
  const size = inspect(place)?.size ?? 0;
  const file = { path: MANIFEST, size, executable: false, chunks: () => readChunks(place) };
  const { runtimeDeps, dependencies } = readManifest({ location: directory, files: [file] }, DEFAULT_LIMITS);
  return [...runtimeDeps, ...declaredRuntimes(dependencies)];
}
