import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { type CliHarness, createCliHarness } from '../../../support/cli.ts';
import { runWithoutNetwork, withoutNamespaces } from '../../../support/processes/network-namespace.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

/** A server that counts connections and closes them. */
let connections = 0;
const server = createServer((socket) => {
  connections++;
  socket.destroy();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => server.close());
const { port } = server.address() as AddressInfo;

/** Every kind of source that requires a network. */
const SOURCES: { title: string; source: string }[] = [
  { title: 'a git repository over http', source: `http://127.0.0.1:${port}/pack.git` },
  { title: 'a git repository over https', source: `https://127.0.0.1:${port}/pack.git` },
  { title: 'a git repository over ssh', source: `ssh://127.0.0.1:${port}/pack.git` },
  { title: 'an scp-like address', source: 'git@[127.0.0.1]:pack.git' },
  { title: 'an archive', source: `http://127.0.0.1:${port}/pack.tar.gz` },
  { title: 'a URL of unknown type', source: `http://127.0.0.1:${port}/pack` },
  { title: 'a registry', source: 'pack' },
];

/** Creates a harness with a pack in its directory, a registry on the server, and an ssh that records its start. */
function offlineHarness(t: { after(clean: () => void): void }): CliHarness & { sshStarted(): boolean } {
  const directory = temporaryDirectory(t);
  const ssh = join(directory, 'ssh');
  writeFileSync(ssh, `#!/bin/sh\n: > '${join(directory, 'started')}'\nexec ssh -F none "$@"\n`, { mode: 0o755 });
  const variables = { GIT_SSH: ssh, ATTUNE_REGISTRY_INDICES: `http://127.0.0.1:${port}/index.json` };
  const harness = createCliHarness(t, variables);
  // Retries would take a while.
  writeFiles(harness.config, { 'settings.yaml': 'downloads: { attempts: 1 }\n' });
  writeFiles(join(harness.directory, 'demo'), packFiles({ ref: 'demo' }));
  return { ...harness, sshStarted: () => existsSync(join(directory, 'started')) };
}

suite('install --offline', () => {
  for (const { title, source } of SOURCES) {
    test(`does not connect to ${title}`, async (t) => {
      const before = connections;
      const harness = offlineHarness(t);
      const { status, document, stderr } = await harness.json('pack', 'install', source, '--offline');
      assert.deepEqual([status, document.error.code, connections - before], [9, 'NETWORK_OFFLINE', 0], stderr);
      assert.match(document.error.message, /--offline forbids every connection/);
      assert.equal(harness.sshStarted(), false);
    });
  }

  test('is the only reason: without --offline each of these sources is contacted', async (t) => {
    for (const { title, source } of SOURCES.filter(({ title }) => title !== 'an scp-like address')) {
      const before = connections;
      const harness = offlineHarness(t);
      const { status } = await harness.attune('pack', 'install', source);
      assert.equal(status, 9, title);
      assert.ok(connections > before || harness.sshStarted(), title);
    }
  });
});

suite('without any network', { skip: withoutNamespaces }, () => {
  const variables = { ATTUNE_REGISTRY_INDICES: `http://127.0.0.1:${port}/index.json` };

  test('install without --offline exits 9', async (t) => {
    const { status, stdout } = await runWithoutNetwork(
      offlineHarness(t),
      variables,
      'pack',
      'install',
      `http://127.0.0.1:${port}/x.git`,
      '--json',
    );
    assert.deepEqual([status, JSON.parse(stdout).error.code], [9, 'NETWORK_UNREACHABLE']);
  });

  test('local packs are installed, listed and uninstalled', async (t) => {
    const harness = offlineHarness(t);
    for (const args of [
      ['pack', 'install', './demo', '--offline'],
      ['pack', 'list', '--offline'],
      ['pack', 'uninstall', 'demo', '--yes', '--offline'],
    ]) {
      const { status, stderr } = await runWithoutNetwork(harness, variables, ...args);
      assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    }
  });

  test('install --offline refuses every remote source', async (t) => {
    const harness = offlineHarness(t);
    const all = await Promise.all(
      SOURCES.map(({ source }) =>
        runWithoutNetwork(harness, variables, 'pack', 'install', source, '--offline', '--json'),
      ),
    );
    for (const [index, { status, stdout }] of all.entries()) {
      assert.deepEqual([status, JSON.parse(stdout).error.code], [9, 'NETWORK_OFFLINE'], SOURCES[index]?.title);
    }
  });
});
