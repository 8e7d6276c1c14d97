import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createHarness, type Harness, programCommand, type Run } from './attune.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The result of a command line with `--json`. */
export type JsonRun = Awaited<ReturnType<Harness['json']>>;

/** A running command line. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
}

export interface CliHarness extends Harness {
  jsonWith(variables: Variables, ...args: string[]): Promise<JsonRun>;
  /** Starts a command line without waiting for its end. */
  start(variables: Variables, ...args: string[]): Running;
}

/** Creates a harness whose command lines all have these environment variables. */
export function createCliHarness(test: { after(clean: () => void): void }, variables: Variables = {}): CliHarness {
  const harness = createHarness(test);
  const attuneWith: Harness['attuneWith'] = (more, ...args) => harness.attuneWith({ ...variables, ...more }, ...args);
  const jsonWith: CliHarness['jsonWith'] = async (more, ...args) => {
    const { status, stdout, stderr } = await attuneWith(more, ...args, '--json');
    return { status, document: parseDocument(stdout, stderr), stderr };
  };
  return {
    ...harness,
    attuneWith,
    attune: (...args) => attuneWith({}, ...args),
    jsonWith,
    json: (...args) => jsonWith({}, ...args),
    start: (more, ...args) => start(harness, { ...variables, ...more }, args),
  };
}

/** Parses standard output, which must consist of one JSON document. */
function parseDocument(stdout: string, stderr: string): unknown {
  assert.match(stdout, /^\{\n[\s\S]*\n\}\n$/, `no JSON document on stdout; stderr: ${stderr}`);
  return JSON.parse(stdout);
}

function start(harness: Harness, variables: Variables, args: readonly string[]): Running {
  const [command, ...programArgs] = programCommand();
  const root = dirname(harness.data);
  const env = Object.fromEntries(
    Object.entries({
      PATH: process.env['PATH'],
      HOME: join(root, 'home'),
      TMPDIR: join(root, 'tmp'),
      ATTUNE_DATA_DIR: harness.data,
      ATTUNE_CACHE_DIR: join(root, 'cache'),
      ATTUNE_CONFIG_DIR: harness.config,
      ...variables,
    }).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const child = spawn(command, [...programArgs, ...args], {
    cwd: harness.directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const ended = new Promise<Run>((resolve) => child.once('close', (status) => resolve({ status, ...output })));
  return { child, ended };
}

/** Returns everything below a directory by path: the contents of files, the targets of links, and empty directories. */
export function contentsOf(directory: string): Record<string, string> {
  const contents: Record<string, string> = {};
  const walk = (path: string) => {
    const entries = readdirSync(join(directory, path), { withFileTypes: true });
    if (entries.length === 0 && path !== '') contents[`${path}/`] = '';
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const name = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else if (entry.isSymbolicLink()) contents[name] = `-> ${readlinkSync(join(directory, name))}`;
      else contents[name] = readFileSync(join(directory, name), 'latin1');
    }
  };
  walk('');
  return contents;
}

/** Returns the mode and content of every file of the installed packs by path. */
export function installedTrees({ data }: Harness): Record<string, string> {
  const packs = join(data, 'packs');
  if (!existsSync(packs)) return {};
  const files = readdirSync(packs).flatMap((ref) =>
    Object.entries(contentsOf(join(packs, ref))).map(([path, content]) => {
      const mode = (statSync(join(packs, ref, path)).mode & 0o7777).toString(8);
      return [`${ref}/${path}`, `${mode} ${content}`] as const;
    }),
  );
  return Object.fromEntries(files);
}

/** Returns the contents of the store's trees: packs, releases and staging. */
export function storeContents({ data }: Harness): Record<string, string> {
  const found = Object.entries(contentsOf(data));
  return Object.fromEntries(found.filter(([path]) => /^(packs|releases|staging)\/./.test(path)));
}

/** Returns the contents of the database file and its journal. */
export function databaseContents({ data }: Harness): Record<string, string> {
  const found = Object.entries(contentsOf(data));
  return Object.fromEntries(found.filter(([path, content]) => /^attune\.db(-journal)?$/.test(path) && content !== ''));
}

/** Returns the refs and versions of the installed packs, such as `core 1.2.0`. */
export async function installedPacks(harness: CliHarness): Promise<string[]> {
  const { document } = await harness.json('pack', 'list');
  return namesOf(document.packs);
}

/** Returns the ref and the version of each pack, such as `core 1.2.0`. */
export function namesOf(packs: readonly { readonly ref: string; readonly version: string }[]): string[] {
  return packs.map(({ ref, version }) => `${ref} ${version}`);
}
