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

/** Starts a server with one small repository. */
async function serve(test: TestContext, options: GitServerOptions = {}): Promise<GitServer & { repository: string }> {
  const repository = createRepository(test, { 'pack.yaml': 'x' });
  repository.bareCopy(`${repository.path}.git`);
  const server = await startGitServer(test, dirname(repository.path), options);
  return { ...server, repository: `${server.url}/repository.git` };
}

function respondWith(status: number, headers: Record<string, string>, body: string) {
  return (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, headers).end(body);
    return true;
  };
}

describe('fetchGit over http with a login', () => {
  it('fetchGit over http sends the login in the URL and records the URL without it', async (test) => {
    const { repository, requests } = await serve(test, { login: LOGIN });
    const secret = `${LOGIN.user}:${encodeURIComponent(LOGIN.password)}@`;
    const fetched = await fetchGitPack(test, repository.replace('://', `://${secret}`));
    assert.equal(fetched.provenance.url, repository);
    assert.deepEqual([...new Set(requests.map(({ authorization }) => authorization))], [ACCEPTED]);
  });

  const token = `${LOGIN.user}:${LOGIN.password}`;
  for (const { claim, variables, refused = [] } of [
    {
      claim: 'the token for the host at once',
      variables: (host: string) => ({ [`ATTUNE_GIT_TOKEN_${host}`]: token, ATTUNE_GIT_TOKEN: 'other' }),
    },
    {
      claim: 'the token for all hosts only after status 401',
      variables: () => ({ ATTUNE_GIT_TOKEN: token }),
      refused: [['GET', undefined]],
    },
  ]) {
    it(`fetchGit over http sends ${claim}`, async (test) => {
      const { repository, requests, host } = await serve(test, { login: LOGIN });
      const changes = { variables: variables(host.toUpperCase().replace(/[.:]/g, '_')) };
      await fetchGitPack(test, repository, undefined, changes);
      assert.deepEqual(
        requests.map(({ method, authorization }) => [method, authorization]),
        [...refused, ['GET', ACCEPTED], ['POST', ACCEPTED]],
      );
    });
  }

  it('fetchGit over http sends neither GITHUB_TOKEN nor the token for another host', async (test) => {
    const { repository, requests } = await serve(test, { login: LOGIN });
    const variables = {
      GITHUB_TOKEN: token,
      ATTUNE_GIT_TOKEN_GITHUB_COM: token,
      ATTUNE_GIT_TOKEN_127_0_0_1_1: token,
    };
    const error = await failureOf(fetchGitPack(test, repository, undefined, { variables }));
    assert.equal(error.code, 'NETWORK_AUTH');
    assert.match(error.hint ?? '', /ATTUNE_GIT_TOKEN/);
    assert.ok(requests.every(({ authorization }) => authorization === undefined));
  });

  it('fetchGit over http reports a rejected token without revealing it', async (test) => {
    const { repository } = await serve(test, { login: LOGIN });
    const error = await failureOf(
      fetchGitPack(test, repository, undefined, { variables: { ATTUNE_GIT_TOKEN: 'wr0ng' } }),
    );
    assert.equal(error.code, 'NETWORK_AUTH');
    assert.match(error.message, /HTTP status 401, content type text\/plain/);
    assert.match(error.hint ?? '', /rejected the credentials/);
    assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.facts]), /wr0ng/);
  });

  it('fetchGit over http does not reveal a rejected login in the URL', async (test) => {
    const { repository } = await serve(test, { login: LOGIN });
    const error = await failureOf(fetchGitPack(test, repository.replace('://', '://bob:wr0ng@')));
    assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.facts]), /wr0ng|bob/);
  });

  it('fetchGit over http sends no token to a server that does not require one', async (test) => {
    const { repository, requests } = await serve(test);
    await fetchGitPack(test, repository, undefined, { variables: { ATTUNE_GIT_TOKEN: token } });
    assert.ok(requests.every(({ authorization }) => authorization === undefined));
  });
});

describe('fetchGit over http with redirects', () => {
  it('fetchGit over http uses the redirected URL for later requests and sends the login on one server', async (test) => {
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

  it('fetchGit over http does not send the login to another origin', async (test) => {
    const target = await serve(test);
    const first = await serve(test, { redirectTo: target.url });
    const url = first.repository.replace('/repository.git', '/moved/repository.git');
    const secret = `${LOGIN.user}:${encodeURIComponent(LOGIN.password)}@`;
    const { provenance } = await fetchGitPack(test, url.replace('://', `://${secret}`));
    assert.equal(provenance.url, url);
    assert.equal(first.requests[0]?.authorization, ACCEPTED);
    assert.equal(target.requests.length, 2);
    assert.ok(target.requests.every(({ authorization }) => authorization === undefined));
  });

  it('fetchGit over http does not send the token for the first host to another origin', async (test) => {
    const target = await serve(test, { login: LOGIN });
    const first = await serve(test, { redirectTo: target.url });
    const variables = { [`ATTUNE_GIT_TOKEN_${first.host.replace(/[.:]/g, '_')}`]: `${LOGIN.user}:${LOGIN.password}` };
    const url = first.repository.replace('/repository.git', '/moved/repository.git');
    const error = await failureOf(fetchGitPack(test, url, undefined, { variables }));
    assert.equal(error.code, 'NETWORK_AUTH');
    assert.ok(error.message.includes(`after redirects: ${target.repository}`), error.message);
    assert.ok(target.requests.every(({ authorization }) => authorization === undefined));
  });
});

describe('fetchGit over http from a URL that is not a repository', () => {
  const html = { 'content-type': 'text/html; charset=utf-8' };
  const advertisement = { 'content-type': 'application/x-git-upload-pack-advertisement' };
  for (const { claim, intercept, code, message } of [
    {
      claim: 'status 404',
      intercept: respondWith(404, html, '<html>'),
      code: 'NETWORK_HTTP_STATUS',
      message: /there is no repository at this URL; HTTP status 404, content type text\/html/,
    },
    {
      claim: 'status 403',
      intercept: respondWith(403, html, '<html>'),
      code: 'NETWORK_AUTH',
      message: /the server denied access; HTTP status 403/,
    },
    {
      claim: 'status 503',
      intercept: respondWith(503, html, '<html>'),
      code: 'NETWORK_HTTP_STATUS',
      message: /the server failed; HTTP status 503/,
    },
    {
      claim: 'an HTML page',
      intercept: respondWith(200, html, '<html>'),
      code: 'NETWORK_NOT_GIT',
      message: /the response is not from a git server; HTTP status 200, content type text\/html/,
    },
    {
      claim: 'an HTML page with the media type of a repository',
      intercept: respondWith(200, advertisement, '<html>'),
      code: 'INVALID_GIT_OBJECT',
      message: /does not follow the git protocol/,
    },
    {
      claim: 'an error message in the git protocol',
      intercept: respondWith(200, advertisement, '001e# service=git-upload-pack\n00000017ERR go away, please'),
      code: 'NETWORK_GIT_REFUSED',
      message: /go away, please/,
    },
    {
      claim: 'a repository with SHA-256 objects',
      intercept: respondWith(
        200,
        advertisement,
        `001e# service=git-upload-pack\n0000${packet(`${'0'.repeat(64)} capabilities^{}\0object-format=sha256\n`)}0000`,
      ),
      code: 'INVALID_GIT_REPOSITORY',
      message: /its object format is sha256/,
    },
  ]) {
    it(`fetchGit over http: ${claim} is reported with ${code}`, async (test) => {
      const { repository } = await serve(test, { intercept });
      const error = await failureOf(fetchGitPack(test, repository));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.message.includes(repository));
    });
  }

  it('fetchGit over http shows an error message of the server within a response', async (test) => {
    const error = packet('\x03out of memory\n');
    const result = { 'content-type': 'application/x-git-upload-pack-result' };
    const intercept = (request: IncomingMessage, response: ServerResponse) =>
      request.method === 'POST' && respondWith(200, result, `0008NAK\n${error}0000`)(request, response);
    const { repository } = await serve(test, { intercept });
    assert.match((await failureOf(fetchGitPack(test, repository))).message, /: out of memory$/);
  });

  it('fetchGit over http refuses a packfile above the archive size limit', async (test) => {
    const { repository } = await serve(test);
    const error = await failureOf(
      fetchGitPack(test, repository, undefined, { limits: { ...DEFAULT_LIMITS, archiveBytes: 99 } }),
    );
    assert.equal(error.code, 'INVALID_GIT_SIZE');
  });
});

describe('fetchGit over https', () => {
  it('fetchGit over https trusts the authority in NODE_EXTRA_CA_CERTS and no unknown one', async (test) => {
    const tls = createCertificates(test);
    const { repository } = await serve(test, { tls });
    const error = await failureOf(fetchGitPack(test, repository));
    assert.equal(error.code, 'NETWORK_TLS');
    // Node reads the variable at start-up, so the test requires another process.
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
