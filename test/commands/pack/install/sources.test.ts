import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { zipOf } from '../../../support/archives.ts';
import { FIXTURES } from '../../../support/attune.ts';
import { type CliHarness, contentsOf, createCliHarness } from '../../../support/cli.ts';
import { createRepository } from '../../../support/git/repository.ts';
import { startGitServer } from '../../../support/git/server.ts';
import { bytes, startHttpServer } from '../../../support/http/server.ts';
import { createCertificates } from '../../../support/http/tls.ts';
import {
  gitSource,
  type PackFiles,
  packArchive,
  packFiles,
  sha256Of,
  writeRegistry,
} from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

/** One pack in three versions. Most rows use the middle one. */
const EARLIER = sample('1.1.0');
const SAMPLE = sample('1.2.0');
const NEXT = sample('2.0.0');

function sample(version: string): PackFiles {
  return packFiles({
    ref: 'sample',
    version,
    files: { 'README.md': `# Sample ${version}\n`, 'lib/größe/data.txt': '\u{1f600}\n', 'actions/run.sh': 'echo hi\n' },
  });
}

const FILES_OF: Readonly<Record<string, PackFiles>> = { '1.1.0': EARLIER, '1.2.0': SAMPLE, '2.0.0': NEXT };

const TAR_GZ = packArchive(SAMPLE);
const TAR = gunzipSync(TAR_GZ);
const ZIP = zipOf(Object.entries(SAMPLE).map(([name, content]) => ({ name, content })));

const certificates = createCertificates({ after });
const repository = createRepository({ after }, EARLIER);
repository.tag('v1.1.0');
const earlierCommit = repository.head();
const sampleCommit = repository.commit(SAMPLE);
repository.annotatedTag('v1.2.0');
repository.git('checkout', '--quiet', '-b', 'next');
const nextCommit = repository.commit(NEXT);
repository.git('checkout', '--quiet', 'main');

const served = temporaryDirectory({ after });
mkdirSync(join(served, 'org'));
const bare = repository.bareCopy(join(served, 'org', 'sample.git'));
repository.bareCopy(join(served, 'org', 'sample'));
writeFiles(served, { 'org/sample/archive/marker': '' });
writeFileSync(join(served, 'org', 'sample', 'archive', 'v1.2.0.tar.gz'), TAR_GZ);

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'sample', version: '2.0.0', files: NEXT },
  { ref: 'sample', version: '1.2.0', files: SAMPLE },
  { ref: 'sample', version: '1.1.0', files: EARLIER },
]);
const gitIndex = writeRegistry(join(registry, 'git'), [
  {
    ref: 'sample',
    version: '1.2.0',
    sources: [gitSource(pathToFileURL(bare).href, sampleCommit, SAMPLE)],
  },
]);

const https = await startGitServer({ after }, served, {
  tls: certificates,
  intercept: (request, response) => {
    if (request.url !== '/sample.tar.gz') return false;
    bytes(TAR_GZ, 'application/gzip')(request, response);
    return true;
  },
});
const http = await startHttpServer(
  { after },
  {
    '/sample.tar.gz': bytes(TAR_GZ, 'application/gzip'),
    '/download': bytes(ZIP),
    '/index.json': bytes(readFileSync(index), 'application/json'),
    '/archives/sample-2.0.0.tar.gz': bytes(packArchive(NEXT)),
  },
);

/** The directory checksum of each version according to `pack checksum`. */
const checksums = new Map<string, string>();
const original = createCliHarness({ after });
for (const [version, files] of Object.entries(FILES_OF)) {
  writeFiles(join(original.directory, version), files);
  checksums.set(version, (await original.json('pack', 'checksum', version)).document.checksum);
}

/** The arguments that install a pack, and its expected record. */
interface Installation {
  readonly args: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly version?: '1.1.0' | '1.2.0' | '2.0.0';
  readonly type: 'directory' | 'archive' | 'git';
  readonly url: string;
  readonly mirror?: string;
  readonly ref?: string;
  readonly commit?: string;
  readonly registry?: string;
  /** The archive whose checksum is recorded. */
  readonly archive?: Uint8Array;
}

interface Row {
  readonly title: string;
  /** Prepares the files in the harness. */
  readonly prepare: (harness: CliHarness) => Installation;
}

const trustVariables = () => ({ NODE_EXTRA_CA_CERTS: certificates.authorityFile });

function directoryRow(title: string, name: string, argument: (path: string) => string = (path) => path): Row {
  return {
    title,
    prepare: ({ directory }) => {
      const path = join(directory, name);
      writeFiles(path, SAMPLE);
      return { args: [argument(path)], type: 'directory', url: path };
    },
  };
}

function archiveRow(title: string, name: string, content: Buffer, argument?: (path: string) => string): Row {
  return {
    title,
    prepare: ({ directory }) => {
      const path = join(directory, name);
      writeFileSync(path, content);
      const source = argument?.(path) ?? `./${name}`;
      return { args: [source], type: 'archive', url: source.startsWith('file:') ? source : path, archive: content };
    },
  };
}

function gitRow(title: string, url: () => string, more: Partial<Installation> & { readonly spec?: string } = {}): Row {
  return {
    title,
    prepare: () => {
      const { spec, ...expected } = more;
      const args = [url(), ...(spec === undefined ? [] : ['-r', spec])];
      const ref = spec === undefined ? {} : { ref: spec };
      const recorded = url().replace(/^git\+/, '');
      return {
        type: 'git',
        url: recorded,
        commit: sampleCommit,
        args,
        variables: trustVariables(),
        ...ref,
        ...expected,
      };
    },
  };
}

function registryRow(title: string, source: string, version: Installation['version'] & string, files: PackFiles): Row {
  return {
    title,
    prepare: () => ({
      args: [source],
      variables: { ATTUNE_REGISTRY_INDICES: index },
      version,
      type: 'archive',
      url: pathToFileURL(join(registry, 'archives', `sample-${version}.tar.gz`)).href,
      registry: 'index-1',
      archive: packArchive(files),
    }),
  };
}

function mirrorRow(title: string, path: string, expected: Omit<Installation, 'args' | 'url'>): Row {
  return {
    title,
    prepare: ({ config }) => {
      const mirror = pathToFileURL(served).href;
      writeFiles(config, { 'settings.yaml': `pack_registry:\n  mirrors:\n    "https://github.com/": "${mirror}/"\n` });
      const url = `https://github.com/${path}`;
      return { args: [url], url, mirror: `${mirror}/${path}`, ...expected };
    },
  };
}

const httpsUrl = (path: string) => () => https.url + path;

const ROWS: readonly Row[] = [
  directoryRow('a relative path', 'packs/sample', () => './packs/sample'),
  directoryRow('an absolute path', 'sample'),
  directoryRow('a path with spaces and non-ASCII characters', 'my packs/größe \u{1f600}'),
  directoryRow('a file URL of a directory', 'a pack', (path) => pathToFileURL(path).href),
  {
    title: 'a symbolic link to a pack',
    prepare: ({ directory }) => {
      writeFiles(join(directory, 'real'), SAMPLE);
      symlinkSync('real', join(directory, 'link'));
      return { args: ['./link'], type: 'directory', url: join(directory, 'link') };
    },
  },
  {
    title: 'a pack in the directory pack/',
    prepare: ({ directory }) => {
      writeFiles(join(directory, 'project', 'pack'), SAMPLE);
      writeFiles(join(directory, 'project'), { 'README.md': 'not part of the pack\n' });
      return { args: ['./project'], type: 'directory', url: join(directory, 'project') };
    },
  },
  archiveRow('a .zip', 'sample.zip', ZIP),
  archiveRow('a .tar.gz', 'sample.tar.gz', TAR_GZ),
  archiveRow('a .tgz', 'sample.tgz', TAR_GZ),
  archiveRow('a .tar', 'sample.tar', TAR),
  archiveRow('an archive without extension', 'sample', ZIP),
  archiveRow('an archive with one directory at its top', 'hub.tar.gz', packArchive(SAMPLE, 'sample-1.2.0')),
  archiveRow('an archive with pack/ in the one directory at its top', 'hub.tar.gz', packArchive(SAMPLE, 'x/pack')),
  archiveRow('a file URL of an archive', 'a sample.tar.gz', TAR_GZ, (path) => pathToFileURL(path).href),
  {
    title: 'an http URL on loopback',
    prepare: () => {
      const url = http.url('/sample.tar.gz');
      return { args: [url], type: 'archive', url, archive: TAR_GZ };
    },
  },
  {
    title: 'an http URL without extension',
    prepare: () => ({ args: [http.url('/download')], type: 'archive', url: http.url('/download'), archive: ZIP }),
  },
  {
    title: 'an https URL with a private certificate authority',
    prepare: () => {
      const url = httpsUrl('/sample.tar.gz')();
      return { args: [url], variables: trustVariables(), type: 'archive', url, archive: TAR_GZ };
    },
  },
  gitRow("a git server's default branch", httpsUrl('/org/sample.git')),
  gitRow('a git+https URL', () => `git+${https.url}/org/sample`),
  gitRow('an https URL without extension of a git repository', httpsUrl('/org/sample')),
  gitRow('a branch', httpsUrl('/org/sample.git'), { spec: 'next', commit: nextCommit, version: '2.0.0' }),
  gitRow('a tag', httpsUrl('/org/sample.git'), { spec: 'v1.1.0', commit: earlierCommit, version: '1.1.0' }),
  gitRow('an annotated tag', httpsUrl('/org/sample.git'), { spec: 'v1.2.0' }),
  gitRow('a full commit id', httpsUrl('/org/sample.git'), {
    spec: earlierCommit,
    commit: earlierCommit,
    version: '1.1.0',
  }),
  gitRow('a short commit id', httpsUrl('/org/sample.git'), {
    spec: earlierCommit.slice(0, 7),
    commit: earlierCommit,
    version: '1.1.0',
  }),
  gitRow("a bare repository's path", () => bare),
  gitRow('a work tree at a tag', () => repository.path, { spec: 'v1.1.0', commit: earlierCommit, version: '1.1.0' }),
  registryRow('a ref of a registry', 'sample', '2.0.0', NEXT),
  registryRow('a ref with @latest', 'sample@latest', '2.0.0', NEXT),
  registryRow('a ref with its version', 'sample@1.1.0', '1.1.0', EARLIER),
  registryRow('a ref with a range', 'sample@^1', '1.2.0', SAMPLE),
  {
    title: 'a ref of a registry on the web',
    prepare: () => ({
      args: ['sample'],
      variables: { ATTUNE_REGISTRY_INDICES: http.url('/index.json') },
      version: '2.0.0',
      type: 'archive',
      url: http.url('/archives/sample-2.0.0.tar.gz'),
      registry: 'index-1',
      archive: packArchive(NEXT),
    }),
  },
  {
    title: 'a ref whose source is a commit',
    prepare: () => ({
      args: ['sample'],
      variables: { ATTUNE_REGISTRY_INDICES: gitIndex },
      type: 'git',
      url: pathToFileURL(bare).href,
      ref: sampleCommit,
      commit: sampleCommit,
      registry: 'index-1',
    }),
  },
  mirrorRow('a repository through a mirror on this machine', 'org/sample.git', { type: 'git', commit: sampleCommit }),
  mirrorRow('an archive through a mirror on this machine', 'org/sample/archive/v1.2.0.tar.gz', {
    type: 'archive',
    archive: TAR_GZ,
  }),
];

for (const { title, prepare } of ROWS) {
  test(`install: ${title} is installed and recorded as the source`, async (t) => {
    const harness = createCliHarness(t);
    const {
      args,
      variables = {},
      version = '1.2.0',
      mirror,
      registry: from = null,
      archive,
      ...expected
    } = prepare(harness);
    const run = await harness.jsonWith(variables, 'pack', 'install', ...args);
    assert.equal(run.status, 0, run.document.error?.message);
    const [pack, ...others] = run.document.packs;
    assert.deepEqual(others, []);
    const source = { ref: null, commit: null, ...expected, ...(mirror === undefined ? {} : { mirror }) };
    assert.deepEqual(pack.source, source);
    assert.equal(pack.action, 'installed');

    const [{ document: shown }, list] = await Promise.all([
      harness.json('pack', 'show', 'sample'),
      harness.attune('pack', 'list'),
    ]);
    assert.equal(shown.ref, 'sample');
    assert.equal(shown.version, version);
    assert.equal(shown.source_type, source.type);
    assert.equal(shown.source_url, source.url);
    assert.equal(shown.source_mirror, mirror ?? null);
    assert.equal(shown.source_ref, source.ref);
    assert.equal(shown.source_commit, source.commit);
    assert.equal(shown.registry, from);
    assert.equal(shown.checksum, checksums.get(version));
    assert.equal(shown.archive_checksum, archive === undefined ? null : sha256Of(archive));
    assert.equal(shown.file_count, Object.keys(SAMPLE).length);

    assert.match(list.stdout, new RegExp(`^sample +${version} `, 'm'));
    const files = Object.entries(contentsOf(shown.storage_path));
    const utf8 = files.map(([path, content]) => [path, Buffer.from(content, 'latin1').toString('utf8')]);
    assert.deepEqual(Object.fromEntries(utf8), FILES_OF[version]);
  });
}

test('install: prints the source, the installed version and the test result', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'sample'), packFiles({ ref: 'sample', test: 'exit 0' }));
  const { status, stdout, stderr } = await harness.attune('pack', 'install', './sample');
  assert.equal(status, 0);
  assert.equal(
    stdout,
    "✓ Pack 'sample' installed successfully\n  Version: 1.0.0\n  ID: 1\n✓ All tests passed\n  Tests: 1/1 passed\n",
  );
  assert.match(stderr, new RegExp(`^Installing pack from: ${harness.directory}/sample`));
  const quiet = await harness.attune('pack', 'install', './sample', '--force', '--quiet');
  assert.equal(quiet.stderr, '');
});

test('install: a fixture pack is installed with its dependency, and both pass their tests', async (t) => {
  const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: join(FIXTURES, 'registry', 'index.json') });
  const { status, document } = await harness.json('pack', 'install', join(FIXTURES, 'packs', 'deploy'));
  assert.equal(status, 0, document.error?.message);
  const [core, deploy] = document.packs;
  assert.deepEqual([core.ref, core.required_by, core.registry], ['core', 'deploy', 'index-1']);
  assert.deepEqual([deploy.ref, deploy.required_by, deploy.registry], ['deploy', null, null]);
  for (const { tests } of [core, deploy]) {
    assert.equal(tests.status, 'passed');
    assert.ok(tests.total > 1);
  }
});
