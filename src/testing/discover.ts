/** What is a test by its name, for runners that are given a directory and for packs that name no runner. */
import { basename, join } from 'node:path';
import type { RunnerType, TestRunner } from '../packs/manifest/types.ts';
import { inspect, listDirectory } from '../platform/files/inspect.ts';
import { pathInside } from './workspace/copy-pack.ts';

/** The names that Node's own runner knows (https://nodejs.org/api/test.html#running-tests-from-the-command-line). */
const NODE_TEST = /^(?:.+[._-]test|test-.+|test)\.[cm]?js$/;
const PYTHON_TEST = /^test.*\.py$/;
const SHELL_TEST = /^(?:run_tests|test_.+|.+_test)\.(?:sh|bash)$/;

/** The test files for Node below a directory, relative to `root`, sorted. */
export function nodeTestsIn(root: string, directory: string): string[] {
  // In a directory called `test` Node takes every file.
  const everything = basename(directory) === 'test';
  return filesBelow(root, directory).filter((path) =>
    everything ? /\.[cm]?js$/.test(path) : NODE_TEST.test(basename(path)),
  );
}

/** The runners of a pack that has tests in a directory and does not say how to run them. */
export function discoverRunners(root: string, directory: string): TestRunner[] {
  const files = filesBelow(root, directory);
  const has = (pattern: RegExp) => files.some((path) => pattern.test(basename(path)));
  const scripts = files.filter((path) => SHELL_TEST.test(basename(path)));
  return [
    ...(has(PYTHON_TEST) ? [runner('python', 'unittest', directory)] : []),
    ...(has(NODE_TEST) ? [runner('node', 'node', directory)] : []),
    ...scripts.map((path) => runner(path, 'script', path)),
  ];
}

function runner(name: string, type: RunnerType, entryPoint: string): TestRunner {
  return {
    name,
    type,
    entryPoint,
    command: undefined,
    timeoutSeconds: undefined,
    resultFormat: undefined,
    resultPath: undefined,
  };
}

function filesBelow(root: string, directory: string): string[] {
  const top = pathInside(root, directory);
  if (top === undefined || inspect(top)?.kind !== 'directory') return [];
  const found: string[] = [];
  const open = [directory.replace(/\/+$/, '')];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { name, kind } of listDirectory(join(root, at))) {
      const path = `${at}/${name}`;
      if (kind === 'file') found.push(path);
      else if (kind === 'directory' && name !== 'node_modules') open.push(path);
    }
  }
  return found.sort();
}
