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
  /** Where the program is run, and where a test puts its files. */
  readonly directory: string;
  readonly data: string;
  readonly config: string;
  /** Runs one command line as a user would, in `directory`. */
  attune(...words: string[]): Promise<Run>;
  /** The same with more environment variables; `undefined` takes one away. */
  attuneWith(variables: Readonly<Record<string, string | undefined>>, ...words: string[]): Promise<Run>;
  /** Runs a command line with `--json` and reads what it printed. */
  // biome-ignore lint/suspicious/noExplicitAny: a test names the fields that it expects
  json(...words: string[]): Promise<{ status: number | null; document: any; stderr: string }>;
}

interface Test {
  after(clean: () => void): void;
}

/** Compiled once for each test file and not once for each command line: half of the time of a short command is that. */
const compileCache = temporaryDirectory({ after });

/** A machine of one's own: data, cache, configuration and home in a directory that goes with the test. */
export function createHarness(test: Test): Harness {
  const root = temporaryDirectory(test);
  const place = (name: string) => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const [directory, home, data, cache, config] = ['work', 'home', 'data', 'cache', 'config'].map(place) as [
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
    TMPDIR: place('tmp'),
    ATTUNE_DATA_DIR: data,
    ATTUNE_CACHE_DIR: cache,
    ATTUNE_CONFIG_DIR: config,
    ATTUNE_USER: 'tester',
    NODE_COMPILE_CACHE: compileCache,
  };
  const attuneWith: Harness['attuneWith'] = (variables, ...words) =>
    execute(words, directory, { ...base, ...variables });
  const attune: Harness['attune'] = (...words) => attuneWith({}, ...words);
  return {
    directory,
    data,
    config,
    attune,
    attuneWith,
    async json(...words) {
      const { status, stdout, stderr } = await attune(...words, '--json');
      return { status, document: JSON.parse(stdout), stderr };
    },
  };
}

/** Where the program finds others; for the executable, where there is no Node, npm or git (test/run.ts). */
export function programPath(): string | undefined {
  return process.env['ATTUNE_TEST_PATH'] ?? process.env['PATH'];
}

/**
 * What `ATTUNE_BIN` names, such as the executable; or the bundle, which the whole suite drives elsewhere; or the sources.
 * @param variables of its environment: where it is to meet faults (fault.ts), Node runs it, which can preload something
 */
export function programCommand(
  variables: Readonly<Record<string, string | undefined>> = {},
): [command: string, ...args: string[]] {
  const executable = process.env['ATTUNE_BIN'];
  if (executable && variables['ATTUNE_FAULT'] === undefined) return [executable];
  return [process.execPath, process.env['ATTUNE_TEST_PROGRAM'] ?? join(PROJECT, 'bin', 'run.js')];
}

function execute(
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Run> {
  const [command, ...args] = programCommand(env);
  const defined = Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, ...words], { cwd, env: defined, stdio: ['ignore', 'pipe', 'pipe'] });
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
