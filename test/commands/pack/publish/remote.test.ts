import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { contentsOf } from '../../../support/cli.ts';
import { AUTHOR, createPackCheckout, createPublishing, type Publishing } from '../../../support/git/publishing.ts';
import { git } from '../../../support/git/repository.ts';
import { type GitServer, type GitServerOptions, startGitServer } from '../../../support/git/server.ts';
import { sshServerSkipReason, startSshServer } from '../../../support/git/ssh-server.ts';
import { createCertificates } from '../../../support/http/tls.ts';

const LOGIN = { user: 'ada', password: 's3cret/t0ken+x' };
const TOKEN = { ATTUNE_GIT_TOKEN: `${LOGIN.user}:${LOGIN.password}` };
const certificates = createCertificates({ after });
const TRUST = { NODE_EXTRA_CA_CERTS: certificates.authorityFile };

interface Test {
  after(clean: () => void): void;
}

async function serve(
  t: Test,
  more: Partial<GitServerOptions> = {},
): Promise<Publishing & { readonly server: GitServer }> {
  const publishing = createPublishing(t);
  const options = { login: LOGIN, tls: certificates, ...more };
  return { ...publishing, server: await startGitServer(t, publishing.repositories, options) };
}

function publish(
  { harness, server }: Publishing & { readonly server: GitServer },
  variables: Readonly<Record<string, string>>,
  ...args: string[]
) {
  const registry = args.includes('--registry-repo') ? [] : ['--registry-repo', `${server.url}/registry.git`];
  const line = ['pack', 'publish', 'demo', ...registry, '--author', AUTHOR, '--git-only', ...args];
  return harness.jsonWith({ ...TRUST, ...variables }, ...line);
}

/** Asserts that no form of the password is in a text. */
function assertNoSecret(text: string): void {
  for (const secret of [LOGIN.password, encodeURIComponent(LOGIN.password)]) assert.ok(!text.includes(secret), text);
  assert.ok(!text.includes(Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64')), text);
}

test('pack publish: over https with a token, the index is pushed and the secret appears nowhere', async (t) => {
  const served = await serve(t);
  const { status, document, stderr } = await publish(served, TOKEN);
  assert.equal(status, 0, stderr);
  assert.deepEqual([document.pushed, served.index().packs.length], [true, 1]);
  assert.equal(document.index, `${served.server.url}/registry.git`);
  assertNoSecret(JSON.stringify(document) + stderr);
  assertNoSecret(JSON.stringify(contentsOf(join(served.harness.directory, '..'))));
});

test('pack publish: a login in the URL is used and not shown', async (t) => {
  const served = await serve(t);
  const login = `${LOGIN.user}:${encodeURIComponent(LOGIN.password)}@`;
  const url = `${served.server.url.replace('//', `//${login}`)}/registry.git`;
  const { status, document, stderr } = await publish(served, {}, '--registry-repo', url);
  assert.equal(status, 0, stderr);
  assert.equal(document.index, `${served.server.url}/registry.git`);
  assertNoSecret(JSON.stringify(document) + stderr);
});

const forbid =
  (status: number, text: string): NonNullable<GitServerOptions['intercept']> =>
  (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.includes('receive-pack')) return false;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    return true;
  };

const FAILURES = [
  { claim: 'no credentials', variables: {}, options: {}, code: 'NETWORK_AUTH', message: /credentials/ },
  {
    claim: 'wrong credentials',
    variables: { ATTUNE_GIT_TOKEN: 'ada:wr0ng-t0ken' },
    options: {},
    code: 'NETWORK_AUTH',
    message: /credentials/,
  },
  {
    claim: 'an account that may only read',
    variables: TOKEN,
    options: { intercept: forbid(403, `no write access for ${LOGIN.password}`) },
    code: 'NETWORK_AUTH',
    message: /denied access; HTTP status 403\.\nResponse of the server: no write access/,
  },
  {
    claim: 'a server that fails',
    variables: TOKEN,
    options: { intercept: forbid(501, 'not implemented') },
    code: 'NETWORK_HTTP_STATUS',
    message: /501/,
  },
] as const;

for (const { claim, variables, options, code, message } of FAILURES) {
  test(`pack publish: over https, ${claim} exits 9 with ${code} and changes nothing`, async (t) => {
    const served = await serve(t, options);
    const { status, document, stderr } = await publish(served, variables);
    assert.deepEqual([status, document.error?.code], [9, code], stderr);
    assert.match(document.error.message, message);
    assert.ok(document.error.hint);
    assert.equal(served.commits(), 1);
    assertNoSecret(JSON.stringify(document) + stderr);
  });
}

test('pack publish: a response that is lost after the update is no failure', async (t) => {
  let cut = false;
  const served = await serve(t, {
    intercept: (request, response) => {
      if (request.method !== 'POST' || !request.url?.includes('receive-pack') || cut) return false;
      cut = true;
      // Lets git update the branch, and cuts the connection in the middle of its response.
      response.write = () => true;
      response.end = () => response.destroy();
      return false;
    },
  });
  const { status, document, stderr } = await publish(served, TOKEN);
  assert.equal(status, 0, stderr);
  assert.deepEqual([cut, document.success, served.commits()], [true, true, 2]);
});

test('pack publish: a server that stops answering exits 9 with NETWORK_TIMEOUT', async (t) => {
  const served = await serve(t, { intercept: (request) => request.url?.includes('git-receive-pack') === true });
  const config = 'pack_registry:\n  timeout: 1\ndownloads:\n  attempts: 1\n';
  writeFileSync(join(served.harness.config, 'settings.yaml'), config);
  const { status, document, stderr } = await publish(served, TOKEN);
  assert.deepEqual([status, document.error?.code], [9, 'NETWORK_TIMEOUT'], stderr);
  assert.equal(served.commits(), 1);
});

test('pack publish: --offline exits 9 for https, and works for a path', async (t) => {
  const served = await serve(t);
  const offline = await publish(served, TOKEN, '--offline');
  assert.deepEqual([offline.status, offline.document.error.code], [9, 'NETWORK_OFFLINE']);
  const local = await publish(served, {}, '--offline', '--registry-repo', 'git/registry.git');
  assert.equal(local.status, 0, local.stderr);
});

test('pack publish: ten publishers of ten packs at once over https lose no entry', async (t) => {
  const served = await serve(t);
  const refs = Array.from({ length: 10 }, (_, index) => `pack${index}`);
  for (const ref of refs) {
    git(served.repositories, ['init', '--quiet', '--bare', `${ref}.git`]);
    createPackCheckout(join(served.harness.directory, ref), ref, join(served.repositories, `${ref}.git`));
  }
  const registry = ['--registry-repo', `${served.server.url}/registry.git`, '--author', AUTHOR];
  const runs = refs.map((ref) =>
    served.harness.jsonWith({ ...TRUST, ...TOKEN }, 'pack', 'publish', ref, ...registry, '--git-only'),
  );
  for (const { status, stderr } of await Promise.all(runs)) assert.equal(status, 0, stderr);
  assert.deepEqual(
    served.index().packs.map(({ ref }: { ref: string }) => ref),
    refs,
  );
  assert.equal(served.commits(), 11);
});

test('pack publish: over ssh, the index and the tag are pushed; a hook that refuses gives its words', {
  skip: sshServerSkipReason,
}, async (t) => {
  const publishing = createPublishing(t);
  const server = await startSshServer(t);
  const url = (name: string) => `ssh://${server.authority}${join(publishing.repositories, name)}`;
  publishing.pack.git('remote', 'set-url', 'origin', url('origin.git'));
  publishing.pack.commit({ 'pack.yaml': 'ref: demo\nversion: 1.1.0\n' });
  const archive = ['--archive-dir', 'dist', '--archive-url', 'https://packs.example/{ref}-{version}.zip'];
  const line = ['pack', 'publish', 'demo', '--registry-repo', url('registry.git'), '--author', AUTHOR, ...archive];
  const run = () => publishing.harness.jsonWith(server.variables(), ...line, '--tag');
  publishing.hook('registry.git', 'pre-receive', 'echo "frozen" >&2; exit 1');
  const refused = await run();
  assert.deepEqual([refused.status, refused.document.error.code], [9, 'NETWORK_REFUSED'], refused.stderr);
  assert.match(refused.document.error.message, /frozen/);
  publishing.hook('registry.git', 'pre-receive', 'exit 0');
  const { status, document, stderr } = await run();
  assert.equal(status, 0, stderr);
  assert.deepEqual([document.pushed, publishing.index().packs[0].version], [true, '1.1.0']);
  assert.match(git(join(publishing.repositories, 'origin.git'), ['tag']), /^v1\.1\.0$/m);
  assert.equal((await run()).document.action, 'unchanged');
  const unknown = await publishing.harness.jsonWith(
    server.variables(['Host *', '  User nobody-here']),
    ...line.map((arg) => arg.replace(`${server.user}@`, '')),
  );
  assert.equal(unknown.status, 9, unknown.stderr);
  assert.ok(readFileSync(join(publishing.harness.directory, 'dist/demo-1.1.0.zip')).length > 0);
});
