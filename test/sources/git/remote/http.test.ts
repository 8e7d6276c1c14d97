import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DEFAULT_LIMITS } from '../../../../src/limits.ts';
import { PROJECT } from '../../../support/attune.ts';
import { failureOf } from '../../../support/failure.ts';
import { fetchGitPack } from '../../../support/git/fetching.ts';
import { createRepository } from '../../../support/git/repository.ts';
import {
  basicAuthorization,
  type GitServer,
  type GitServerOptions,
  startGitServer,
} from '../../../support/git/server.ts';
import { createCertificates } from '../../../support/http/tls.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const LOGIN = { user: 'ada', password: 's3cr:t/@' };
const ACCEPTED = basicAuthorization(LOGIN.user, LOGIN.password);

/** A server with one small repository. */
async function serve(test: TestContext, options: GitServerOptions = {}): Promise<GitServer & { repository: string }> {
  const repository = createRepository(test, { 'pack.yaml': 'x' });
  repository.bareCopy(`${repository.path}.git`);
  const server = await startGitServer(test, dirname(repository.path), options);
  return { ...server, repository: `${server.url}/repository.git` };
}

function answering(status: number, headers: Record<string, string>, body: string) {
  return (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, headers).end(body);
    return true;
  };
}

describe('a server that wants to know who asks', () => {
  it('takes the login in the URL, which is recorded without it', async (test) => {
    const { repository, requests } = await serve(test, { login: LOGIN });
    const secret = `${LOGIN.user}:${encodeURIComponent(LOGIN.password)}@`;
    const fetched = await fetchGitPack(test, repository.replace('://', `://${secret}`));
    assert.equal(fetched.provenance.url, repository);
    assert.deepEqual([...new Set(requests.map(({ authorization }) => authorization))], [ACCEPTED]);
  });

  const token = `${LOGIN.user}:${LOGIN.password}`;
  for (const { claim, variables } of [
    { claim: 'a token for exactly this host', variables: (host: string) => ({ [`ATTUNE_GIT_TOKEN_${host}`]: token }) },
    { claim: 'the token for all hosts', variables: () => ({ ATTUNE_GIT_TOKEN: token }) },
    {
      claim: 'a token for exactly this host before the one for all',
      variables: (host: string) => ({ [`ATTUNE_GIT_TOKEN_${host}`]: token, ATTUNE_GIT_TOKEN: 'other' }),
    },
  ]) {
    it(`takes ${claim}, but only once it has asked`, async (test) => {
      const { repository, requests, host } = await serve(test, { login: LOGIN });
      const changes = { variables: variables(host.toUpperCase().replace(/[.:]/g, '_')) };
      await fetchGitPack(test, repository, undefined, changes);
      assert.deepEqual(
        requests.map(({ method, authorization }) => [method, authorization]),
        [
          ['GET', undefined],
          ['GET', ACCEPTED],
          ['POST', ACCEPTED],
        ],
      );
    });
  }

  it('does not hear of GITHUB_TOKEN, nor of a token for another host', async (test) => {
    const { repository, requests } = await serve(test, { login: LOGIN });
    const variables = { GITHUB_TOKEN: token, ATTUNE_GIT_TOKEN_GITHUB_COM: token, ATTUNE_GIT_TOKEN_127_0_0_1: token };
    const error = await failureOf(fetchGitPack(test, repository, undefined, { variables }));
    assert.equal(error.code, 'NETWORK_AUTH');
    assert.match(error.hint ?? '', /ATTUNE_GIT_TOKEN/);
    assert.ok(requests.every(({ authorization }) => authorization === undefined));
  });

  it('and does not take a wrong token: the message says so without it', async (test) => {
    const { repository } = await serve(test, { login: LOGIN });
    const error = await failureOf(fetchGitPack(test, repository, undefined, { variables: { ATTUNE_GIT_TOKEN: 'wr0ng' } }));
    assert.equal(error.code, 'NETWORK_AUTH');
    assert.match(error.message, /HTTP status 401, content type text\/plain/);
    assert.match(error.hint ?? '', /were sent and not accepted/);
    assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.facts]), /wr0ng/);
  });

  it('a wrong login in the URL appears nowhere', async (test) => {
    const { repository } = await serve(test, { login: LOGIN });
    const error = await failureOf(fetchGitPack(test, repository.replace('://', '://bob:wr0ng@')));
    assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.facts]), /wr0ng|bob/);
  });

  it('a server that does not ask never sees a token', async (test) => {
    const { repository, requests } = await serve(test);
    await fetchGitPack(test, repository, undefined, { variables: { ATTUNE_GIT_TOKEN: token } });
    assert.ok(requests.every(({ authorization }) => authorization === undefined));
  });
});

describe('redirects', () => {
  it('on one server, the rest of the conversation goes to the new address with the login', async (test) => {
    const { repository, requests } = await serve(test, { login: LOGIN, redirectTo: '' });
    const url = repository.replace('://', `://${LOGIN.user}:${encodeURIComponent(LOGIN.password)}@`);
    await fetchGitPack(test, url.replace('/repository.git', '/moved/repository.git'));
    assert.deepEqual(
      requests.map(({ method, path }) => `${method} ${path}`),
      [
        'GET /moved/repository.git/info/refs?service=git-upload-pack',
        'GET /repository.git/info/refs?service=git-upload-pack',
        'POST /repository.git/git-upload-pack',
      ],
    );
  });

  it('another origin never sees the login', async (test) => {
    const there = await serve(test);
    const here = await serve(test, { redirectTo: there.url });
    const url = here.repository.replace('/repository.git', '/moved/repository.git');
    const secret = `${LOGIN.user}:${encodeURIComponent(LOGIN.password)}@`;
    const { provenance } = await fetchGitPack(test, url.replace('://', `://${secret}`));
    assert.equal(provenance.url, url);
    assert.equal(here.requests[0]?.authorization, ACCEPTED);
    assert.equal(there.requests.length, 2);
    assert.ok(there.requests.every(({ authorization }) => authorization === undefined));
  });

  it('another origin that asks does not get the token that was kept for the first', async (test) => {
    const there = await serve(test, { login: LOGIN });
    const here = await serve(test, { redirectTo: there.url });
    const variables = { [`ATTUNE_GIT_TOKEN_${here.host.replace(/[.:]/g, '_')}`]: `${LOGIN.user}:${LOGIN.password}` };
    const url = here.repository.replace('/repository.git', '/moved/repository.git');
    const error = await failureOf(fetchGitPack(test, url, undefined, { variables }));
    assert.equal(error.code, 'NETWORK_AUTH');
    assert.ok(error.message.includes(`after redirects: ${there.repository}`), error.message);
    assert.ok(there.requests.every(({ authorization }) => authorization === undefined));
  });
});

describe('what is no repository', () => {
  const html = { 'content-type': 'text/html; charset=utf-8' };
  const advertisement = { 'content-type': 'application/x-git-upload-pack-advertisement' };
  for (const { claim, intercept, code, message } of [
    {
      claim: 'a missing one',
      intercept: answering(404, html, '<html>'),
      code: 'NETWORK_HTTP_STATUS',
      message: /there is no repository at this address; HTTP status 404, content type text\/html/,
    },
    {
      claim: 'a forbidden one',
      intercept: answering(403, html, '<html>'),
      code: 'NETWORK_AUTH',
      message: /the server does not allow it; HTTP status 403/,
    },
    {
      claim: 'a server that is down',
      intercept: answering(503, html, '<html>'),
      code: 'NETWORK_HTTP_STATUS',
      message: /the server failed; HTTP status 503/,
    },
    {
      claim: 'a page',
      intercept: answering(200, html, '<html>'),
      code: 'NETWORK_NOT_GIT',
      message: /the answer is not from a git server; HTTP status 200, content type text\/html/,
    },
    {
      claim: 'a page that is called a repository',
      intercept: answering(200, advertisement, '<html>'),
      code: 'INVALID_GIT_OBJECT',
      message: /not in git's protocol/,
    },
    {
      claim: 'a server that says why not',
      intercept: answering(200, advertisement, '001e# service=git-upload-pack\n00000017ERR go away, please'),
      code: 'NETWORK_GIT_REFUSED',
      message: /go away, please/,
    },
    {
      claim: 'a repository with SHA-256 objects',
      intercept: answering(
        200,
        advertisement,
        `001e# service=git-upload-pack\n0000${packet(`${'0'.repeat(64)} capabilities^{}\0object-format=sha256\n`)}0000`,
      ),
      code: 'INVALID_GIT_REPOSITORY',
      message: /its objects are sha256/,
    },
  ]) {
    it(`${claim} is an error that says what came`, async (test) => {
      const { repository } = await serve(test, { intercept });
      const error = await failureOf(fetchGitPack(test, repository));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.message.includes(repository));
    });
  }

  it('what the server says in the middle of its answer is shown', async (test) => {
    const words = packet('\x03out of memory\n');
    const result = { 'content-type': 'application/x-git-upload-pack-result' };
    const intercept = (request: IncomingMessage, response: ServerResponse) =>
      request.method === 'POST' && answering(200, result, `0008NAK\n${words}0000`)(request, response);
    const { repository } = await serve(test, { intercept });
    assert.match((await failureOf(fetchGitPack(test, repository))).message, /: out of memory$/);
  });

  it('more bytes than an archive may have are refused while they come', async (test) => {
    const { repository } = await serve(test);
    const error = await failureOf(
      fetchGitPack(test, repository, undefined, { limits: { ...DEFAULT_LIMITS, archiveBytes: 99 } }),
    );
    assert.equal(error.code, 'INVALID_GIT_SIZE');
  });
});

describe('https', () => {
  it('trusts an authority that NODE_EXTRA_CA_CERTS names, and no other', async (test) => {
    const tls = createCertificates(test);
    const { repository } = await serve(test, { tls });
    const error = await failureOf(fetchGitPack(test, repository));
    assert.equal(error.code, 'NETWORK_TLS');
    // Node reads the variable when it starts, so it takes another one to see it honoured.
    const script = `
      import { fetchGitPack } from ${JSON.stringify(pathToFileURL(join(PROJECT, 'test', 'support', 'git', 'fetching.ts')).href)};
      const cleanups = [];
      const { files } = await fetchGitPack({ after: (clean) => cleanups.push(clean) }, ${JSON.stringify(repository)});
      for (const clean of cleanups) clean();
      console.log(JSON.stringify(files));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: temporaryDirectory(test),
      env: { ...process.env, NODE_EXTRA_CA_CERTS: tls.authorityFile },
    });
    assert.deepEqual(JSON.parse(stdout), ['644 pack.yaml: x']);
  });
});

function packet(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}
