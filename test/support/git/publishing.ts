import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CliHarness, createCliHarness } from '../cli.ts';
import { type Files, git, Repository } from './repository.ts';

interface Test {
  after(clean: () => void): void;
}

export const AUTHOR = 'Ada <ada@example.com>';

/** The content of an index without entries. */
export const EMPTY_INDEX = `${JSON.stringify(
  {
    registry_name: 'Test',
    registry_url: 'https://packs.example',
    version: '1.0',
    last_updated: '2026-01-01T00:00:00Z',
    packs: [],
  },
  null,
  2,
)}\n`;

export interface Publishing {
  readonly harness: CliHarness;
  /** The directory with the bare repositories `registry.git` and `origin.git`. */
  readonly repositories: string;
  readonly pack: Repository;
  /** Returns the index at the tip of the registry's branch. */
  index(path?: string): ReturnType<typeof JSON.parse>;
  /** Returns the number of commits of the registry's branch. */
  commits(): number;
  /** Writes a hook of a repository. */
  hook(repository: string, name: string, script: string): void;
}

/** Creates a registry repository with an empty index, and the checkout of a pack `demo` with the tag `v1.0.0`. */
export function createPublishing(test: Test, files: Files = {}): Publishing {
  // A repository at a path is changed through the git program.
  const harness = createCliHarness(test, { GIT_CONFIG_NOSYSTEM: '1', PATH: process.env['PATH'] });
  const repositories = join(harness.directory, 'git');
  mkdirSync(repositories);
  for (const name of ['registry.git', 'origin.git']) {
    git(repositories, ['init', '--quiet', '--bare', name]);
    git(join(repositories, name), ['config', 'http.receivepack', 'true']);
  }
  const seed = new Repository(join(harness.directory, 'seed'));
  mkdirSync(seed.path);
  seed.git('init', '--quiet', '.');
  seed.commit({ 'index.json': EMPTY_INDEX, 'README.md': 'A registry\n', 'docs/a.md': 'a\n' });
  seed.git('push', '--quiet', join(repositories, 'registry.git'), 'main');
  const pack = createPackCheckout(join(harness.directory, 'demo'), 'demo', join(repositories, 'origin.git'), files);
  const registry = join(repositories, 'registry.git');
  return {
    harness,
    repositories,
    pack,
    index: (path = 'index.json') => JSON.parse(git(registry, ['show', `main:${path}`])),
    commits: () => Number(git(registry, ['rev-list', '--count', 'main'])),
    hook: (repository, name, script) => {
      new Repository(join(repositories, repository)).write({
        [`hooks/${name}`]: { content: `#!/bin/sh\n${script}\n`, executable: true },
      });
    },
  };
}

/** Creates the checkout of a pack in version 1.0.0, with an `origin` that has its commit and its tag. */
export function createPackCheckout(path: string, ref: string, origin: string, files: Files = {}): Repository {
  const pack = new Repository(path);
  mkdirSync(path);
  pack.git('init', '--quiet', '.');
  pack.git('remote', 'add', 'origin', origin);
  pack.commit({ 'pack.yaml': `ref: ${ref}\nversion: 1.0.0\n`, 'actions/run.sh': 'echo hi\n', ...files });
  pack.tag('v1.0.0');
  pack.git('push', '--quiet', 'origin', 'HEAD', 'v1.0.0');
  return pack;
}
