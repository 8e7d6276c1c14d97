import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, lchownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { programCommand, type Run } from '../support/attune.ts';
import { contentsOf } from '../support/cli.ts';
import { bytes, type Handler, servedFile, startHttpServer } from '../support/http/server.ts';
import { entryOf, indexOf } from '../support/registry/index.ts';
import { packArchive, packFiles } from '../support/registry/server.ts';
import { createMachine, type Machine, memoryDirectory } from '../support/reliability/machine.ts';

const compiled = memoryDirectory({ after });
chmodSync(compiled, 0o777);
/** The user ID of `nobody`, to whom the permissions of files apply, unlike to root. */
const UNPRIVILEGED = 65534;
const skip = process.platform === 'win32' && 'Windows has no read-only directories';

/** Runs a command line as an unprivileged user. */
function run(machine: Machine, args: readonly string[], variables: Readonly<Record<string, string>>): Promise<Run> {
  const [command, ...prefix] = programCommand();
  const child = spawn(command, [...prefix, ...args], {
    cwd: machine.work,
    env: { ...machine.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(process.geteuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {}),
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...output }));
  });
}

function forEachPath(path: string, change: (path: string) => void): void {
  change(path);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) forEachPath(join(path, name), change);
}

function setWritable(root: string, writable: boolean): void {
  forEachPath(root, (path) => chmodSync(path, statSync(path).isDirectory() ? (writable ? 0o755 : 0o555) : 0o444));
}

const ARCHIVE = packArchive(packFiles({ ref: 'demo' }));
const CHECKSUM = `sha256:${createHash('sha256').update(ARCHIVE).digest('hex')}`;

/** Returns an index with one pack. */
function indexText(ref: string, label: string, archive: string): string {
  return JSON.stringify(
    indexOf(entryOf(ref, { label, install_sources: [{ type: 'archive', url: archive, checksum: CHECKSUM }] })),
  );
}

/**
 * Fills the cache of a machine from two registries, then makes it read-only.
 * @returns the state of the cache, and a function that runs a command line with it
 */
async function withReadOnlyCache(t: TestContext) {
  let cache = '';
  t.after(() => setWritable(cache, true));
  const machine = createMachine(t, compiled);
  cache = join(machine.root, 'cache');
  let handlers: Readonly<Record<string, Handler>> = {};
  const paths = ['/one.json', '/two.json', '/demo.tgz'];
  const server = await startHttpServer(
    t,
    Object.fromEntries(paths.map((path) => [path, (...args: Parameters<Handler>) => handlers[path]?.(...args)])),
  );
  const serve = (label: string) => {
    const tagged = (ref: string) =>
      servedFile({
        content: Buffer.from(indexText(ref, label, server.url('/demo.tgz'))),
        headers: { etag: `"${label}"` },
      });
    handlers = { '/one.json': tagged('demo'), '/two.json': tagged('other'), '/demo.tgz': bytes(ARCHIVE) };
  };
  const variables = { ATTUNE_REGISTRY_INDICES: `${server.url('/one.json')},${server.url('/two.json')}` };
  const attune = (args: readonly string[], data = 'data') =>
    run(machine, args, { ...variables, ATTUNE_DATA_DIR: join(machine.root, data) });
  serve('first');
  if (process.geteuid?.() === 0) forEachPath(machine.root, (path) => lchownSync(path, UNPRIVILEGED, UNPRIVILEGED));
  chmodSync(join(machine.root, '..'), 0o755);
  for (const args of [
    ['pack', 'install', 'demo'],
    ['pack', 'search', 'pack'],
  ]) {
    const { status, stderr } = await attune(args);
    assert.equal(status, 0, stderr);
  }
  mkdirSync(join(machine.root, 'fresh'));
  if (process.geteuid?.() === 0) lchownSync(join(machine.root, 'fresh'), UNPRIVILEGED, UNPRIVILEGED);
  setWritable(cache, false);
  return { attune, serve, server, before: contentsOf(cache), content: () => contentsOf(cache) };
}

test('read-only cache: --offline installs a pack, and no file of the cache changes', { skip }, async (t) => {
  const { attune, server, before, content } = await withReadOnlyCache(t);
  const requests = server.requests.length;
  const { status, stderr } = await attune(['pack', 'install', 'demo', '--offline'], 'fresh');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /index cache/);
  assert.equal(server.requests.length, requests);
  assert.deepEqual(content(), before);
});

test('read-only cache: unchanged indexes are revalidated without a note', { skip }, async (t) => {
  const { attune, server, before, content } = await withReadOnlyCache(t);
  const requests = server.requests.length;
  const { status, stdout, stderr } = await attune(['registry', 'refresh']);
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stdout + stderr, /index cache/);
  assert.equal(server.requests.length, requests + 2);
  assert.deepEqual(content(), before);
});

test('read-only cache: changed indexes are used, with one note', { skip }, async (t) => {
  const { attune, serve, before, content } = await withReadOnlyCache(t);
  serve('second');
  const { status, stderr } = await attune(['registry', 'refresh']);
  assert.equal(status, 0, stderr);
  assert.equal(stderr.match(/The index cache cannot be written to, so an index is kept in memory: Cannot/g)?.length, 1);
  assert.deepEqual(content(), before);
});
