/** Causes every message of the troubleshooting table of docs/cicd.md, so that the table matches the output of attune. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { systemEnvironment } from '../../src/platform/environment.ts';
import { updateFile } from '../../src/platform/locks/update-file.ts';
import { silentReporter } from '../../src/platform/reporter.ts';
import { CICD } from '../support/docs/document.ts';
import { type CommandResult, startForge } from '../support/docs/forge.ts';
import { type Files, git } from '../support/git/repository.ts';
import { startGitServer } from '../support/git/server.ts';
import { createCertificates } from '../support/http/tls.ts';
import { packFiles } from '../support/registry/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const certificates = createCertificates({ after });
const forge = await startForge({ after }, certificates, temporaryDirectory({ after }));

const GIT_URL = `${forge.url}/acme/hello.git`;
const ARCHIVE_URL = `${forge.url}/acme/hello/releases/download/v1.0.0/hello-1.0.0.tar.gz`;
const ARCHIVE = join(forge.root, 'hello-1.0.0.tar.gz');
const WRONG = `sha256:${'0'.repeat(64)}`;

forge.createRepository('acme/hello');
const commit = forge.push('acme/hello', packFiles({ ref: 'hello' }), 'v1.0.0');
git(forge.root, ['clone', '--quiet', forge.bare('acme/hello'), 'hello']);
const hello = join(forge.root, 'hello');
git(hello, ['archive', '--format=tar.gz', `--output=${ARCHIVE}`, 'HEAD']);
forge.serve(new URL(ARCHIVE_URL).pathname, readFileSync(ARCHIVE));

let count = 0;

/** Creates a checkout of a pack with uncommitted changes. */
function checkout(files: Files = {}): string {
  count += 1;
  const path = join(forge.root, `checkout-${count}`);
  cpSync(hello, path, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), String(content));
  return path;
}

/** Creates an index with `hello` 1.0.0 and one source. */
function index(
  source: object = { type: 'git', url: GIT_URL, ref: commit, checksum: WRONG },
  more: object = {},
): string {
  count += 1;
  const path = join(forge.root, `index-${count}.json`);
  const contents = { actions: [], sensors: [], triggers: [], rules: [], workflows: [] };
  const metadata = {
    label: 'Hello',
    description: '',
    author: 'Ada',
    license: 'Apache-2.0',
    keywords: [],
    runtime_deps: [],
  };
  const entry = { ref: 'hello', version: '1.0.0', ...metadata, install_sources: [source], contents, ...more };
  const identity = { registry_name: 'Acme', registry_url: forge.url, version: '1.0' };
  writeFileSync(path, JSON.stringify({ ...identity, last_updated: '2026-01-02T03:04:05Z', packs: [entry] }, null, 2));
  return path;
}

const entry = (pack: string, ...args: string[]) => forge.attune('pack', 'index-entry', pack, ...args);
const update = (file: string, pack: string, ...args: string[]) =>
  forge.attune('pack', 'index-update', '--index', file, pack, '--git-url', GIT_URL, '--git-ref', 'HEAD', ...args);
const validate = (file: string, ...args: string[]) => forge.attune('pack', 'index-validate', file, ...args);
const install = (...args: string[]) => forge.attune('pack', 'install', ...args);
const archived = { type: 'archive', url: ARCHIVE_URL, checksum: WRONG };
const gitSource = (url: string, ref = commit) => ({ type: 'git', url, ref, checksum: WRONG });

function packOf(files: Files): string {
  count += 1;
  const path = forge.directory(`pack-${count}`);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), String(content));
  return path;
}

/** Runs a command that causes the message, for each message of the table. */
const CAUSES: Readonly<Record<string, () => Promise<CommandResult>>> = {
  "The entry of '…' requires at least one source, and none could be determined: …": () =>
    entry(packOf({ 'pack.yaml': 'ref: hello\nversion: 1.0.0\n' })),

  "The commit of '…' is not in the git repository '…': the git checksum is computed from the directory.": () =>
    entry(hello, '--git-url', GIT_URL, '--git-ref', 'v1.0.1'),

  "The files in '…' differ from those of commit …; the git checksum is computed from the commit:": () =>
    entry(checkout({ 'build.log': '' }), '--git-url', GIT_URL, '--git-ref', commit),

  "'…' … cannot be installed from … of …: …": () =>
    entry(checkout({ 'pack.yaml': 'ref: hello\nversion: 1.1.0\n' }), '--git-url', GIT_URL, '--git-ref', commit),

  "The content of archive … differs from the pack in '…':": () =>
    entry(
      checkout({ 'pack.yaml': 'ref: hello\nversion: 1.0.0\nlabel: Changed\n' }),
      '--archive-url',
      ARCHIVE_URL,
      '--archive-file',
      ARCHIVE,
    ),

  "'…' has entries that a pack cannot contain:": () => {
    const pack = checkout();
    symlinkSync('pack.yaml', join(pack, 'link.yaml'));
    return entry(pack);
  },

  "Index '…' does not exist.": () => update(join(forge.root, 'none.json'), hello),

  "The index '…' already has '…' in version …; the pack has version …": () =>
    update(index(gitSource(GIT_URL), { version: '0.9.0' }), hello),

  "The index '…' already has '…' …, and the pack differs from it in …": () => update(index(), hello),

  "'…' is downgraded from … to … in '…'": () =>
    update(index(gitSource(GIT_URL), { version: '2.0.0' }), hello, '--update', '--allow-downgrade'),

  "The index '…' already has '…' …, which is newer than …": () =>
    update(index(gitSource(GIT_URL), { version: '2.0.0' }), hello, '--update'),

  "Another attune is writing to '…' (…)": async () => {
    const file = index();
    const tools = {
      clock: systemClock,
      environment: systemEnvironment(),
      reporter: silentReporter,
      lockTimeoutMs: 0,
    };
    const runUpdate = async () => ({
      content: undefined,
      result: await update(file, hello, '--update', '--lock-timeout', '0'),
    });
    return await updateFile(file, runUpdate, { name: file }, tools);
  },

  'is not an https URL: … [url-not-https]': () =>
    validate(index(gitSource('http://packs.example/hello.git')), '--profile', 'standard'),

  'is not a commit id of 40 lower-case digits … [git-ref-not-commit]': () =>
    validate(index(gitSource(GIT_URL, 'v1.0.0')), '--profile', 'standard'),

  'is a field that other readers do not know … [additive-field]': () =>
    validate(index(gitSource(GIT_URL), { releases: [] }), '--profile', 'standard'),

  'Cannot download …: … answered with HTTP status 404 … [source-missing]': () =>
    validate(index({ ...archived, url: `${ARCHIVE_URL}.none.tar.gz` }), '--check-sources'),

  'does not have the expected checksum… [source-checksum]': () => validate(index(archived), '--check-sources'),

  'The files from … do not have the expected checksum.': () => validate(index(), '--check-sources'),

  "Warning: '…' … has different checksums: …": () =>
    forge.attune('pack', 'index-merge', '--output', join(forge.root, 'merged.json'), index(), index(archived)),

  "The output file '…' already exists.": () => forge.attune('pack', 'index-merge', '--output', index(), index()),

  'Cannot read the git repository …: the server requires credentials; HTTP status 401, …': async () => {
    const login = { user: 'ada', password: 'secret' };
    const { url } = await startGitServer({ after }, join(forge.root, 'git'), { tls: certificates, login });
    return install(`${url}/acme/hello.git`);
  },

  'Cannot reach …: …certificate…': () =>
    forge.run('attune', ['pack', 'install', GIT_URL], { cwd: forge.root, env: { NODE_EXTRA_CA_CERTS: '' } }),

  "'…' is not an index:": () =>
    forge.run('attune', ['pack', 'install', 'hello'], {
      cwd: forge.root,
      env: { ATTUNE_REGISTRY_INDICES: join(packOf({ 'index.json': '<!doctype html>' }), 'index.json') },
    }),

  'The tests of … did not pass …': () => {
    const files = { ...packFiles({ ref: 'failing', test: 'exit 1' }) };
    forge.createRepository('acme/failing');
    forge.push('acme/failing', files);
    return install(`${forge.url}/acme/failing.git`);
  },

  "Error: The pack.yaml of '…' is not valid:": () =>
    entry(packOf({ 'pack.yaml': 'ref: Hello Harness\nversion: one\n' })),
};

const rows = [...CICD.slice(CICD.indexOf('## Troubleshooting')).matchAll(/^\| `([^`]+)` \|/gm)].map(([, row]) => row!);

test('docs/cicd.md: every row of the troubleshooting table has a cause in this test', () => {
  assert.deepEqual([...rows].sort(), Object.keys(CAUSES).sort());
});

describe('docs/cicd.md: the troubleshooting table has the message', { concurrency: 3 }, () => {
  for (const message of rows) {
    test(message, async () => {
      const { log } = (await CAUSES[message]?.()) ?? { log: 'no cause' };
      const parts = message.split('…').map((part) => RegExp.escape(part));
      assert.match(log, new RegExp(parts.join('[^\\n]*')));
    });
  }
});
