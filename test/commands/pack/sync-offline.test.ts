import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { programCommand, type Run } from '../../support/attune.ts';
import { type CliHarness, contentsOf, createCliHarness, installedPacks } from '../../support/cli.ts';
import { createRepository } from '../../support/git/repository.ts';
import { type GitServer, startGitServer } from '../../support/git/server.ts';
import { bytes, startHttpServer } from '../../support/http/server.ts';
import { gitSource, packArchive, packFiles, sha256Of, writeRegistry } from '../../support/registry/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** A registry on the web: an archive that needs what is in a git repository. */
const root = temporaryDirectory({ after });
const gitFiles = {
  ...packFiles({ ref: 'from-git' }),
  'bin/tool.sh': '#!/bin/sh\n',
  [`deep/${'long-'.repeat(30)}/ä/\u{1F600}.txt`]: 'x',
};
const repository = createRepository(
  { after },
  {
    ...gitFiles,
    'bin/tool.sh': { content: '#!/bin/sh\n', executable: true },
  },
);
repository.bareCopy(join(root, 'from-git.git'));
const git: GitServer = await startGitServer({ after }, root);
const archived = packFiles({ ref: 'archived', needs: ['from-git'], test: 'exit 0' });
const archive = packArchive(archived);
const routes: Record<string, ReturnType<typeof bytes>> = { '/archived.tar.gz': bytes(archive) };
const web = await startHttpServer({ after }, routes);
const index = writeRegistry(temporaryDirectory({ after }), [
  {
    ref: 'archived',
    needs: ['from-git'],
    sources: [{ type: 'archive', url: web.url('/archived.tar.gz'), checksum: sha256Of(archive) }],
  },
  { ref: 'from-git', sources: [gitSource(`${git.url}/from-git.git`, repository.head(), gitFiles)] },
]);
routes['/index.json'] = bytes(readFileSync(index));

/** A network of its own, without an interface but a loopback that is down. */
const NAMESPACE = ['unshare', '--user', '--map-root-user', '--net'] as const;
const [unshare, ...unshareWords] = NAMESPACE;
const withoutNamespaces =
  spawnSync(unshare, [...unshareWords, 'true']).status !== 0 &&
  'this machine allows no network namespaces (unshare -rn)';

const harness = createCliHarness({ after }, { ATTUNE_REGISTRY_INDICES: web.url('/index.json') });
for (const words of [['install', 'archived'], ['lock']]) {
  const { status, stderr } = await harness.attune('pack', ...words);
  assert.equal(status, 0, stderr);
}

const asked = () => web.requests.length + git.requests.length;

/** A data directory with nothing in it, beside the one that has all. */
function fresh(t: {
  after(clean: () => void): void;
}): CliHarness & { sync(...words: string[]): ReturnType<CliHarness['json']> } {
  const data = temporaryDirectory(t);
  return {
    ...harness,
    data,
    sync: (...words) => harness.jsonWith({ ATTUNE_DATA_DIR: data }, 'pack', 'sync', 'attune.lock', ...words),
    json: (...words) => harness.jsonWith({ ATTUNE_DATA_DIR: data }, ...words),
  };
}

function trees({ data }: CliHarness): Record<string, string> {
  const packs = join(data, 'packs');
  const files = readdirSync(packs).flatMap((ref) =>
    Object.entries(contentsOf(join(packs, ref))).map(([path, content]) => {
      const mode = (statSync(join(packs, ref, path)).mode & 0o7777).toString(8);
      return [`${ref}/${path}`, `${mode} ${content}`] as const;
    }),
  );
  return Object.fromEntries(files);
}

const place = (name: string) => join(dirname(harness.data), 'cache', name);

suite('a fresh data directory, and the cache of another', () => {
  test('is all that a lock needs: nobody is asked, not even for an index', async (t) => {
    const before = asked();
    const machine = fresh(t);
    const { status, document } = await machine.sync('--locked');
    assert.equal(status, 0, document.error?.message);
    assert.equal(asked(), before);
    assert.deepEqual(trees(machine), trees(harness));
    assert.equal(statSync(join(machine.data, 'packs', 'from-git', 'bin', 'tool.sh')).mode & 0o777, 0o755);
    for (const ref of ['archived', 'from-git']) {
      const [then, now] = await Promise.all([harness.json('pack', 'show', ref), machine.json('pack', 'show', ref)]);
      for (const field of [
        'checksum',
        'registry',
        'source_type',
        'source_url',
        'source_commit',
        'archive_checksum',
        'requested',
      ]) {
        assert.equal(now.document[field], then.document[field], `${ref}: ${field}`);
      }
    }
  });

  test('also without any network at all', { skip: withoutNamespaces }, async (t) => {
    const machine = fresh(t);
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: temporaryDirectory(t),
      ATTUNE_DATA_DIR: machine.data,
      ATTUNE_CACHE_DIR: place('.'),
      ATTUNE_CONFIG_DIR: harness.config,
      ATTUNE_REGISTRY_INDICES: web.url('/index.json'),
    };
    const words = ['pack', 'sync', 'attune.lock', '--locked', '--offline'];
    const child = spawn(unshare, [...unshareWords, ...programCommand(), ...words], { cwd: harness.directory, env });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    const { status, stderr } = await new Promise<Run>((resolve) =>
      child.once('close', (code) => resolve({ status: code, ...output })),
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(trees(machine), trees(harness));
  });

  test('a pack from git is installed again without asking anybody', async (t) => {
    const before = asked();
    const machine = fresh(t);
    const { status, document } = await machine.json('pack', 'install', 'from-git', '--offline');
    assert.equal(status, 0, document.error?.message);
    assert.equal(asked(), before);
    assert.deepEqual(document.packs[0].source, {
      type: 'git',
      url: `${git.url}/from-git.git`,
      ref: repository.head(),
      commit: repository.head(),
    });
  });

  test('what is damaged in the cache is fetched anew, and offline it is told', async (t) => {
    const intact = trees(harness);
    for (const name of readdirSync(place('downloads/sha256'))) {
      const path = join(place('downloads/sha256'), name);
      const content = readFileSync(path);
      // In the middle of a file's content, where no archive's own sums are.
      const at = content.includes('Runs from-git') ? content.indexOf('Runs from-git') : content.length >> 1;
      content[at] = (content[at] ?? 0) ^ 1;
      writeFileSync(path, content);
    }
    const offline = await fresh(t).sync('--offline');
    assert.deepEqual([offline.status, offline.document.error.code], [9, 'NETWORK_LOCKED']);
    assert.match(offline.document.error.message, /from-git 1\.0\.0: .*\n[\s\S]*archived 1\.0\.0: /);
    const before = asked();
    const machine = fresh(t);
    const { status, document } = await machine.sync();
    assert.equal(status, 0, document.error?.message);
    assert.ok(asked() > before);
    assert.deepEqual(trees(machine), intact);
    assert.deepEqual(await installedPacks(machine), ['archived 1.0.0', 'from-git 1.0.0']);
  });
});
