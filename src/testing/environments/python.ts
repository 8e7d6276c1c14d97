import { isUtf8 } from 'node:buffer';
import { dirname, join } from 'node:path';
import { NULL_DEVICE } from '../../platform/environment.ts';
import { makeDirectory } from '../../platform/files/entries.ts';
import { inspect, listDirectory } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { overwriteFile, writeNewFile } from '../../platform/files/write.ts';
import { searchPath } from '../workspace/environment-variables.ts';
import { buildVariables } from './build-variables.ts';

import { buildError, missingTool } from './environment-error.ts';
import { replacePipConfig } from './pip-settings.ts';
import { type PythonRequirements, readPythonRequirements, WHEELS_DIRECTORY } from './python-requirements.ts';
import { type BuildPaths, type BuildTools, type EnvironmentRecipe, fileDigest, recipeDigest } from './recipe.ts';
import { runTool } from './run-tool.ts';

const OFFLINE_HINT =
  "Put the wheels into the pack's directory wheels/, or set ATTUNE_WHEELS or testing.wheels to a directory with wheels. On a machine with network access, pip download -r requirements.txt -d DIRECTORY fills one.";

/** The interpreter of a virtual environment. */
interface Interpreter {
  readonly executable: string;
  /** Its self-description. Each interpreter has a separate environment. */
  readonly identity: string;
  /** `undefined` if it has no pip. */
  readonly pipVersion: string | undefined;
}

/** Returns the recipe of a pack's virtual environment; `undefined` if it needs no packages. @throws EnvironmentError */
export async function pythonRecipe(
  root: string,
  home: string,
  tools: BuildTools,
): Promise<EnvironmentRecipe | undefined> {
  const requirements = readPythonRequirements(root);
  if (requirements === undefined) return undefined;
  const files = requirements.files;
  const interpreter = await queryInterpreter(root, files, tools);
  const wheels = requirements.wheels.map((name) => [name, fileDigest(join(root, WHEELS_DIRECTORY, name))]);
  return {
    kind: 'python',
    // The programs of a virtual environment contain its path.
    digest: recipeDigest(['python', home, interpreter.identity, [...requirements.contents], wheels]),
    files,
    build: (paths, buildTools) => build(root, requirements, interpreter, paths, buildTools),
    toRuntimeEnvironment: (path) => ({ variables: { VIRTUAL_ENV: path }, path: [programsOf(path)] }),
  };
}

const QUERY_PROGRAM = `
import importlib.util, json, sys, sysconfig
pip = None
if importlib.util.find_spec('pip'):
    import importlib.metadata
    pip = importlib.metadata.version('pip')
print(json.dumps([sys.executable, [sys.base_prefix, sys.version, sysconfig.get_platform()], pip]))
`;

/** Queries the python that the tests would use. It runs in the pack, where a `.python-version` may select a version. */
async function queryInterpreter(root: string, files: readonly string[], tools: BuildTools): Promise<Interpreter> {
  const path = searchPath(tools.variables);
  const python = tools.processes.find('python3', path) ?? tools.processes.find('python', path);
  if (python === undefined) throw missingTool('python3', files);
  const result = await tools.processes.run({
    command: python,
    // Isolated, so that no file of the pack is imported as a module.
    args: ['-I', '-B', '-c', QUERY_PROGRAM],
    cwd: root,
    env: buildVariables(tools.variables, root),
    timeoutMs: 60_000,
    maxOutputBytes: 65_536,
  });
  try {
    const [executable, identity, pip] = JSON.parse(result.stdout);
    return { executable, identity: JSON.stringify(identity), pipVersion: pip ?? undefined };
  } catch {
    throw buildError({ tool: python, files, result, offline: false, offlineHint: OFFLINE_HINT });
  }
}

async function build(
  root: string,
  requirements: PythonRequirements,
  interpreter: Interpreter,
  paths: BuildPaths,
  tools: BuildTools,
): Promise<void> {
  const inputs = join(paths.scratch, 'inputs');
  for (const [path, content] of requirements.contents) {
    makeDirectory(dirname(join(inputs, path)));
    writeNewFile(join(inputs, path), content);
  }
  const wheels = [...(requirements.wheels.length > 0 ? [join(root, WHEELS_DIRECTORY)] : []), ...tools.wheelDirectories];
  const args = [
    ...(tools.processes.offline ? ['--no-index'] : []),
    ...wheels.flatMap((directory) => ['--find-links', directory]),
    ...requirements.files.flatMap((path) => ['-r', join(inputs, path)]),
  ];
  const uv = tools.processes.find('uv', searchPath(tools.variables));
  // Offline, the user's configuration is not read: it may define an index, or wheels on a server.
  const settings = tools.processes.offline
    ? { PIP_CONFIG_FILE: NULL_DEVICE, PIP_FIND_LINKS: '', UV_OFFLINE: '1' }
    : uv === undefined && interpreter.pipVersion !== undefined
      ? await replacePipConfig(interpreter.executable, paths.scratch, tools)
      : {};
  const run = (tool: string, command: string, args: readonly string[]) =>
    runTool(
      {
        ...{ tool, command, args, files: requirements.files, scratch: paths.scratch, offlineHint: OFFLINE_HINT },
        variables: settings,
      },
      tools,
    );
  if (uv === undefined) await installWithPip(interpreter, paths.staging, args, run);
  else {
    await run('uv', uv, ['venv', '--quiet', '--allow-existing', '--python', interpreter.executable, paths.staging]);
    await run('uv', uv, ['pip', 'install', '--quiet', '--python', pythonOf(paths.staging), ...args]);
  }
  relocate(paths);
}

type Run = (tool: string, command: string, args: readonly string[]) => Promise<void>;

/** From this version on, pip can install into an environment without pip, which is created in half the time. */
const EXTERNAL_PIP_VERSION = 22.3;

async function installWithPip(
  interpreter: Interpreter,
  directory: string,
  args: readonly string[],
  run: Run,
): Promise<void> {
  const { executable, pipVersion } = interpreter;
  const external = Number.parseFloat(pipVersion ?? '0') >= EXTERNAL_PIP_VERSION;
  await run('python -m venv', executable, ['-I', '-m', 'venv', ...(external ? ['--without-pip'] : []), directory]);
  const pip = external
    ? [executable, '-I', '-m', 'pip', '--python', pythonOf(directory)]
    : [pythonOf(directory), '-I', '-m', 'pip'];
  const flags = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-color', '--retries', '2'];
  const [command = '', ...pipArgs] = pip;
  await run('pip', command, [...pipArgs, 'install', ...flags, '--no-warn-script-location', ...args]);
}

/** Replaces the staging path in the programs of a virtual environment, which contain the path of the interpreter. */
function relocate({ staging, final }: BuildPaths): void {
  const programs = programsOf(staging);
  const files = listDirectory(programs).flatMap(({ name, kind }) => (kind === 'file' ? [join(programs, name)] : []));
  for (const path of [join(staging, 'pyvenv.cfg'), ...files]) {
    if ((inspect(path)?.size ?? 0) > MAX_SCRIPT_BYTES) continue;
    const content = readFile(path);
    if (isUtf8(content) && content.includes(staging)) {
      overwriteFile(
        path,
        content.toString('utf8').replaceAll(staging, () => final),
      );
    }
  }
}

/** Larger files are not scripts. */
const MAX_SCRIPT_BYTES = 256 * 1024;

function programsOf(environment: string): string {
  const windows = join(environment, 'Scripts');
  return inspect(windows)?.kind === 'directory' ? windows : join(environment, 'bin');
}

function pythonOf(environment: string): string {
  return join(programsOf(environment), 'python');
}
