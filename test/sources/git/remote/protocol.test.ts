import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DEFAULT_LIMITS } from '../../../../src/limits.ts';
import { systemHttp } from '../../../../src/platform/http/system-http.ts';
import type { ProgressUnit, Reporter } from '../../../../src/platform/reporter.ts';
import { type ObjectKind, objectId } from '../../../../src/sources/git/objects/objects.ts';
import { failureOf } from '../../../support/failure.ts';
import { fetchGitPack } from '../../../support/git/fetching.ts';
import { objectEntry, packfileOf, refDelta, replacingDelta } from '../../../support/git/packfiles.ts';
import { createRepository, type Repository } from '../../../support/git/repository.ts';
import { basicAuthorization, startGitServer } from '../../../support/git/server.ts';

const ADVERTISEMENT = 'application/x-git-upload-pack-advertisement';
const RESULT = 'application/x-git-upload-pack-result';

function packet(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as Buffer);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

const FLUSH = Buffer.from('0000');

/** Builds the advertisement of one branch. */
function advertisement(id: string, capabilities = 'shallow side-band-64k ofs-delta'): Buffer {
  return Buffer.concat([
    packet('# service=git-upload-pack\n'),
    FLUSH,
    packet(`${id} HEAD\0${capabilities}\n`),
    packet(`${id} refs/heads/main\n`),
    FLUSH,
  ]);
}

/** Builds a response with a packfile, in packets of 1,000 bytes. */
function responseWith(pack: Buffer): Buffer {
  const parts: Buffer[] = [packet('NAK\n')];
  for (let offset = 0; offset < pack.length; offset += 1000) {
    parts.push(packet(Buffer.concat([Buffer.from([1]), pack.subarray(offset, offset + 1000)])));
  }
  return Buffer.concat([...parts, FLUSH]);
}

/** The objects of a small repository. */
const OBJECTS = (() => {
  const blob = Buffer.from('ref: demo\nversion: 1.0.0\n');
  const blobId = objectId('blob', blob);
  const tree = Buffer.concat([Buffer.from('100644 pack.yaml\0'), Buffer.from(blobId, 'hex')]);
  const treeId = objectId('tree', tree);
  const commit = Buffer.from(`tree ${treeId}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nfirst\n`);
  return { blob, tree, commit };
})();
const COMMIT = objectId('commit', OBJECTS.commit);

function entriesOf(objects: typeof OBJECTS): Buffer[] {
  return (['commit', 'tree', 'blob'] as const).map((kind) => objectEntry(kind, objects[kind]));
}
const VALID_PACKFILE = packfileOf(...entriesOf(OBJECTS));

interface Responses {
  readonly refs?: (response: ServerResponse) => void;
  readonly pack?: (response: ServerResponse, request: IncomingMessage) => void;
}

/** Starts a server with the given responses. @returns the URL of a repository on it */
async function serve(test: TestContext, { refs, pack }: Responses): Promise<string> {
  const intercept = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST') (pack ?? respondWith(RESULT, responseWith(VALID_PACKFILE)))(response, request);
    else (refs ?? respondWith(ADVERTISEMENT, advertisement(COMMIT)))(response);
    return true;
  };
  return `${(await startGitServer(test, '/nonexistent', { intercept })).url}/x.git`;
}

function respondWith(type: string, body: Buffer, status = 200, headers: Record<string, string> = {}) {
  return (response: ServerResponse) =>
    void response
      .writeHead(status, { 'content-type': type, 'content-length': String(body.length), ...headers })
      .end(body);
}

const HTML = Buffer.from('<!doctype html><title>Welcome</title>');

interface Row extends Responses {
  readonly claim: string;
  readonly code: string;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

const TYPE = 'text/html; charset=utf-8';
const ROWS: readonly Row[] = [
  {
    claim: 'an HTML page instead of refs',
    refs: respondWith(TYPE, HTML),
    code: 'NETWORK_NOT_GIT',
    message: /not from a git server; HTTP status 200, content type text\/html/,
  },
  ...[
    { status: 401, code: 'NETWORK_AUTH', message: /requires credentials; HTTP status 401/, hint: /ATTUNE_GIT_TOKEN/ },
    { status: 403, code: 'NETWORK_AUTH', message: /denied access; HTTP status 403/, hint: /ATTUNE_GIT_TOKEN/ },
    { status: 404, code: 'NETWORK_HTTP_STATUS', message: /no repository at this URL; HTTP status 404/ },
    { status: 410, code: 'NETWORK_HTTP_STATUS', message: /HTTP status 410/ },
    {
      status: 500,
      code: 'NETWORK_HTTP_STATUS',
      message: /the server failed; HTTP status 500/,
      hint: /Try again later/,
    },
  ].map(({ status, ...want }) => ({
    claim: `HTTP status ${status} instead of refs`,
    refs: respondWith(TYPE, HTML, status),
    ...want,
  })),
  {
    claim: 'the files of a repository without smart HTTP',
    refs: respondWith('text/plain', Buffer.from(`${COMMIT}\trefs/heads/main\n`)),
    code: 'NETWORK_NOT_GIT',
    message: /serves the repository's files but does not support git's smart protocol; HTTP status 200/,
    hint: /git http-backend/,
  },
  {
    claim: 'protocol version 2, which was not requested',
    refs: respondWith(ADVERTISEMENT, Buffer.concat([packet('version 2\n'), packet('agent=git/2.0\n'), FLUSH])),
    code: 'INVALID_GIT_OBJECT',
    message: /does not follow the git protocol/,
  },
  {
    claim: 'refs without capabilities',
    refs: respondWith(
      ADVERTISEMENT,
      Buffer.concat([packet('# service=git-upload-pack\n'), FLUSH, packet(`${COMMIT} HEAD\n`)]),
    ),
    code: 'INVALID_GIT_OBJECT',
    message: /does not follow the git protocol/,
  },
  {
    claim: 'truncated refs',
    refs: respondWith(ADVERTISEMENT, advertisement(COMMIT).subarray(0, -30)),
    code: 'INVALID_GIT_OBJECT',
    message: /the response of .* is truncated/,
  },
  {
    claim: 'an error message instead of refs',
    refs: respondWith(
      ADVERTISEMENT,
      Buffer.concat([packet('# service=git-upload-pack\n'), FLUSH, packet('ERR gone fishing\n')]),
    ),
    code: 'NETWORK_GIT_REFUSED',
    message: /gone fishing$/,
  },
  {
    claim: 'an HTML page instead of a packfile',
    pack: respondWith(TYPE, HTML),
    code: 'NETWORK_GIT_REFUSED',
    message: /HTTP status 200, text\/html/,
  },
  {
    claim: 'HTTP status 401 instead of a packfile',
    pack: respondWith(TYPE, HTML, 401),
    code: 'NETWORK_AUTH',
    message: /HTTP status 401/,
    hint: /ATTUNE_GIT_TOKEN/,
  },
  {
    claim: 'HTTP status 502 instead of a packfile',
    pack: respondWith(TYPE, HTML, 502),
    code: 'NETWORK_GIT_REFUSED',
    message: /502/,
  },
  {
    claim: 'an error message instead of a packfile',
    pack: respondWith(RESULT, packet('ERR upload-pack: out of patience')),
    code: 'NETWORK_GIT_REFUSED',
    message: /out of patience$/,
  },
  {
    claim: 'an error message on the error channel',
    pack: respondWith(RESULT, Buffer.concat([packet('NAK\n'), packet('\x03fatal: disk\n'), FLUSH])),
    code: 'NETWORK_GIT_REFUSED',
    message: /fatal: disk$/,
  },
  {
    claim: 'progress messages without a packfile',
    pack: respondWith(RESULT, Buffer.concat([packet('NAK\n'), packet('\x02killed\n'), FLUSH])),
    code: 'NETWORK_GIT_REFUSED',
    message: /killed$/,
  },
  {
    claim: 'an empty response',
    pack: respondWith(RESULT, Buffer.alloc(0)),
    code: 'NETWORK_GIT_REFUSED',
    message: /without a packfile/,
  },
  {
    claim: 'an invalid packet length',
    pack: respondWith(RESULT, Buffer.from('0003')),
    code: 'INVALID_GIT_OBJECT',
    message: /does not follow the git protocol/,
  },
  {
    claim: 'a packfile whose last packet is truncated',
    pack: respondWith(RESULT, responseWith(VALID_PACKFILE).subarray(0, -20)),
    code: 'INVALID_GIT_OBJECT',
    message: /the response of .* is truncated/,
  },
  {
    claim: 'half of a packfile',
    pack: respondWith(RESULT, responseWith(VALID_PACKFILE.subarray(0, VALID_PACKFILE.length / 2))),
    code: 'INVALID_GIT_OBJECT',
    message: /fetched packfile/,
  },
  {
    claim: 'a connection that is closed within the packfile',
    pack: (response) => {
      response.writeHead(200, { 'content-type': RESULT, 'content-length': '5000' });
      response.write(responseWith(VALID_PACKFILE).subarray(0, 100), () => response.destroy());
    },
    code: 'NETWORK_UNREACHABLE',
    message: /the connection was cut/,
  },
  {
    claim: 'a packfile with a wrong trailer',
    pack: respondWith(RESULT, responseWith(Buffer.concat([VALID_PACKFILE.subarray(0, -20), Buffer.alloc(20)]))),
    code: 'INVALID_GIT_OBJECT',
    message: /does not match its own checksum/,
  },
  {
    claim: 'a packfile without the requested commit',
    pack: respondWith(RESULT, responseWith(packfileOf(objectEntry('blob', Buffer.from('hello'))))),
    code: 'INVALID_GIT_OBJECT',
    message: new RegExp(`lacks the requested object ${COMMIT}`),
  },
];

describe('fetchGit from a server with invalid responses', () => {
  for (const { claim, code, message, hint, ...responses } of ROWS) {
    it(`fetchGit reports ${claim} with ${code}`, async (test) => {
      const url = await serve(test, responses);
      const error = await failureOf(fetchGitPack(test, url));
      assert.match(error.message, message);
      assert.equal(error.code, code);
      if (hint) assert.match(error.hint ?? '', hint);
    });
  }

  it('fetchGit accepts valid responses, plain and compressed', async (test) => {
    const plain = await serve(test, {});
    assert.equal((await fetchGitPack(test, plain)).provenance.commit, COMMIT);
    const gzip = { 'content-encoding': 'gzip' };
    const refs = gzipSync(advertisement(COMMIT));
    const pack = gzipSync(responseWith(VALID_PACKFILE));
    const compressed = await serve(test, {
      refs: respondWith(ADVERTISEMENT, refs, 200, gzip),
      pack: respondWith(RESULT, pack, 200, gzip),
    });
    assert.equal((await fetchGitPack(test, compressed)).provenance.commit, COMMIT);
  });
});

describe('fetchGit verifies object ids', () => {
  for (const kind of ['commit', 'tree', 'blob'] as const satisfies readonly ObjectKind[]) {
    const flipped = Buffer.from(OBJECTS[kind]);
    // A change at the end (of a message, an id or a version) that only the hash detects.
    flipped[flipped.length - 2] = (flipped[flipped.length - 2] as number) ^ 1;
    const base = Buffer.from('the base of a delta');
    const forms: Readonly<Record<string, (content: Buffer) => Buffer[]>> = {
      'in full': (content) => [objectEntry(kind, content)],
      // Git creates deltas between objects of one kind only.
      'as a delta': (content) => [
        objectEntry(kind, base),
        refDelta(objectId(kind, base), replacingDelta(base.length, content)),
      ],
    };
    for (const [form, make] of Object.entries(forms)) {
      it(`fetchGit refuses a ${kind} ${form} with one bit flipped`, async (test) => {
        const others = entriesOf(OBJECTS).filter((entry) => !entry.equals(objectEntry(kind, OBJECTS[kind])));
        const pack = (content: Buffer) => ({
          pack: respondWith(RESULT, responseWith(packfileOf(...others, ...make(content)))),
        });
        assert.equal((await fetchGitPack(test, await serve(test, pack(OBJECTS[kind])))).provenance.commit, COMMIT);
        const error = await failureOf(fetchGitPack(test, await serve(test, pack(flipped))));
        assert.equal(error.code, 'INVALID_GIT_OBJECT');
        assert.match(error.message, /lacks (the requested object|tree|blob)/);
      });
    }
  }
});

describe('fetchGit from a slow server', () => {
  const SLOW = systemHttp({ offline: false, allowPlain: false, timeoutMs: 1000, redirects: 5, variables: {} });

  /** Sends the beginning of a response and then small chunks without end. */
  const trickle =
    (start: Buffer, chunk: Buffer, type: string, ms = 100) =>
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': type }).write(start);
      const timer = setInterval(() => response.write(chunk), ms);
      response.once('close', () => clearInterval(timer));
    };

  it('fetchGit aborts a packfile that arrives too slowly', async (test) => {
    const url = await serve(test, { pack: trickle(packet('NAK\n'), packet('\x02.'), RESULT) });
    const error = await failureOf(fetchGitPack(test, url, undefined, { http: SLOW }));
    assert.equal(error.code, 'NETWORK_TIMEOUT');
    assert.match(error.message, /it sent less than 1 KiB\/s of its response for 1 s/);
  });

  it('fetchGit aborts a list of refs that arrives too slowly', async (test) => {
    const refs = trickle(advertisement(COMMIT).subarray(0, -4), packet(`${COMMIT} refs/heads/x\n`), ADVERTISEMENT);
    const error = await failureOf(fetchGitPack(test, await serve(test, { refs }), undefined, { http: SLOW }));
    assert.equal(error.code, 'NETWORK_TIMEOUT');
  });

  it('fetchGit aborts an endless response that has no packfile', async (test) => {
    const empty = Buffer.from('0004'.repeat(100_000));
    const url = await serve(test, { pack: trickle(packet('NAK\n'), empty, RESULT, 1) });
    const limits = { ...DEFAULT_LIMITS, archiveBytes: 1000 };
    assert.equal((await failureOf(fetchGitPack(test, url, undefined, { limits }))).code, 'INVALID_GIT_SIZE');
  });
});

describe('fetchGit of a branch that moves during the fetch', () => {
  /** Starts a server whose branch is changed after it was advertised, and which then refuses the old commit. */
  async function serveMovingBranch(test: TestContext, move: (repository: Repository, bare: string) => void) {
    const repository = createRepository(test, { 'pack.yaml': 'old' });
    const bare = repository.bareCopy(`${repository.path}.git`);
    let moved = false;
    const server = await startGitServer(test, dirname(bare), {
      tipsOnly: true,
      intercept: (request) => {
        if (request.method === 'POST' && !moved) {
          moved = true;
          move(repository, bare);
        }
        return false;
      },
    });
    return `${server.url}/${basename(bare)}`;
  }

  it('fetchGit resolves a moved branch once more', async (test) => {
    const url = await serveMovingBranch(test, (repository, bare) => {
      repository.git('checkout', '--quiet', '--orphan', 'other');
      repository.commit({ 'pack.yaml': 'new' });
      repository.git('push', '--quiet', '--force', bare, 'HEAD:main');
    });
    for (const refSpec of ['main', undefined]) {
      assert.deepEqual((await fetchGitPack(test, url, refSpec)).files, ['644 pack.yaml: new']);
    }
  });

  it('fetchGit reports the refusal of the server if the branch was deleted', async (test) => {
    const url = await serveMovingBranch(test, (repository, bare) => {
      repository.git('push', '--quiet', bare, 'HEAD:refs/heads/other');
      repository.commit({ 'pack.yaml': 'new' });
      repository.git('push', '--quiet', '--force', bare, 'HEAD:refs/heads/other');
      repository.git('--git-dir', bare, 'update-ref', '-d', 'refs/heads/main');
    });
    const error = await failureOf(fetchGitPack(test, url, 'main'));
    assert.match(error.code, /^NETWORK_GIT_REFUSED$/);
    assert.match(error.message, /not our ref/);
  });
});

describe('fetchGit with credentials', () => {
  it('fetchGit does not send credentials if only the request for the packfile is redirected', async (test) => {
    const received: (string | undefined)[] = [];
    const target = await serve(test, {
      pack: (response, { headers }) => {
        received.push(headers.authorization);
        respondWith(RESULT, responseWith(VALID_PACKFILE))(response);
      },
    });
    for (const status of [301, 302, 307, 308]) {
      const sent: (string | undefined)[] = [];
      const first = await serve(test, {
        pack: (response, { headers }) => {
          sent.push(headers.authorization);
          response.writeHead(status, { location: `${target}/git-upload-pack` }).end();
        },
      });
      await fetchGitPack(test, first.replace('://', '://ada:s3cret@'));
      assert.deepEqual(sent, [basicAuthorization('ada', 's3cret')]);
    }
    assert.deepEqual(received, [undefined, undefined, undefined, undefined]);
  });
});

describe('fetchGit progress', () => {
  it('fetchGit reports the number of bytes, objects and files, but no messages of the server', async (test) => {
    const messages: string[] = [];
    const units = new Map<ProgressUnit, string>();
    const record = (text: string) => void messages.push(text);
    const reporter: Reporter = {
      step: record,
      note: record,
      warn: record,
      activity: (what) => {
        record(what);
        return {
          progress: (done, total, unit) => void units.set(unit, `${done} of ${total}`),
          [Symbol.dispose]() {},
        };
      },
    };
    const progress = packet('\x02\x1b[2Jremote: Counting objects: 100%\r');
    const response = Buffer.concat([progress, responseWith(VALID_PACKFILE).subarray(0, -4), progress, FLUSH]);
    const url = await serve(test, { pack: respondWith(RESULT, response) });
    await fetchGitPack(test, url, undefined, { reporter });
    assert.deepEqual(messages, [`Fetching ${url}`, `Unpacking ${url}`]);
    assert.equal(units.get('bytes'), `${VALID_PACKFILE.length} of undefined`);
    assert.equal(units.get('objects'), '3 of 3');
    assert.equal(units.get('files'), '1 of 1');
  });
});
