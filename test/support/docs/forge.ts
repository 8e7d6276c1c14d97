/**
 * A git forge on loopback and a machine that runs scripts against it. It provides what the pipelines of docs/cicd.md need
 * from GitHub, GitLab and other hosts; all hosts in the document are mapped to this server. It uses TLS, because the
 * standard profile of an index accepts only https URLs.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programCommand } from '../attune.ts';
import { type Files, git, Repository } from '../git/repository.ts';
import { startGitServer } from '../git/server.ts';
import { bytes, page } from '../http/server.ts';
import type { Certificates } from '../http/tls.ts';
import { temporaryDirectory } from '../temporary.ts';

interface Test {
  after(clean: () => void | Promise<void>): void;
}

type Variables = Readonly<Record<string, string>>;

/** The result of a command. */
export interface CommandResult {
  readonly status: number | null;
  /** Standard output and standard error, interleaved. */
  readonly log: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Variables;
}

/** Maps the hosts in the document to paths on the forge. Scripts may not use any other host. */
const EXAMPLE_HOSTS: Variables = {
  'https://github.com': '',
  'https://raw.githubusercontent.com': '/raw',
  'https://gitlab.example': '',
  'https://git.example': '',
  'https://team-a.example': '/team-a',
  'https://team-b.example': '/team-b',
};

/** The permissions to push, and a hook that runs before the next push. */
interface PushRules {
  /** Maps a token to the repository to which it permits pushing. */
  readonly grants: Map<string, string>;
  /** Called once, before the next push is accepted. */
  before: (() => void) | undefined;
  /** Requests with a matching path are accepted and never answered. */
  silent: RegExp | undefined;
}

export class Forge {
  readonly root: string;
  readonly url: string;
  /** The directory that replaces `/mnt/mirror` of the document. */
  readonly mirror: string;
  readonly #env: Variables;
  readonly #rules: PushRules;
  /** Replace the variables that scripts set. */
  readonly #overrides: Record<string, string> = {};
  readonly #test: Test;

  constructor(test: Test, root: string, url: string, rules: PushRules, shared: Variables) {
    this.#test = test;
    this.root = root;
    this.url = url;
    this.mirror = join(root, 'mirror');
    this.#rules = rules;
    this.#env = { ...machine(root), ...shared };
  }

  /** The `PATH` of scripts. */
  get path(): string {
    return this.#env['PATH'] ?? '';
  }

  /** Creates an empty bare repository `owner/name`. */
  createRepository(name: string): void {
    const path = this.bare(name);
    mkdirSync(path, { recursive: true });
    git(path, ['init', '--quiet', '--bare', '-b', 'main']);
    git(path, ['config', 'http.receivepack', 'true']);
    // Forges serve a repository under both names.
    symlinkSync(path, path.replace(/\.git$/, ''));
  }

  bare(name: string): string {
    return join(this.root, 'git', `${name}.git`);
  }

  git(name: string, ...args: string[]): string {
    return git(this.bare(name), args);
  }

  /** Pushes a commit with files, and optionally a tag, to `main` from a temporary clone. @returns the commit id */
  push(name: string, files: Files, tag?: string): string {
    const clone = new Repository(join(temporaryDirectory({ after: (clean) => this.#test.after(clean) }), 'clone'));
    git(this.root, ['clone', '--quiet', this.bare(name), clone.path]);
    const commit = clone.commit(files);
    clone.git('push', '--quiet', 'origin', 'HEAD:main');
    if (tag !== undefined) {
      clone.annotatedTag(tag);
      clone.git('push', '--quiet', 'origin', tag);
    }
    return commit;
  }

  /** Returns the content of a file on a branch. */
  show(name: string, path: string, branch = 'main'): string {
    return this.git(name, 'show', `${branch}:${path}`);
  }

  commits(name: string): number {
    return Number(this.git(name, 'rev-list', '--count', 'main'));
  }

  /** Permits pushing to a repository with a token. */
  grant(token: string, repository: string): void {
    this.#rules.grants.set(token, repository);
  }

  /** Makes the next push fail by pushing another commit to the repository just before it. */
  overtakeNextPush(name: string): void {
    this.#rules.before = () => this.push(name, { 'README.md': 'Pushed concurrently.\n' });
  }

  /** Makes a repository refuse every push, as a protected branch does. */
  protect(name: string): void {
    const hook = '#!/bin/sh\necho "The branch main is protected." >&2\nexit 1\n';
    mkdirSync(join(this.bare(name), 'hooks'), { recursive: true });
    writeFileSync(join(this.bare(name), 'hooks', 'pre-receive'), hook, { mode: 0o755 });
  }

  /** Leaves requests without an answer. Scripts then give up after two seconds instead of a minute. */
  silence(path: RegExp): void {
    this.#rules.silent = path;
    this.#overrides['GIT_HTTP_LOW_SPEED_TIME'] = '2';
  }

  /** Serves a file under a path. */
  serve(path: string, content: string | Uint8Array): void {
    const file = join(this.root, 'files', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Replaces the example hosts of a text with the URLs of the forge. */
  local(text: string): string {
    const hosts = Object.entries(EXAMPLE_HOSTS).reduce(
      (replaced, [host, path]) => replaced.replaceAll(host, this.url + path),
      text,
    );
    return hosts.replaceAll('/mnt/mirror', this.mirror);
  }

  /** Runs a script of the document. @throws if it contains a URL that is not on the forge */
  async script(
    shell: readonly [string, ...string[]],
    text: string,
    { cwd, env = {} }: RunOptions,
  ): Promise<CommandResult> {
    const script = this.local(text);
    const foreign = script.match(/https?:\/\/(?!localhost:)[a-z0-9][^\s"']*/i);
    if (foreign) throw new Error(`A script of the document uses a URL that is not on the forge: ${foreign[0]}`);
    const file = join(temporaryDirectory({ after: (clean) => this.#test.after(clean) }), 'script.sh');
    writeFileSync(file, script);
    const [command, ...args] = shell;
    return this.run(command, [...args, file], { cwd, env });
  }

  async run(command: string, args: readonly string[], { cwd, env = {} }: RunOptions): Promise<CommandResult> {
    const local = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, this.local(value)]));
    const child = spawn(command, args, {
      cwd,
      env: { ...this.#env, ...local, ...this.#overrides },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (log += text));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, log }));
    });
  }

  attune(...args: string[]): Promise<CommandResult> {
    return this.run('attune', args, { cwd: this.root });
  }

  directory(name: string): string {
    const path = join(this.root, name);
    mkdirSync(path, { recursive: true });
    return path;
  }
}

/** Creates the environment of scripts: a private home, no configuration, and attune on the PATH. */
function machine(root: string): Variables {
  const directory = (name: string) => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const bin = directory('bin');
  const program = (name: string, command: readonly string[]) => {
    const quoted = command.map((argument) => `'${argument}'`).join(' ');
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  };
  program('attune', programCommand());
  program('gh', [process.execPath, fileURLToPath(new URL('./gh.ts', import.meta.url))]);
  return {
    PATH: `${bin}:${process.env['PATH']}`,
    LANG: 'C.UTF-8',
    HOME: directory('home'),
    TMPDIR: directory('tmp'),
    FORGE_ROOT: root,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    ATTUNE_DATA_DIR: directory('data'),
    ATTUNE_CACHE_DIR: directory('cache'),
    ATTUNE_CONFIG_DIR: directory('config'),
    ATTUNE_USER: 'ci',
  };
}

/** Starts a forge. @param compiled the directory of Node's compile cache, which makes attune start faster */
export async function startForge(test: Test, certificates: Certificates, compiled: string): Promise<Forge> {
  const root = temporaryDirectory(test);
  const rules: PushRules = { grants: new Map(), before: undefined, silent: undefined };
  mkdirSync(join(root, 'git'));
  const { url } = await startGitServer(test, join(root, 'git'), {
    tls: certificates,
    intercept: (request, response) =>
      rules.silent?.test(request.url ?? '') === true ||
      rejectPush(request, response, rules) ||
      serveFile(request, response, root),
  });
  const authority = certificates.authorityFile;
  return new Forge(test, root, url, rules, {
    GIT_SSL_CAINFO: authority,
    CURL_CA_BUNDLE: authority,
    NODE_EXTRA_CA_CERTS: authority,
    NODE_COMPILE_CACHE: compiled,
  });
}

/** Rejects a push without a token for the repository. Reading needs no token. */
function rejectPush(request: IncomingMessage, response: ServerResponse, rules: PushRules): boolean {
  const [, repository] = /^\/(.+?)(?:\.git)?\/(?:info\/refs\?service=)?git-receive-pack$/.exec(request.url ?? '') ?? [];
  if (repository === undefined) return false;
  const login = Buffer.from(request.headers.authorization?.replace(/^basic /i, '') ?? '', 'base64').toString();
  if (rules.grants.get(login.replace(/^[^:]*:/, '')) === repository) {
    rules.before?.();
    rules.before = undefined;
    return false;
  }
  response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('Unauthorized');
  return true;
}

/** Serves raw files of main branches, release files, GitLab's generic packages and the files of teams. */
function serveFile(request: IncomingMessage, response: ServerResponse, root: string): boolean {
  const path = decodeURIComponent(request.url ?? '');
  const [, repository, file] = /^\/raw\/([^/]+\/[^/]+)\/main\/(.+)$/.exec(path) ?? [];
  if (repository !== undefined && file !== undefined) {
    bytes(git(join(root, 'git', `${repository}.git`), ['show', `main:${file}`]))(request, response);
    return true;
  }
  if (!/^\/(?:api|team-.)\/|\/releases\/download\//.test(path)) return false;
  const filePath = join(root, 'files', path);
  if (request.method === 'PUT') void storePackage(request, response, filePath);
  else if (existsSync(filePath)) bytes(readFileSync(filePath))(request, response);
  else page(404, 'Not Found', 'text/plain')(request, response);
  return true;
}

/** Stores a package like GitLab: the job's token is required, and an existing package is not replaced. */
async function storePackage(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const content = Buffer.concat(await request.toArray());
  const status = request.headers['job-token'] !== 'job-token' ? 401 : existsSync(path) ? 409 : 201;
  if (status === 201) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  page(status, String(status), 'text/plain')(request, response);
}
