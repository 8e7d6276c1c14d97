import { delimiter } from 'node:path';
import type { TestEnvironment } from '../../packs/test-report.ts';
import { expandPath } from '../../platform/paths.ts';
import type { EnvironmentLease } from '../../store/environments/environments.ts';
import { joinEnvironments, planEnvironments } from '../../testing/environments/plan-environments.ts';
import type { BuildTools, EnvironmentRecipe } from '../../testing/environments/recipe.ts';
import type { RuntimeEnvironment } from '../../testing/test-run.ts';
import type { Runtime } from '../runtime.ts';

/** The environments of a pack. They are protected from removal until this object is disposed. */
export interface PreparedEnvironments extends Disposable {
  /** The combined environment for the pack's tests. */
  readonly environment: RuntimeEnvironment;
  readonly report: readonly TestEnvironment[];
  /** Removes the environments that were built for a pack whose installation was abandoned. */
  discard(): void;
}

type NeededRuntime = Pick<Runtime, 'store' | 'config' | 'processes' | 'reporter' | 'environment'>;

/**
 * Finds or builds the environments that a pack requires, possibly none.
 * @param pack its root must be absolute and without links; it is only read; `kinds` are all by default
 * @throws EnvironmentError, WriterBusy if another process builds the same environment for too long
 */
export async function prepareEnvironments(
  pack: { readonly root: string; readonly ref: string; readonly kinds?: readonly TestEnvironment['kind'][] },
  runtime: NeededRuntime,
): Promise<PreparedEnvironments> {
  const environments = (await runtime.store()).environments();
  const tools = await buildTools(runtime);
  using leases = new DisposableStack();
  const found: { recipe: EnvironmentRecipe; lease: EnvironmentLease }[] = [];
  for (const recipe of await planEnvironments(pack.root, environments.directoryOf(pack.ref), tools, pack.kinds)) {
    const { kind, digest, files } = recipe;
    const lease = await environments.obtain({ ref: pack.ref, kind, digest, files }, async (path) => {
      using _activity = tools.reporter.activity(
        `Building the ${kind} environment of ${pack.ref} (${files.join(', ')})`,
        pack.ref,
      );
      await recipe.build(path, tools);
    });
    found.push({ recipe, lease: leases.use(lease) });
  }
  const held = leases.move();
  return {
    environment: joinEnvironments(found.map(({ recipe, lease }) => recipe.toRuntimeEnvironment(lease.path))),
    report: found.map(({ recipe: { kind, digest }, lease: { path, reused } }) => ({ kind, digest, path, reused })),
    discard: () => {
      held.dispose();
      const built = found.filter(({ lease }) => !lease.reused);
      environments.remove(built.map(({ lease: { path } }) => ({ ref: pack.ref, path })));
    },
    [Symbol.dispose]: () => held.dispose(),
  };
}

async function buildTools(runtime: NeededRuntime): Promise<BuildTools> {
  const { processes, reporter, environment } = runtime;
  const { variables } = environment;
  const named = variables['ATTUNE_WHEELS'];
  const wheelDirectories = named
    ? named
        .split(delimiter)
        .filter(Boolean)
        .map((path) => expandPath(path, environment))
    : (await runtime.config()).testing.wheels.map((path) => expandPath(path, environment));
  return { processes, reporter, variables, wheelDirectories };
}
