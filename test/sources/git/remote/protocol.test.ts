import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ProgressUnit, Reporter } from '../../../../src/platform/reporter.ts';
import { type ObjectKind, objectId } from '../../../../src/sources/git/objects/objects.ts';
import { failureOf } from '../../../support/failure.ts';
import { fetchGitPack } from '../../../support/git/fetching.ts';
import { refDelta, objectEntry, packfileOf, replacingDelta } from '../../../support/git/packfiles.ts';
import { createRepository, type Repository } from '../../../support/git/repository.ts';
import { basicAuthorization, startGitServer } from '../../../support/git/server.ts';

const ADVERTISEMENT = 'application/x-git-upload-pack-advertisement';
const RESULT = 'application/x-git-upload-pack-result';

function packet(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as Buffer);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

const FLUSH = Buffer.from('0000');

/** What a server says of one branch. */
function advertisement(id: string, capabilities = 'shallow side-band-64k ofs-delta'): Buffer {
  return Buffer.concat([
    packet('# service=git-upload-pack\n'),
    FLUSH,
    packet(`${id} HEAD\0${capabilities}\n`),
    packet(`${id} refs/heads/main\n`),
    FLUSH,
  ]);
}

/** An answer with a pack, in packets of a thousand bytes. */
function answerWith(pack: Buffer): Buffer {
  const pieces: Buffer[] = [packet('NAK\n')];
  for (let at = 0; at < pack.length; at += 1000) {
    pieces.push(packet(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + 1000)])));
  }
  return Buffer.concat([...pieces, FLUSH]);
}

/** A small repository as objects. */
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
const RIGHT_PACK = packfileOf(...entriesOf(OBJECTS));

interface Answers {
  readonly refs?: (response: ServerResponse) => void;
  readonly pack?: (response: ServerResponse, request: IncomingMessage) => void;
}

/** The address of a repository on a server that says what it is told to. */
async function serve(test: TestContext, { refs, pack }: Answers): Promise<string> {
  const intercept = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST') (pack ?? sending(RESULT, answerWith(RIGHT_PACK)))(response, request);
    else (refs ?? sending(ADVERTISEMENT, advertisement(COMMIT)))(response);
    return true;
  };
  return `${(await startGitServer(test, '/nonexistent', { intercept })).url}/x.git`;
}

function sending(type: string, body: Buffer, status = 200, headers: Record<string, string> = {}) {
  return (response: ServerResponse) =>
    void response
      .writeHead(status, { 'content-type': type, 'content-length': String(body.length), ...headers })
      .end(body);
}

const HTML = Buffer.from('<!doctype html><title>Welcome</title>');

interface Row extends Answers {
  readonly claim: string;
  readonly code: string;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

const TYPE = 'text/html; charset=utf-8';
const ROWS: readonly Row[] = [
  {
    claim: 'a page in place of the refs',
    refs: sending(TYPE, HTML),
    code: 'NETWORK_NOT_GIT',
    message: /not from a git server; HTTP status 200, content type text\/html/,
  },
  ...[
    { status: 401, code: 'NETWORK_AUTH', message: /wants to know who asks; HTTP status 401/, hint: /ATTUNE_GIT_TOKEN/ },
    { status: 403, code: 'NETWORK_AUTH', message: /does not allow it; HTTP status 403/, hint: /ATTUNE_GIT_TOKEN/ },
    { status: 404, code: 'NETWORK_HTTP_STATUS', message: /no repository at this address; HTTP status 404/ },
    { status: 410, code: 'NETWORK_HTTP_STATUS', message: /HTTP status 410/ },
    {
      status: 500,
      code: 'NETWORK_HTTP_STATUS',
      message: /the server failed; HTTP status 500/,
      hint: /Try again later/,
    },
  ].map(({ status, ...want }) => ({
    claim: `HTTP status ${status} in place of the refs`,
    refs: sending(TYPE, HTML, status),
    ...want,
  })),
  {
    claim: 'the files of a repository, without git',
    refs: sending('text/plain', Buffer.from(`${COMMIT}\trefs/heads/main\n`)),
    code: 'NETWORK_NOT_GIT',
    message: /gives out the repository's files and does not speak git's smart protocol; HTTP status 200/,
    hint: /git http-backend/,
  },
  {
    claim: 'the second version of the protocol, unasked',
    refs: sending(ADVERTISEMENT, Buffer.concat([packet('version 2\n'), packet('agent=git/2.0\n'), FLUSH])),
    code: 'INVALID_GIT_OBJECT',
    message: /not in git's protocol/,
  },
  {
    claim: 'refs without what the server can do',
    refs: sending(
      ADVERTISEMENT,
      Buffer.concat([packet('# service=git-upload-pack\n'), FLUSH, packet(`${COMMIT} HEAD\n`)]),
    ),
    code: 'INVALID_GIT_OBJECT',
    message: /not in git's protocol/,
  },
  {
    claim: 'refs that are cut off',
    refs: sending(ADVERTISEMENT, advertisement(COMMIT).subarray(0, -30)),
    code: 'INVALID_GIT_OBJECT',
    message: /the answer of .* is cut off/,
  },
  {
    claim: 'a reason among the refs',
    refs: sending(
      ADVERTISEMENT,
      Buffer.concat([packet('# service=git-upload-pack\n'), FLUSH, packet('ERR gone fishing\n')]),
    ),
    code: 'NETWORK_GIT_REFUSED',
    message: /gone fishing$/,
  },
  {
    claim: 'a page in place of the pack',
    pack: sending(TYPE, HTML),
    code: 'NETWORK_GIT_REFUSED',
    message: /HTTP status 200, text\/html/,
  },
  {
    claim: 'a question for who asks in place of the pack',
    pack: sending(TYPE, HTML, 401),
    code: 'NETWORK_AUTH',
    message: /HTTP status 401/,
    hint: /ATTUNE_GIT_TOKEN/,
  },
  {
    claim: 'a failure in place of the pack',
    pack: sending(TYPE, HTML, 502),
    code: 'NETWORK_GIT_REFUSED',
    message: /502/,
  },
  {
    claim: 'a reason in place of the pack',
    pack: sending(RESULT, packet('ERR upload-pack: out of patience')),
    code: 'NETWORK_GIT_REFUSED',
    message: /out of patience$/,
  },
  {
    claim: 'a reason on the channel for errors',
    pack: sending(RESULT, Buffer.concat([packet('NAK\n'), packet('\x03fatal: disk\n'), FLUSH])),
    code: 'NETWORK_GIT_REFUSED',
    message: /fatal: disk$/,
  },
  {
    claim: 'nothing but progress',
    pack: sending(RESULT, Buffer.concat([packet('NAK\n'), packet('\x02killed\n'), FLUSH])),
    code: 'NETWORK_GIT_REFUSED',
    message: /killed$/,
  },
  {
    claim: 'nothing at all',
    pack: sending(RESULT, Buffer.alloc(0)),
    code: 'NETWORK_GIT_REFUSED',
    message: /without a pack/,
  },
  {
    claim: 'lengths that cannot be',
    pack: sending(RESULT, Buffer.from('0003')),
    code: 'INVALID_GIT_OBJECT',
    message: /not in git's protocol/,
  },
  {
    claim: 'a pack whose last packet is cut off',
    pack: sending(RESULT, answerWith(RIGHT_PACK).subarray(0, -20)),
    code: 'INVALID_GIT_OBJECT',
    message: /the answer of .* is cut off/,
  },
  {
    claim: 'the first half of a pack',
    pack: sending(RESULT, answerWith(RIGHT_PACK.subarray(0, RIGHT_PACK.length / 2))),
    code: 'INVALID_GIT_OBJECT',
    message: /fetched pack/,
  },
  {
    claim: 'a connection that is cut within the pack',
    pack: (response) => {
      response.writeHead(200, { 'content-type': RESULT, 'content-length': '5000' });
      response.write(answerWith(RIGHT_PACK).subarray(0, 100), () => response.destroy());
    },
    code: 'NETWORK_UNREACHABLE',
    message: /the connection was cut/,
  },
  {
    claim: 'a pack with another trailer',
    pack: sending(RESULT, answerWith(Buffer.concat([RIGHT_PACK.subarray(0, -20), Buffer.alloc(20)]))),
    code: 'INVALID_GIT_OBJECT',
    message: /does not match its own checksum/,
  },
  {
    claim: 'a pack of something else',
    pack: sending(RESULT, answerWith(packfileOf(objectEntry('blob', Buffer.from('hello'))))),
    code: 'INVALID_GIT_OBJECT',
    message: new RegExp(`does not have ${COMMIT}`),
  },
];

describe('servers that answer wrongly', () => {
  for (const { claim, code, message, hint, ...answers } of ROWS) {
    it(`${claim}: it is told what came`, async (test) => {
      const url = await serve(test, answers);
      const error = await failureOf(fetchGitPack(test, url));
      assert.match(error.message, message);
      assert.equal(error.code, code);
      if (hint) assert.match(error.hint ?? '', hint);
    });
  }

  it('the right answers are taken, also compressed', async (test) => {
    const plain = await serve(test, {});
    assert.equal((await fetchGitPack(test, plain)).provenance.commit, COMMIT);
    const gzip = { 'content-encoding': 'gzip' };
    const refs = gzipSync(advertisement(COMMIT));
    const pack = gzipSync(answerWith(RIGHT_PACK));
    const compressed = await serve(test, {
      refs: sending(ADVERTISEMENT, refs, 200, gzip),
      pack: sending(RESULT, pack, 200, gzip),
    });
    assert.equal((await fetchGitPack(test, compressed)).provenance.commit, COMMIT);
  });
});

describe('the name of every object is the hash of what it is', () => {
  for (const kind of ['commit', 'tree', 'blob'] as const satisfies readonly ObjectKind[]) {
    const flipped = Buffer.from(OBJECTS[kind]);
    // In the last byte, where nothing but the hash sees it: of a message, of an id, of a version.
    flipped[flipped.length - 2] = (flipped[flipped.length - 2] as number) ^ 1;
    const base = Buffer.from('something to lean on');
    const forms: Readonly<Record<string, (content: Buffer) => Buffer[]>> = {
      'in full': (content) => [objectEntry(kind, content)],
      // Git makes deltas among objects of one kind only.
      'as a delta': (content) => [
        objectEntry(kind, base),
        refDelta(objectId(kind, base), replacingDelta(base.length, content)),
      ],
    };
    for (const [form, make] of Object.entries(forms)) {
      it(`a ${kind} ${form} with one bit flipped is refused`, async (test) => {
        const others = entriesOf(OBJECTS).filter((entry) => !entry.equals(objectEntry(kind, OBJECTS[kind])));
        const pack = (content: Buffer) => ({ pack: sending(RESULT, answerWith(packfileOf(...others, ...make(content)))) });
        assert.equal((await fetchGitPack(test, await serve(test, pack(OBJECTS[kind])))).provenance.commit, COMMIT);
        const error = await failureOf(fetchGitPack(test, await serve(test, pack(flipped))));
        assert.equal(error.code, 'INVALID_GIT_OBJECT');
        assert.match(error.message, /does not have|has no (tree|blob)/);
      });
    }
  }
});

describe('servers that take their time', () => {
  const dribbling = (begin: Buffer, piece: Buffer, type: string) => (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': type }).write(begin);
    const timer = setInterval(() => response.write(piece), 5);
    response.once('close', () => clearInterval(timer));
  };

  it('a pack that dribbles in for ever is given up', async (test) => {
    const url = await serve(test, { pack: dribbling(packet('NAK\n'), packet('\x02.'), RESULT) });
    const error = await failureOf(fetchGitPack(test, url, undefined, { timeoutMs: 20 }));
    assert.equal(error.code, 'NETWORK_TIMEOUT');
    assert.match(error.message, /after 0.2 s it is still not through with its answer/);
  });

  it('so are refs', async (test) => {
    const refs = dribbling(advertisement(COMMIT).subarray(0, -4), packet(`${COMMIT} refs/heads/x\n`), ADVERTISEMENT);
    const error = await failureOf(fetchGitPack(test, await serve(test, { refs }), undefined, { timeoutMs: 20 }));
    assert.equal(error.code, 'NETWORK_TIMEOUT');
  });
});

describe('a branch that moves meanwhile', () => {
  /** A server whose branch is force-pushed after it was advertised, and which forgets at once what it was. */
  async function moving(test: TestContext, move: (repository: Repository, bare: string) => void) {
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

  it('is looked up once more', async (test) => {
    const url = await moving(test, (repository, bare) => {
      repository.git('checkout', '--quiet', '--orphan', 'other');
      repository.commit({ 'pack.yaml': 'new' });
      repository.git('push', '--quiet', '--force', bare, 'HEAD:main');
    });
    for (const refSpec of ['main', undefined]) {
      assert.deepEqual((await fetchGitPack(test, url, refSpec)).files, ['644 pack.yaml: new']);
    }
  });

  it('and when it is gone, the refusal is told', async (test) => {
    const url = await moving(test, (repository, bare) => {
      repository.git('push', '--quiet', bare, 'HEAD:refs/heads/kept');
      repository.commit({ 'pack.yaml': 'new' });
      repository.git('push', '--quiet', '--force', bare, 'HEAD:refs/heads/kept');
      repository.git('--git-dir', bare, 'update-ref', '-d', 'refs/heads/main');
    });
    const error = await failureOf(fetchGitPack(test, url, 'main'));
    assert.match(error.code, /^NETWORK_GIT_REFUSED$/);
    assert.match(error.message, /not our ref/);
  });
});

describe('credentials', () => {
  it('do not follow when the request for the pack alone is redirected to another origin', async (test) => {
    const seen: (string | undefined)[] = [];
    const there = await serve(test, {
      pack: (response, { headers }) => {
        seen.push(headers.authorization);
        sending(RESULT, answerWith(RIGHT_PACK))(response);
      },
    });
    for (const status of [301, 302, 307, 308]) {
      const asked: (string | undefined)[] = [];
      const here = await serve(test, {
        pack: (response, { headers }) => {
          asked.push(headers.authorization);
          response.writeHead(status, { location: `${there}/git-upload-pack` }).end();
        },
      });
      await fetchGitPack(test, here.replace('://', '://ada:s3cret@'));
      assert.deepEqual(asked, [basicAuthorization('ada', 's3cret')]);
    }
    assert.deepEqual(seen, [undefined, undefined, undefined, undefined]);
  });
});

describe('what is told while a pack is fetched', () => {
  it('is how many bytes, objects and files there are, and nothing of what the server says', async (test) => {
    const heard: string[] = [];
    const units = new Map<ProgressUnit, string>();
    const listen = (text: string) => void heard.push(text);
    const reporter: Reporter = {
      step: listen,
      note: listen,
      warn: listen,
      activity: (what) => {
        listen(what);
        return {
          progress: (done, total, unit) => void units.set(unit, `${done} of ${total}`),
          [Symbol.dispose]() {},
        };
      },
    };
    const words = packet('\x02\x1b[2Jremote: Counting objects: 100%\r');
    const answer = Buffer.concat([words, answerWith(RIGHT_PACK).subarray(0, -4), words, FLUSH]);
    const url = await serve(test, { pack: sending(RESULT, answer) });
    await fetchGitPack(test, url, undefined, { reporter });
    assert.deepEqual(heard, [`Fetching ${url}`, `Unpacking ${url}`]);
    assert.equal(units.get('bytes'), `${RIGHT_PACK.length} of undefined`);
    assert.equal(units.get('objects'), '3 of 3');
    assert.equal(units.get('files'), '1 of 1');
  });
});
