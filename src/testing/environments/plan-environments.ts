/**
 * Environments: the packages that a pack's `requirements.txt` or `package-lock.json` names, brought together once and
 * kept outside of the pack for as long as those files (and the interpreter) stay the same. Here is what goes into one and
 * how it is made; where it is kept, and that no half of one is ever used, is the store's part.
 */
import type { RuntimeEnvironment } from '../execution-context.ts';
import { nodeRecipe } from './node.ts';
import { pythonRecipe } from './python.ts';
import type { BuildTools, EnvironmentRecipe } from './recipe.ts';

/**
 * What a pack asks for, one recipe for each language; none where it asks for nothing.
 * @param root of the pack, absolute and without links
 * @param home where the pack's environments are kept, absolute
 * @throws EnvironmentError
 */
export async function planEnvironments(root: string, home: string, tools: BuildTools): Promise<EnvironmentRecipe[]> {
  const recipes = [await pythonRecipe(root, home, tools), await nodeRecipe(root, tools)];
  return recipes.filter((recipe) => recipe !== undefined);
}

/** Several environments as one. */
export function joinEnvironments(environments: readonly RuntimeEnvironment[]): RuntimeEnvironment {
  return {
    variables: Object.assign({}, ...environments.map(({ variables }) => variables)),
    path: environments.flatMap(({ path }) => path),
    furnish: (packCopy) => {
      for (const environment of environments) environment.furnish?.(packCopy);
    },
  };
}
