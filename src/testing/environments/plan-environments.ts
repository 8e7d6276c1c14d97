/**
 * Environments contain the packages that a pack's `requirements.txt` or `package-lock.json` lists. They are created once,
 * outside the pack, and reused while those files and the interpreter stay the same. This folder defines the content of an
 * environment and how it is built; the store decides where it is kept and ensures that no incomplete one is used.
 */
import type { RunnerType } from '../../packs/manifest/types.ts';
import type { TestEnvironment } from '../../packs/test-report.ts';
import type { PlannedSuite } from '../plan.ts';
import type { RuntimeEnvironment } from '../test-run.ts';
import { nodeRecipe } from './node.ts';
import { pythonRecipe } from './python.ts';
import type { BuildTools, EnvironmentRecipe } from './recipe.ts';

/**
 * Plans the environments of a pack, one recipe for each language with packages.
 * @param root the root of the pack, absolute and without links
 * @param home the directory of the pack's environments, absolute
 * @param kinds the languages whose packages are needed
 * @throws EnvironmentError
 */
export async function planEnvironments(
  root: string,
  home: string,
  tools: BuildTools,
  kinds: readonly TestEnvironment['kind'][] = ['python', 'node'],
): Promise<EnvironmentRecipe[]> {
  const recipes = [
    kinds.includes('python') ? await pythonRecipe(root, home, tools) : undefined,
    kinds.includes('node') ? await nodeRecipe(root, tools) : undefined,
  ];
  return recipes.filter((recipe) => recipe !== undefined);
}

/** The languages whose packages a runner can use. A script or a command may start any program. */
const KINDS: Readonly<Record<RunnerType, readonly TestEnvironment['kind'][]>> = {
  script: ['python', 'node'],
  command: ['python', 'node'],
  unittest: ['python'],
  pytest: ['python'],
  node: ['node'],
  jest: ['node'],
  mocha: ['node'],
};

/** Returns the languages whose packages suites may need; none without suites. */
export function environmentKinds(suites: readonly PlannedSuite[]): TestEnvironment['kind'][] {
  const needed = suites.flatMap(({ type, command }) => KINDS[command === undefined ? type : 'command']);
  return [...new Set(needed)];
}

/** Combines several environments into one. */
export function joinEnvironments(environments: readonly RuntimeEnvironment[]): RuntimeEnvironment {
  return {
    variables: Object.assign({}, ...environments.map(({ variables }) => variables)),
    path: environments.flatMap(({ path }) => path),
    prepareCopy: (packCopy) => {
      for (const environment of environments) environment.prepareCopy?.(packCopy);
    },
  };
}
