/**
 * A git forge on loopback, and a machine that runs scripts against it: what the pipelines of docs/cicd.md need from
 * GitHub, GitLab or another host. The addresses in the document stand for this one server. It speaks TLS, because the
 * standard profile of an index takes nothing else.
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

export interface Ran {
  readonly status: number | null;
  /** Both streams, as they came. */
  readonly log: string;
}

export interface Place {
  readonly cwd: string;
  readonly env?: Variables;
}

/** The hosts that the document names, and where each is on the forge. Nothing else may be reached. */
const EXAMPLE_HOSTS: Variables = {
  'https://github.com': '',
  'https://raw.githubusercontent.com': '/raw',
  'https://gitlab.example': '',
  'https://git.example': '',
  'https://team-a.example': '/team-a',
  'https://team-b.example': '/team-b',
};

/** Who may push, and what happens first. */
interface Gate {
  /** Repositories by the token that may push there. */
  readonly grants: Map<string, string>;
  /** Happens once, just before the next push is let in. */
  before: (() => void) | undefined;
}

export class Forge {
  readonly root: string;
  readonly url: string;
  /** Where the document's `/mnt/mirror` is. */
  readonly mirror: string;
  readonly #env: Variables;
  readonly #gate: Gate;
  readonly #test: Test;

  constructor(test: Test, root: string, url: string, gate: Gate, shared: Variables) {
    this.#test = test;
    this.root = root;
    this.url = url;
    this.mirror = join(root, 'mirror');
    this.#gate = gate;
    this.#env = { ...machine(root), ...shared };
  }

  /** Where its programs are. */
  get path(): string {
    return this.#env['PATH'] ?? '';
  }

  /** An empty bare repository `owner/name`. */
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

  /** A commit on `main` with these files and a tag, made somewhere else and pushed. @returns the commit's id */
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

  /** A file of a repository's main branch. */
  show(name: string, path: string, branch = 'main'): string {
    return this.git(name, 'show', `${branch}:${path}`);
  }

  commits(name: string): number {
    return Number(this.git(name, 'rev-list', '--count', 'main'));
  }

  /** Lets whoever has this token push to this repository. */
  grant(token: string, repository: string): void {
    this.#gate.grants.set(token, repository);
  }

  /** Somebody else pushes to a repository at the moment when the next push there arrives, which is then too late. */
  overtakeNextPush(name: string): void {
    this.#gate.before = () => this.push(name, { 'README.md': 'Somebody else was here.\n' });
  }

  /** Serves a file under a path. */
  serve(path: string, content: string | Uint8Array): void {
    const file = join(this.root, 'files', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** The document's words, with the forge's addresses in place of the examples. */
  local(text: string): string {
    const hosts = Object.entries(EXAMPLE_HOSTS).reduce((all, [host, at]) => all.replaceAll(host, this.url + at), text);
    return hosts.replaceAll('/mnt/mirror', this.mirror);
  }

  /** Runs a script of the document. @throws when it names a host that is not the forge's */
  async script(shell: readonly [string, ...string[]], text: string, { cwd, env = {} }: Place): Promise<Ran> {
    const script = this.local(text);
    const strange = script.match(/https?:\/\/(?!localhost:)[a-z0-9][^\s"']*/i);
    if (strange) throw new Error(`A script of the document leaves the machine: ${strange[0]}`);
    const file = join(temporaryDirectory({ after: (clean) => this.#test.after(clean) }), 'script.sh');
    writeFileSync(file, script);
    const [command, ...args] = shell;
    return this.run(command, [...args, file], { cwd, env });
  }

  async run(command: string, args: readonly string[], { cwd, env = {} }: Place): Promise<Ran> {
    const local = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, this.local(value)]));
    const child = spawn(command, args, { cwd, env: { ...this.#env, ...local }, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (log += text));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, log }));
    });
  }

  attune(...words: string[]): Promise<Ran> {
    return this.run('attune', words, { cwd: this.root });
  }

  directory(name: string): string {
    const path = join(this.root, name);
    mkdirSync(path, { recursive: true });
    return path;
  }
}

/** The environment of every script: a home of its own, no configuration, attune on the PATH. */
function machine(root: string): Variables {
  const place = (name: string) => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const bin = place('bin');
  const program = (name: string, command: readonly string[]) => {
    const words = command.map((word) => `'${word}'`).join(' ');
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  };
  program('attune', programCommand());
  program('gh', [process.execPath, fileURLToPath(new URL('./gh.ts', import.meta.url))]);
  return {
    PATH: `${bin}:${process.env['PATH']}`,
    LANG: 'C.UTF-8',
    HOME: place('home'),
    TMPDIR: place('tmp'),
    FORGE_ROOT: root,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    ATTUNE_DATA_DIR: place('data'),
    ATTUNE_CACHE_DIR: place('cache'),
    ATTUNE_CONFIG_DIR: place('config'),
    ATTUNE_USER: 'ci',
  };
}

/** @param compiled where Node keeps what it compiled, so that attune starts faster the next time */
export async function startForge(test: Test, certificates: Certificates, compiled: string): Promise<Forge> {
  const root = temporaryDirectory(test);
  const gate: Gate = { grants: new Map(), before: undefined };
  mkdirSync(join(root, 'git'));
  const { url } = await startGitServer(test, join(root, 'git'), {
    tls: certificates,
    intercept: (request, response) => refused(request, response, gate) || served(request, response, root),
  });
  const authority = certificates.authorityFile;
  return new Forge(test, root, url, gate, {
    GIT_SSL_CAINFO: authority,
    CURL_CA_BUNDLE: authority,
    NODE_EXTRA_CA_CERTS: authority,
    NODE_COMPILE_CACHE: compiled,
  });
}

/** Everyone may read; to push, a token for that repository is needed. */
function refused(request: IncomingMessage, response: ServerResponse, gate: Gate): boolean {
  const [, repository] = /^\/(.+?)(?:\.git)?\/(?:info\/refs\?service=)?git-receive-pack$/.exec(request.url ?? '') ?? [];
  if (repository === undefined) return false;
  const login = Buffer.from(request.headers.authorization?.replace(/^basic /i, '') ?? '', 'base64').toString();
  if (gate.grants.get(login.replace(/^[^:]*:/, '')) === repository) {
    gate.before?.();
    gate.before = undefined;
    return false;
  }
  response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('Who?');
  return true;
}

/** Files of releases, of the generic packages of GitLab, of teams, and the raw view of a main branch. */
function served(request: IncomingMessage, response: ServerResponse, root: string): boolean {
  const path = decodeURIComponent(request.url ?? '');
  const [, repository, file] = /^\/raw\/([^/]+\/[^/]+)\/main\/(.+)$/.exec(path) ?? [];
  if (repository !== undefined && file !== undefined) {
    bytes(git(join(root, 'git', `${repository}.git`), ['show', `main:${file}`]))(request, response);
    return true;
  }
  if (!/^\/(?:api|team-.)\/|\/releases\/download\//.test(path)) return false;
  const place = join(root, 'files', path);
  if (request.method === 'PUT') void store(request, response, place);
  else if (existsSync(place)) bytes(readFileSync(place))(request, response);
  else page(404, 'Not Found', 'text/plain')(request, response);
  return true;
}

/** GitLab takes a package from a job that shows its token, and keeps what is there. */
async function store(request: IncomingMessage, response: ServerResponse, place: string): Promise<void> {
  const content = Buffer.concat(await request.toArray());
  const status = request.headers['job-token'] !== 'job-token' ? 401 : existsSync(place) ? 409 : 201;
  if (status === 201) {
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
  }
  page(status, String(status), 'text/plain')(request, response);
}
