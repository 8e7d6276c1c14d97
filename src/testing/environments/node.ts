import { dirname, join } from 'node:path';
import { makeDirectory } from '../../platform/files/entries.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { readChunks } from '../../platform/files/read.ts';
import { createDirectoryLink, NewFile } from '../../platform/files/write.ts';
import { searchPath } from '../workspace/environment-variables.ts';
import { digestOf, fileDigest } from './digest.ts';
import { missingTool } from './environment-error.ts';
import { type NodePackages, readNodePackages } from './node-packages.ts';
import type { BuildPaths, BuildTools, EnvironmentRecipe } from './recipe.ts';
import { runTool } from './run-tool.ts';

const MODULES = 'node_modules';
const OFFLINE_HINT =
  "Run npm ci in the pack once while there is a network, which fills npm's cache; or keep the packages as archives in the pack (npm pack) and name them with file:.";

/** The recipe of a pack's `node_modules`; `undefined` where it asks for no packages. @throws EnvironmentError */
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
    digest: digestOf(['node', await askNode(node, root, tools), contents]),
    files,
    build: (place, buildTools) => build(root, packages, npm, place, buildTools),
    provide: (environment) => ({
      variables: {},
      path: [join(environment, MODULES, '.bin')],
      furnish: (packCopy) => {
        const link = join(packCopy, MODULES);
        if (inspect(link) === undefined) createDirectoryLink(link, join(environment, MODULES));
      },
    }),
  };
}

async function askNode(node: string, root: string, { processes, variables }: BuildTools): Promise<string> {
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

/** No script of any package is run, the pack's own included: installing runs no code of a pack but its tests. */
const NPM_WORDS = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--no-progress'];

async function build(
  root: string,
  { files }: NodePackages,
  npm: string,
  place: BuildPaths,
  tools: BuildTools,
): Promise<void> {
  for (const file of files) {
    makeDirectory(dirname(join(place.staging, file)));
    copyFile(join(root, file), join(place.staging, file));
  }
  const { offline } = tools.processes;
  await runTool(
    {
      tool: 'npm',
      command: npm,
      args: [...NPM_WORDS, '--loglevel=error', '--logs-max=0', '--fetch-retries=1', ...(offline ? ['--offline'] : [])],
      cwd: place.staging,
      files: files.slice(0, 2),
      scratch: place.scratch,
      offlineHint: OFFLINE_HINT,
    },
    tools,
  );
  // npm makes none where all packages are for another system.
  makeDirectory(join(place.staging, MODULES));
}

function copyFile(from: string, to: string): void {
  const file = new NewFile(to);
  try {
    for (const chunk of readChunks(from)) file.write(chunk);
  } finally {
    file.close();
  }
}
