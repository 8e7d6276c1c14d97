/** The runtimes of the platform (components.md, section 3.4). */
import type { PackModel } from '../packs/components/pack-model.ts';
import { field, textOf } from './values.ts';

const ALIASES: Readonly<Record<string, string>> = {
  shell: 'shell',
  bash: 'shell',
  sh: 'shell',
  python: 'python',
  python3: 'python',
  node: 'nodejs',
  nodejs: 'nodejs',
  'node.js': 'nodejs',
  native: 'native',
  builtin: 'native',
  standalone: 'native',
  ...Object.fromEntries(['go', 'java', 'perl', 'r', 'ruby'].map((name) => [name, name])),
};

/** Returns the runtime that a `runner_type` selects, without case; `undefined` if no runtime of core has the name. */
export function runtimeOf(runner: string): string | undefined {
  const name = runner.toLowerCase().replace(/^core\./, '');
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}

/** Returns the runtimes of all actions, sensors and test runners. */
export function usedRuntimes({ components, manifest }: PackModel): ReadonlySet<string> {
  const actions = components.actions.filter(({ root }) => root && !field(root, 'workflow_file'));
  const runners = [...actions, ...components.sensors].map(
    ({ root, kind }) => textOf(field(root, 'runner_type')) ?? (kind === 'actions' ? 'shell' : 'native'),
  );
  const tests = [...(field(manifest?.root, 'testing', 'runners')?.entries.values() ?? [])].map(
    (runner) => TEST_RUNTIMES[textOf(field(runner, 'type')) ?? ''] ?? '',
  );
  return new Set([...runners, ...tests].map((name) => runtimeOf(name) ?? name));
}

/** Returns whether the runtime of an action or sensor cannot be known: its file does not parse, or its runner is wrong. */
export function hasUnknownRunners({ components }: PackModel): boolean {
  return [...components.actions, ...components.sensors].some(({ root }) => {
    if (!root || field(root, 'workflow_file')) return !root;
    const runner = textOf(field(root, 'runner_type'));
    return runner === undefined || runtimeOf(runner) === undefined;
  });
}

const TEST_RUNTIMES: Readonly<Record<string, string>> = {
  script: 'shell',
  command: 'shell',
  unittest: 'python',
  pytest: 'python',
  node: 'nodejs',
  jest: 'nodejs',
  mocha: 'nodejs',
};

const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  shell: ['.sh', '.bash'],
  python: ['.py'],
  nodejs: ['.js', '.mjs', '.cjs'],
  ruby: ['.rb'],
  perl: ['.pl'],
  go: ['.go'],
  java: ['.java', '.jar'],
  r: ['.r', '.R'],
};

/** Returns the runtime of a script by its suffix. */
export function runtimeOfScript(path: string): string | undefined {
  return Object.keys(EXTENSIONS).find((runtime) => EXTENSIONS[runtime]?.some((suffix) => path.endsWith(suffix)));
}
