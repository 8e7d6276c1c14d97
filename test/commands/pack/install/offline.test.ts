import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { programCommand, type Run } from '../../../support/attune.ts';
import { type CliHarness, createCliHarness } from '../../../support/cli.ts';
import { packFiles } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

/** Counts who connects, and hangs up. */
let connections = 0;
const server = createServer((socket) => {
  connections++;
  socket.destroy();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => server.close());
const { port } = server.address() as AddressInfo;

/** Every way in that leads over a network. */
const WAYS: { claim: string; words: readonly string[] }[] = [
  { claim: 'a git repository over http', words: [`http://127.0.0.1:${port}/pack.git`] },
  { claim: 'a git repository over https', words: [`https://127.0.0.1:${port}/pack.git`] },
  { claim: 'a git repository over ssh', words: [`ssh://127.0.0.1:${port}/pack.git`] },
  { claim: 'the short form of ssh', words: [`git@[127.0.0.1]:pack.git`] },
  { claim: 'an archive', words: [`http://127.0.0.1:${port}/pack.tar.gz`] },
  { claim: 'an address that has to be asked', words: [`http://127.0.0.1:${port}/pack`] },
  { claim: 'a registry', words: ['pack'] },
];

/** A harness with a pack in its working directory, a registry on the server, and an ssh that tells when it is started. */
function offlineHarness(t: { after(clean: () => void): void }): CliHarness & { started(): boolean } {
  const at = temporaryDirectory(t);
  const ssh = join(at, 'ssh');
  writeFileSync(ssh, `#!/bin/sh\n: > '${join(at, 'started')}'\nexec ssh -F none "$@"\n`, { mode: 0o755 });
  const variables = { GIT_SSH: ssh, ATTUNE_REGISTRY_INDICES: `http://127.0.0.1:${port}/index.json` };
  const harness = createCliHarness(t, variables);
  // A server that hangs up is asked again, after a while.
  writeFiles(harness.config, { 'config.yaml': 'downloads: { attempts: 1 }\n' });
  writeFiles(join(harness.directory, 'demo'), packFiles({ ref: 'demo' }));
  return { ...harness, started: () => existsSync(join(at, 'started')) };
}

suite('with --offline nothing connects', () => {
  for (const { claim, words } of WAYS) {
    test(`to ${claim}`, async (t) => {
      const before = connections;
      const harness = offlineHarness(t);
      const { status, document, stderr } = await harness.json('pack', 'install', ...words, '--offline');
      assert.deepEqual([status, document.error.code, connections - before], [9, 'NETWORK_OFFLINE', 0], stderr);
      assert.match(document.error.message, /--offline forbids every connection/);
      assert.equal(harness.started(), false);
    });
  }

  test('and without it each of these does', async (t) => {
    for (const { claim, words } of WAYS.filter(({ claim }) => claim !== 'the short form of ssh')) {
      const before = connections;
      const harness = offlineHarness(t);
      const { status } = await harness.attune('pack', 'install', ...words);
      assert.equal(status, 9, claim);
      assert.ok(connections > before || harness.started(), claim);
    }
  });
});

/** A network of its own, without an interface but a loopback that is down. */
const NAMESPACE = ['unshare', '--user', '--map-root-user', '--net'] as const;
const [unshare, ...unshareWords] = NAMESPACE;
const withoutNamespaces =
  spawnSync(unshare, [...unshareWords, 'true']).status !== 0 &&
  'this machine allows no network namespaces (unshare -rn)';

function runInNamespace(harness: CliHarness, ...words: string[]): Promise<Run> {
  const root = dirname(harness.data);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(root, 'home'),
    ATTUNE_DATA_DIR: harness.data,
    ATTUNE_CACHE_DIR: join(root, 'cache'),
    ATTUNE_CONFIG_DIR: harness.config,
    ATTUNE_REGISTRY_INDICES: `http://127.0.0.1:${port}/index.json`,
  };
  const child = spawn(unshare, [...unshareWords, ...programCommand(), ...words], { cwd: harness.directory, env });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, ...output })));
}

suite('on a machine without a network', { skip: withoutNamespaces }, () => {
  test('there really is none', async (t) => {
    const { status, stdout } = await runInNamespace(
      offlineHarness(t),
      'pack',
      'install',
      `http://127.0.0.1:${port}/x.git`,
      '--json',
    );
    assert.deepEqual([status, JSON.parse(stdout).error.code], [9, 'NETWORK_UNREACHABLE']);
  });

  test('what is at hand is installed, looked at and removed', async (t) => {
    const harness = offlineHarness(t);
    for (const words of [
      ['pack', 'install', './demo', '--offline'],
      ['pack', 'list', '--offline'],
      ['pack', 'uninstall', 'demo', '--yes', '--offline'],
    ]) {
      const { status, stderr } = await runInNamespace(harness, ...words);
      assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
    }
  });

  test('and what is not is refused at once', async (t) => {
    const harness = offlineHarness(t);
    const all = await Promise.all(
      WAYS.map(({ words }) => runInNamespace(harness, 'pack', 'install', ...words, '--offline', '--json')),
    );
    for (const [at, { status, stdout }] of all.entries()) {
      assert.deepEqual([status, JSON.parse(stdout).error.code], [9, 'NETWORK_OFFLINE'], WAYS[at]?.claim);
    }
  });
});
