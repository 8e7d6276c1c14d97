import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createHarness, type Harness, programCommand, type Run } from './attune.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What a command line printed with `--json`. */
export type JsonRun = Awaited<ReturnType<Harness['json']>>;

/** A command line that is still running. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
}

export interface CliHarness extends Harness {
  jsonWith(variables: Variables, ...words: string[]): Promise<JsonRun>;
  /** Begins a command line and does not wait for it. */
  start(variables: Variables, ...words: string[]): Running;
}

/** A harness whose command lines all have these variables. */
export function createCliHarness(test: { after(clean: () => void): void }, variables: Variables = {}): CliHarness {
  const harness = createHarness(test);
  const attuneWith: Harness['attuneWith'] = (more, ...words) => harness.attuneWith({ ...variables, ...more }, ...words);
  const jsonWith: CliHarness['jsonWith'] = async (more, ...words) => {
    const { status, stdout, stderr } = await attuneWith(more, ...words, '--json');
    return { status, document: documentIn(stdout, stderr), stderr };
  };
  return {
    ...harness,
    attuneWith,
    attune: (...words) => attuneWith({}, ...words),
    jsonWith,
    json: (...words) => jsonWith({}, ...words),
    start: (more, ...words) => start(harness, { ...variables, ...more }, words),
  };
}

/** Standard output has to be one JSON document and nothing else. */
function documentIn(stdout: string, stderr: string): unknown {
  assert.match(stdout, /^\{\n[\s\S]*\n\}\n$/, `no JSON document on stdout; stderr says: ${stderr}`);
  return JSON.parse(stdout);
}

function start(harness: Harness, variables: Variables, words: readonly string[]): Running {
  const [command, ...args] = programCommand();
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
  const child = spawn(command, [...args, ...words], { cwd: harness.directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const ended = new Promise<Run>((resolve) => child.once('close', (status) => resolve({ status, ...output })));
  return { child, ended };
}

/** Everything below a directory by its path: contents of files, targets of links, and directories that are empty. */
export function contentsOf(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string) => {
    const entries = readdirSync(join(directory, path), { withFileTypes: true });
    if (entries.length === 0 && path !== '') found[`${path}/`] = '';
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const name = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else if (entry.isSymbolicLink()) found[name] = `-> ${readlinkSync(join(directory, name))}`;
      else found[name] = readFileSync(join(directory, name), 'latin1');
    }
  };
  walk('');
  return found;
}

/** The trees that the store holds on the disk: packs, releases and staging, byte for byte. */
export function storeContents({ data }: Harness): Record<string, string> {
  const found = Object.entries(contentsOf(data));
  return Object.fromEntries(found.filter(([path]) => /^(packs|releases|staging)\/./.test(path)));
}

/** The database, byte for byte, with what of it is still in its log. */
export function databaseContents({ data }: Harness): Record<string, string> {
  const found = Object.entries(contentsOf(data));
  return Object.fromEntries(found.filter(([path, content]) => /^attune\.db(-wal)?$/.test(path) && content !== ''));
}

/** The refs and versions that are installed: `core 1.2.0`. */
export async function installedPacks(harness: CliHarness): Promise<string[]> {
  const { document } = await harness.json('pack', 'list');
  return namesOf(document.packs);
}

/** `core 1.2.0` for each pack of a list or a receipt. */
export function namesOf(packs: readonly { readonly ref: string; readonly version: string }[]): string[] {
  return packs.map(({ ref, version }) => `${ref} ${version}`);
}
