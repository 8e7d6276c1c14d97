import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { temporaryDirectory } from '../temporary.ts';
import { skipWithout } from './programs.ts';

/** A virtual environment with packages of PyPI. */
export interface PythonPackages {
  readonly python: string;
  /** A `PATH` that begins with the programs of the environment. */
  readonly path: string;
  /** Why tests that need it are skipped. In CI they run and fail. */
  readonly skip: string | false;
}

/** Installs packages from PyPI, or from where pip is configured to look. The environment is removed after the tests. */
export function installPythonPackages(
  test: { after(clean: () => void): void },
  packages: readonly string[],
): PythonPackages {
  const directory = join(temporaryDirectory(test), 'python');
  const python = join(directory, 'bin', 'python3');
  const run = (...args: string[]) => spawnSync('python3', args, { encoding: 'utf8', timeout: 240_000 });
  const made = run('-m', 'venv', '--without-pip', directory);
  const flags = ['--quiet', '--no-input', '--disable-pip-version-check', '--retries', '1'];
  const installed = made.status === 0 ? run('-m', 'pip', '--python', python, 'install', ...flags, ...packages) : made;
  const reason = installed.stderr?.trim().split('\n').at(-1) || 'no python3 with venv and pip';
  const found = installed.status === 0 ? python : undefined;
  return {
    python,
    path: [join(directory, 'bin'), process.env['PATH']].join(delimiter),
    skip: skipWithout(found, `${packages.join(', ')} from PyPI (${reason})`),
  };
}
