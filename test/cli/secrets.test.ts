import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { createRepository } from '../world/git-repository.ts';
import { startGitServer } from '../world/git-server.ts';
import { bytes, guarded } from '../world/http-server.ts';
import { packArchive, packFiles, sha256Of, writeRegistry } from '../world/registry.ts';
import { writeFiles } from '../world/store.ts';
import { temporaryDirectory } from '../world/temporary.ts';
import { createCertificates } from '../world/tls.ts';
import { contentsOf, createCliWorld } from './world.ts';

const USER = 'ada';
const SECRET = 'S3cret@t0ken';
const ESCAPED = encodeURIComponent(SECRET);
/** Every form in which it could give itself away. */
const FORMS = [
  SECRET,
  ESCAPED,
  Buffer.from(`${USER}:${SECRET}`).toString('base64'),
  Buffer.from(SECRET).toString('hex'),
];

const certificates = createCertificates({ after });
const archive = packArchive(packFiles({ ref: 'by-archive' }));
const repository = createRepository({ after }, packFiles({ ref: 'by-git' }));
const served = temporaryDirectory({ after });
mkdirSync(join(served, 'org'));
repository.bareCopy(join(served, 'org', 'by-git.git'));

const routes: Record<string, ReturnType<typeof bytes>> = {
  '/by-archive.tar.gz': guarded(USER, SECRET, bytes(archive)),
};
const server = await startGitServer({ after }, served, {
  tls: certificates,
  login: { user: USER, password: SECRET },
  intercept: (request, response) => {
    const route = routes[request.url ?? ''];
    route?.(request, response);
    return route !== undefined;
  },
});
const withLogin = (path: string) => `https://${USER}:${ESCAPED}@${server.host}${path}`;
const index = writeRegistry(temporaryDirectory({ after }), [
  {
    ref: 'by-archive',
    sources: [{ type: 'archive', url: withLogin('/by-archive.tar.gz'), checksum: sha256Of(archive) }],
  },
  { ref: 'altered', sources: [{ type: 'archive', url: withLogin('/by-archive.tar.gz'), checksum: sha256Of('') }] },
  { ref: 'gone', sources: [{ type: 'git', url: withLogin('/org/gone.git'), ref: 'main', checksum: sha256Of('') }] },
]);
routes['/index.json'] = guarded(USER, SECRET, bytes(JSON.stringify(contentsOf(dirname(index))['index.json'])));

const CERTIFICATES = { NODE_EXTRA_CA_CERTS: certificates.authorityFile };

interface Row {
  readonly claim: string;
  readonly words: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly status: number;
}

const ROWS: readonly Row[] = [
  { claim: 'the URL of an archive', words: [withLogin('/by-archive.tar.gz')], status: 0 },
  { claim: 'the URL of a repository', words: [withLogin('/org/by-git.git')], status: 0 },
  {
    claim: 'a variable',
    words: [`${server.url}/org/by-git.git`],
    variables: { ATTUNE_GIT_TOKEN: SECRET },
    status: 9,
  },
  {
    claim: 'the URL of a source in an index',
    words: ['by-archive'],
    variables: { ATTUNE_REGISTRY_INDICES: index },
    status: 0,
  },
  { claim: 'the URL of a repository that is not there', words: [withLogin('/org/gone.git')], status: 9 },
  { claim: 'the URL of an archive that is not there', words: [withLogin('/gone.tar.gz')], status: 9 },
  {
    claim: 'the URL of an archive with another checksum',
    words: [withLogin('/by-archive.tar.gz'), '--checksum', sha256Of('')],
    status: 7,
  },
  {
    claim: 'the URL of a source with another checksum',
    words: ['altered'],
    variables: { ATTUNE_REGISTRY_INDICES: index },
    status: 7,
  },
  {
    claim: 'the URL of a source that is not there',
    words: ['gone'],
    variables: { ATTUNE_REGISTRY_INDICES: index },
    status: 9,
  },
  {
    claim: 'the URL of an index that is none',
    words: ['by-archive'],
    variables: { ATTUNE_REGISTRY_INDICES: withLogin('/index.json') },
    status: 3,
  },
  { claim: 'a URL that names no pack', words: [`ftp://${USER}:${ESCAPED}@${server.host}/x`], status: 2 },
  { claim: 'a URL without a host', words: [`https://${USER}:${ESCAPED}@/x.git`], status: 2 },
  { claim: 'a URL with a fragment', words: [`${withLogin('/x')}#main`], status: 2 },
  {
    claim: 'a header and a mirror of the configuration',
    words: ['by-archive'],
    variables: { TOKEN: ESCAPED },
    config: `pack_registry:
  indices: [{ name: ours, url: "https://packs.example/index.json", headers: { Authorization: "Bearer \${TOKEN}" } }]
  mirrors: { "https://packs.example/": "https://${USER}:\${TOKEN}@${server.host}/nowhere/" }
`,
    status: 9,
  },
];

for (const { claim, words, variables = {}, config, status } of ROWS) {
  test(`a secret in ${claim} appears nowhere`, async (t) => {
    const world = createCliWorld(t, CERTIFICATES);
    if (config !== undefined) writeFiles(world.config, { 'config.yaml': config });
    const runs = [
      await world.attuneWith(variables, 'pack', 'install', ...words, '--verbose'),
      await world.attuneWith(variables, 'pack', 'install', ...words, '--json', ...(status === 0 ? ['--force'] : [])),
    ];
    for (const run of runs) assert.equal(run.status, status, run.stderr + run.stdout);
    const kept = Object.entries(contentsOf(dirname(world.data)));
    assert.ok(status !== 0 || kept.some(([path]) => path === 'data/attune.db'));
    for (const form of FORMS) {
      for (const { stdout, stderr } of runs) assert.ok(!`${stdout}${stderr}`.includes(form), `${stdout}${stderr}`);
      for (const [path, content] of kept) assert.ok(!content.includes(form), path);
    }
  });
}
