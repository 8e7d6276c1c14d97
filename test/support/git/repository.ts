import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../temporary.ts';

interface Cleaner {
  after(clean: () => void): void;
}

/** The content of a file, optionally executable. */
export type FileContent = string | Uint8Array | { readonly content: string; readonly executable: true };
export type Files = Readonly<Record<string, FileContent>>;

/** An environment without git configuration and with a fixed author and time, so that the same steps give the same ids. */
export const GIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
  GIT_TERMINAL_PROMPT: '0',
};

const SETTINGS = [
  ...['init.defaultBranch=main', 'protocol.file.allow=always'],
  // Test repositories are small and short-lived: copied hooks, flushes and maintenance would take half of the time.
  ...['init.templateDir=', 'core.fsync=none', 'gc.auto=0', 'maintenance.auto=false'],
].flatMap((setting) => ['-c', setting]);

/** Runs the git program. @returns its standard output without the last newline */
export function git(directory: string, args: readonly string[], input?: string | Uint8Array): string {
  return execFileSync('git', [...SETTINGS, ...args], {
    cwd: directory,
    env: GIT_ENVIRONMENT,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  }).replace(/\n$/, '');
}

/** A work tree. */
export class Repository {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  git(...args: string[]): string {
    return git(this.path, args);
  }

  write(files: Files): void {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.path, path);
      mkdirSync(dirname(file), { recursive: true });
      const plain = typeof content === 'string' || content instanceof Uint8Array;
      writeFileSync(file, plain ? content : content.content);
      if (!plain) chmodSync(file, 0o755);
    }
  }

  /** Writes files and commits the whole work tree. @returns the commit's id */
  commit(files: Files, message = 'change'): string {
    this.write(files);
    this.git('add', '--all', '--force');
    this.git('commit', '--quiet', '--allow-empty', '-m', message);
    return this.head();
  }

  /**
   * Commits a tree that no work tree can contain: entries with modes and arbitrary names.
   * @returns the commit's id, which is on no branch
   */
  commitEntries(entries: readonly { mode: string; name: string | Uint8Array; id: string }[]): string {
    const parts = entries.map(({ mode, name, id }) =>
      Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, 'hex')]),
    );
    const tree = git(this.path, ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], Buffer.concat(parts));
    return this.git('commit-tree', tree, '-m', 'made by hand');
  }

  /** Writes a blob. @returns its id */
  blob(content: string | Uint8Array): string {
    return git(this.path, ['hash-object', '-w', '--stdin'], content);
  }

  head(): string {
    return this.git('rev-parse', 'HEAD');
  }

  branch(name: string, target = 'HEAD'): void {
    this.git('branch', '--force', name, target);
  }

  tag(name: string, target = 'HEAD'): void {
    this.git('tag', name, target);
  }

  /** Creates an annotated tag. @returns the id of the tag object */
  annotatedTag(name: string, target = 'HEAD'): string {
    this.git('tag', '--annotate', '-m', name, name, target);
    return this.git('rev-parse', `refs/tags/${name}`);
  }

  /** Packs all objects into one packfile with deltas, and all refs into one file. */
  pack(): void {
    this.git('repack', '-adfq', '--depth=50');
    this.git('pack-refs', '--all');
    this.git('prune-packed');
  }

  /** Creates a bare mirror. @returns its path */
  bareCopy(path: string): string {
    rmSync(path, { recursive: true, force: true });
    git(dirname(this.path), ['clone', '--quiet', '--mirror', '--no-local', this.path, path]);
    return path;
  }
}

/** Creates a work tree with one commit of these files on `main`, or without a commit if there are no files. */
export function createRepository(test: Cleaner, files?: Files): Repository {
  const repository = new Repository(join(temporaryDirectory(test), 'repository'));
  mkdirSync(repository.path);
  repository.git('init', '--quiet', '.');
  if (files !== undefined) repository.commit(files, 'first');
  return repository;
}
