/** Discovers tests by file name, for runners that are given a directory and for packs that define no runner. */
import { basename } from 'node:path';
import type { RunnerType, TestRunner } from '../packs/manifest/types.ts';
import { kindInside, listFilesBelow, resolveInside } from './workspace/pack-paths.ts';

/** The names that Node's test runner recognizes (https://nodejs.org/api/test.html#running-tests-from-the-command-line). */
const NODE_TEST = /^(?:.+[._-]test|test-.+|test)\.[cm]?js$/;
const PYTHON_TEST = /^test.*\.py$/;
const SHELL_TEST = /^(?:run_tests|test_.+|.+_test)\.(?:sh|bash)$/;

/** Lists the test files for Node below a directory, relative to `root`, sorted. */
export function nodeTestsIn(root: string, directory: string): string[] {
  // In a directory named `test`, Node runs every JavaScript file.
  const pattern = basename(directory) === 'test' ? /\.[cm]?js$/ : NODE_TEST;
  return filesIn(root, directory).filter((path) => pattern.test(basename(path)));
}

/** Derives the runners of a pack from its test files, for a pack that defines none. */
export function discoverRunners(root: string, directory: string): TestRunner[] {
  const files = filesIn(root, directory);
  const has = (pattern: RegExp) => files.some((path) => pattern.test(basename(path)));
  const scripts = files.filter((path) => SHELL_TEST.test(basename(path)));
  return [
    ...(has(PYTHON_TEST) ? [createRunner('python', 'unittest', { entryPoint: directory })] : []),
    ...(has(NODE_TEST) ? [createRunner('node', 'node', { entryPoint: directory })] : []),
    ...scripts.map((path) => createRunner(path, 'script', { entryPoint: path })),
  ];
}

/** Creates a runner that has nothing set except the given fields. */
export function createRunner(
  name: string,
  type: RunnerType,
  fields: Partial<Pick<TestRunner, 'entryPoint' | 'command'>>,
): TestRunner {
  return {
    name,
    type,
    entryPoint: undefined,
    command: undefined,
    timeoutSeconds: undefined,
    resultFormat: undefined,
    resultPath: undefined,
    ...fields,
  };
}

function filesIn(root: string, directory: string): string[] {
  const absolute = resolveInside(root, directory);
  if (absolute === undefined || kindInside(root, directory) !== 'directory') return [];
  const prefix = directory.replace(/\/+$/, '');
  return listFilesBelow(absolute, 'node_modules').map((path) => `${prefix}/${path}`);
}
