/**
 * Environments contain the packages that a pack's `requirements.txt` or `package-lock.json` lists. They are created once,
 * outside the pack, and reused while those files and the interpreter stay the same. This folder defines the content of an
 * environment and how it is built; the store decides where it is kept and ensures that no incomplete one is used.
 */
import type { RuntimeEnvironment } from '../test-run.ts';
import { nodeRecipe } from './node.ts';
import { pythonRecipe } from './python.ts';
import type { BuildTools, EnvironmentRecipe } from './recipe.ts';

/**
 * Plans the environments of a pack, one recipe for each language with packages.
 * @param root the root of the pack, absolute and without links
 * @param home the directory of the pack's environments, absolute
 * @throws EnvironmentError
 */
export async function planEnvironments(root: string, home: string, tools: BuildTools): Promise<EnvironmentRecipe[]> {
  const recipes = [await pythonRecipe(root, home, tools), await nodeRecipe(root, tools)];
  return recipes.filter((recipe) => recipe !== undefined);
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
