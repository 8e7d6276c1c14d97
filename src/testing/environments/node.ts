import { dirname, join } from 'node:path';
import { makeDirectory } from '../../platform/files/entries.ts';
import { inspect } from '../../platform/files/inspect.ts';

import { createDirectoryLink } from '../../platform/files/write.ts';
import { copyFile } from '../workspace/copy-pack.ts';
import { searchPath } from '../workspace/environment-variables.ts';

import { missingTool } from './environment-error.ts';
import { type NodePackages, readNodePackages } from './node-packages.ts';
import { type BuildPaths, type BuildTools, type EnvironmentRecipe, fileDigest, recipeDigest } from './recipe.ts';
import { runTool } from './run-tool.ts';

const MODULES = 'node_modules';
const OFFLINE_HINT =
  "Run npm ci in the pack once with network access to fill npm's cache, or add the packages to the pack as archives (npm pack) and refer to them with file:.";

/** Returns the recipe of a pack's `node_modules`; `undefined` if it needs no packages. @throws EnvironmentError */
export async function nodeRecipe(root: string, tools: BuildTools): Promise<EnvironmentRecipe | undefined> {
  const packages = readNodePackages(root);
  if (packages === undefined) return undefined;
  const { files } = packages;
  const path = searchPath(tools.variables);
  const node = tools.processes.find('node', path);
  const npm = tools.processes.find('npm', path);
  if (node === undefined) throw missingTool('node', files);
  if (npm === undefined) throw missingTool('npm', files);
  const contents = files.map((file) => [file, fileDigest(join(root, file))]);
  return {
    kind: 'node',
    digest: recipeDigest(['node', await queryNode(node, root, tools), contents]),
    files,
    build: (paths, buildTools) => build(root, packages, npm, paths, buildTools),
    toRuntimeEnvironment: (environment) => ({
      variables: {},
      path: [join(environment, MODULES, '.bin')],
      prepareCopy: (packCopy) => {
        const link = join(packCopy, MODULES);
        if (inspect(link) === undefined) createDirectoryLink(link, join(environment, MODULES));
      },
    }),
  };
}

async function queryNode(node: string, root: string, { processes, variables }: BuildTools): Promise<string> {
  const { stdout } = await processes.run({
    command: node,
    args: ['-p', 'JSON.stringify([process.version, process.platform, process.arch])'],
    cwd: root,
    env: { PATH: searchPath(variables) ?? '' },
    timeoutMs: 60_000,
    maxOutputBytes: 65_536,
  });
  return stdout.trim();
}

/** No script of any package is run, because installing a pack runs none of its code except the tests. */
const NPM_ARGS = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--no-progress'];

async function build(
  root: string,
  { files }: NodePackages,
  npm: string,
  paths: BuildPaths,
  tools: BuildTools,
): Promise<void> {
  for (const file of files) {
    makeDirectory(dirname(join(paths.staging, file)));
    copyFile(join(root, file), join(paths.staging, file));
  }
  const { offline } = tools.processes;
  await runTool(
    {
      tool: 'npm',
      command: npm,
      args: [...NPM_ARGS, '--loglevel=error', '--logs-max=0', '--fetch-retries=1', ...(offline ? ['--offline'] : [])],
      cwd: paths.staging,
      files: files.slice(0, 2),
      scratch: paths.scratch,
      offlineHint: OFFLINE_HINT,
    },
    tools,
  );
  // npm creates no directory if all packages are for another system.
  makeDirectory(join(paths.staging, MODULES));
}
