import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './temporary.ts';

export const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const FIXTURES = join(PROJECT, 'fixtures');

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Harness {
  /** The working directory of the program, for the files of the test. */
  readonly directory: string;
  readonly data: string;
  readonly config: string;
  /** Runs one command line as a user would, in `directory`. */
  attune(...args: string[]): Promise<Run>;
  /** Runs a command line with additional environment variables; `undefined` removes one. */
  attuneWith(variables: Readonly<Record<string, string | undefined>>, ...args: string[]): Promise<Run>;
  /** Runs a command line with `--json` and parses its output. */
  // biome-ignore lint/suspicious/noExplicitAny: a test names the fields that it expects
  json(...args: string[]): Promise<{ status: number | null; document: any; stderr: string }>;
}

interface TestHooks {
  after(clean: () => void): void;
}

/** Shared by the command lines of the suite, else of the test file: compiling takes half of the time of a short command. */
const compileCache = process.env['NODE_COMPILE_CACHE'] ?? temporaryDirectory({ after });

/** Creates private data, cache, configuration and home directories, which are removed after the test. */
export function createHarness(test: TestHooks): Harness {
  const root = temporaryDirectory(test);
  const makeDirectory = (name: string) => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const [directory, home, data, cache, config] = ['work', 'home', 'data', 'cache', 'config'].map(makeDirectory) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const base: Record<string, string | undefined> = {
    PATH: programPath(),
    LANG: 'C.UTF-8',
    HOME: home,
    TMPDIR: makeDirectory('tmp'),
    ATTUNE_DATA_DIR: data,
    ATTUNE_CACHE_DIR: cache,
    ATTUNE_CONFIG_DIR: config,
    ATTUNE_USER: 'tester',
    NODE_COMPILE_CACHE: compileCache,
  };
  const attuneWith: Harness['attuneWith'] = (variables, ...args) => execute(args, directory, { ...base, ...variables });
  const attune: Harness['attune'] = (...args) => attuneWith({}, ...args);
  return {
    directory,
    data,
    config,
    attune,
    attuneWith,
    async json(...args) {
      const { status, stdout, stderr } = await attune(...args, '--json');
      return { status, document: JSON.parse(stdout), stderr };
    },
  };
}

/** Returns the PATH of the program under test; that of the executable has no Node, npm or git (test/run.ts). */
export function programPath(): string | undefined {
  return process.env['ATTUNE_TEST_PATH'] ?? process.env['PATH'];
}

/**
 * Returns the program under test: the executable named by `ATTUNE_BIN`, the bundle in a run of the whole suite, or the
 * sources.
 * @param variables its environment: injected faults (faults/fault.ts) need Node, which can preload a module
 */
export function programCommand(
  variables: Readonly<Record<string, string | undefined>> = {},
): [command: string, ...args: string[]] {
  const executable = process.env['ATTUNE_BIN'];
  if (executable && variables['ATTUNE_FAULT'] === undefined) return [executable];
  return [process.execPath, process.env['ATTUNE_TEST_PROGRAM'] ?? join(PROJECT, 'bin', 'run.js')];
}

function execute(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Run> {
  return runCommand([...programCommand(env), ...args], cwd, env);
}

/** Runs a command to its end. @param env variables; `undefined` leaves one out */
export function runCommand(
  [file = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Run> {
  const defined = Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env: defined, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...output }));
  });
}
