import { isUtf8 } from 'node:buffer';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../../platform/files/entries.ts';
import { inspect, listDirectory } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { overwriteFile, writeNewFile } from '../../platform/files/write.ts';
import { searchPath } from '../workspace/environment-variables.ts';
import { buildVariables } from './build-variables.ts';
import { digestOf, fileDigest } from './digest.ts';
import { buildError, missingTool } from './environment-error.ts';
import { type PythonRequirements, readPythonRequirements, WHEELS } from './python-requirements.ts';
import type { BuildPaths, BuildTools, EnvironmentRecipe } from './recipe.ts';
import { runTool } from './run-tool.ts';

const OFFLINE_HINT =
  "Put the wheels into the pack's directory wheels/, or name a directory that has them in ATTUNE_WHEELS or testing.wheels; on a machine with a network, pip download -r requirements.txt -d DIRECTORY fills one.";

/** The interpreter that a virtual environment is made of. */
interface Interpreter {
  readonly executable: string;
  /** What it says of itself; another one has another environment. */
  readonly identity: string;
  /** `undefined` where it has no pip. */
  readonly pipVersion: string | undefined;
}

/** The recipe of a pack's virtual environment; `undefined` where it asks for no packages. @throws EnvironmentError */
export async function pythonRecipe(
  root: string,
  home: string,
  tools: BuildTools,
): Promise<EnvironmentRecipe | undefined> {
  const requirements = readPythonRequirements(root);
  if (requirements === undefined) return undefined;
  const files = requirements.files;
  const interpreter = await askInterpreter(root, files, tools);
  const wheels = requirements.wheels.map((name) => [name, fileDigest(join(root, WHEELS, name))]);
  return {
    kind: 'python',
    // Its programs name the place where it stands.
    digest: digestOf(['python', home, interpreter.identity, [...requirements.contents], wheels]),
    files,
    build: (place, buildTools) => build(root, requirements, interpreter, place, buildTools),
    provide: (path) => ({ variables: { VIRTUAL_ENV: path }, path: [programsOf(path)] }),
  };
}

const QUESTION = `
import importlib.util, json, sys, sysconfig
pip = None
if importlib.util.find_spec('pip'):
    import importlib.metadata
    pip = importlib.metadata.version('pip')
print(json.dumps([sys.executable, [sys.base_prefix, sys.version, sysconfig.get_platform()], pip]))
`;

/** The python that the pack's tests would get. It is asked in the pack, because a `.python-version` there may decide. */
async function askInterpreter(root: string, files: readonly string[], tools: BuildTools): Promise<Interpreter> {
  const path = searchPath(tools.variables);
  const python = tools.processes.find('python3', path) ?? tools.processes.find('python', path);
  if (python === undefined) throw missingTool('python3', files);
  const result = await tools.processes.run({
    command: python,
    // Isolated: no file of the pack passes for a module.
    args: ['-I', '-B', '-c', QUESTION],
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
  place: BuildPaths,
  tools: BuildTools,
): Promise<void> {
  const inputs = join(place.scratch, 'inputs');
  for (const [path, content] of requirements.contents) {
    makeDirectory(dirname(join(inputs, path)));
    writeNewFile(join(inputs, path), content);
  }
  const wheels = [...(requirements.wheels.length > 0 ? [join(root, WHEELS)] : []), ...tools.wheelDirectories];
  const words = [
    ...(tools.processes.offline ? ['--no-index'] : []),
    ...wheels.flatMap((directory) => ['--find-links', directory]),
    ...requirements.files.flatMap((path) => ['-r', join(inputs, path)]),
  ];
  const uv = tools.processes.find('uv', searchPath(tools.variables));
  const run = (tool: string, command: string, args: readonly string[]) =>
    runTool(
      {
        ...{ tool, command, args, files: requirements.files, scratch: place.scratch, offlineHint: OFFLINE_HINT },
        // A configuration of the user's may name an index, or wheels on a server.
        variables: tools.processes.offline ? { PIP_CONFIG_FILE: '/dev/null', PIP_FIND_LINKS: '', UV_OFFLINE: '1' } : {},
      },
      tools,
    );
  if (uv === undefined) await withPip(interpreter, place.staging, words, run);
  else {
    await run('uv', uv, ['venv', '--quiet', '--allow-existing', '--python', interpreter.executable, place.staging]);
    await run('uv', uv, ['pip', 'install', '--quiet', '--python', pythonOf(place.staging), ...words]);
  }
  relocate(place);
}

type Run = (tool: string, command: string, args: readonly string[]) => Promise<void>;

/** From this version on pip installs into an environment that has none of its own, which takes half the time to make. */
const PIP_FOR_OTHERS = 22.3;

async function withPip(interpreter: Interpreter, directory: string, words: readonly string[], run: Run): Promise<void> {
  const { executable, pipVersion } = interpreter;
  const helps = Number.parseFloat(pipVersion ?? '0') >= PIP_FOR_OTHERS;
  await run('python -m venv', executable, ['-I', '-m', 'venv', ...(helps ? ['--without-pip'] : []), directory]);
  const pip = helps
    ? [executable, '-I', '-m', 'pip', '--python', pythonOf(directory)]
    : [pythonOf(directory), '-I', '-m', 'pip'];
  const quietly = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-color', '--retries', '2'];
  const [command = '', ...args] = pip;
  await run('pip', command, [...args, 'install', ...quietly, '--no-warn-script-location', ...words]);
}

/** The programs of a virtual environment begin with the path of its interpreter, and it will be moved. */
function relocate({ staging, final }: BuildPaths): void {
  const programs = programsOf(staging);
  const files = listDirectory(programs).flatMap(({ name, kind }) => (kind === 'file' ? [join(programs, name)] : []));
  for (const path of [join(staging, 'pyvenv.cfg'), ...files]) {
    if ((inspect(path)?.size ?? 0) > LARGEST_SCRIPT) continue;
    const content = readFile(path);
    if (isUtf8(content) && content.includes(staging)) {
      overwriteFile(
        path,
        content.toString('utf8').replaceAll(staging, () => final),
      );
    }
  }
}

/** What is larger is a program of another kind. */
const LARGEST_SCRIPT = 256 * 1024;

function programsOf(environment: string): string {
  const windows = join(environment, 'Scripts');
  return inspect(windows)?.kind === 'directory' ? windows : join(environment, 'bin');
}

function pythonOf(environment: string): string {
  return join(programsOf(environment), 'python');
}
