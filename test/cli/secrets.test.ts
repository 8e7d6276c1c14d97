import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { contentsOf, createCliHarness } from '../support/cli.ts';
import { createRepository } from '../support/git/repository.ts';
import { startGitServer } from '../support/git/server.ts';
import { bytes, guarded, type Handler, page, redirect, truncated } from '../support/http/server.ts';
import { createCertificates } from '../support/http/tls.ts';
import { packArchive, packFiles, sha256Of, writeRegistry } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const USER = 'ada';
const SECRET = 'S3cret@t0ken';
const ESCAPED = encodeURIComponent(SECRET);
/** All forms in which the secret could leak. */
const FORMS = [
  SECRET,
  ESCAPED,
  ...[`${USER}:${SECRET}`, `x-access-token:${SECRET}`, `${USER}:${ESCAPED}`, SECRET].map((text) =>
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
  ),
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

/** A host without login, whose registry is served behind a header and as a mirror. */
const ELSEWHERE = 'https://packs.example';
const elsewhere = writeRegistry(temporaryDirectory({ after }), [
  {
    ref: 'by-archive',
    sources: [{ type: 'archive', url: `${ELSEWHERE}/by-archive.tar.gz`, checksum: sha256Of(archive) }],
  },
]);
const elsewhereIndex = bytes(contentsOf(dirname(elsewhere))['index.json'] ?? '');
routes['/mirrored.json'] = guarded(USER, SECRET, elsewhereIndex);
routes['/headed.json'] = (request, response) => {
  const allowed = request.headers.authorization === `Bearer ${SECRET}`;
  (allowed ? elsewhereIndex : page(403, 'No', 'text/plain'))(request, response);
};
routes['/cut.tar.gz'] = guarded(USER, SECRET, truncated(archive.subarray(0, 50)));
routes['/page.tar.gz'] = guarded(USER, SECRET, page(200, '<html>Sign in</html>'));

/** Responds with the URL and the credentials of the request. */
const echo: Handler = (request, response) => {
  const { authorization = '' } = request.headers;
  const login = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString('utf8');
  page(401, `${request.url}: you are ${authorization} (${login})`, 'text/plain')(request, response);
};
/** Returns a signed URL like those that storage services redirect to. */
const signed = (path: string) => `${path}?X-Amz-Signature=${ESCAPED}&X-Amz-Expires=60`;
const withToken = (path: string) => `${path}?access_token=${ESCAPED}`;
routes['/echo.tar.gz'] = echo;
routes['/signed-echo.tar.gz'] = redirect(signed('/echo'));
routes[signed('/echo')] = echo;
routes['/signed.tar.gz'] = redirect(signed('/store'));
routes[signed('/store')] = bytes(archive);
routes[withToken('/echo.tar.gz')] = echo;
routes[withToken('/by-archive.tar.gz')] = bytes(archive);
routes[`/${ESCAPED}/by-archive.tar.gz`] = bytes(archive);
routes[`/${ESCAPED}/echo.tar.gz`] = echo;
routes[`/${ESCAPED}/moved.tar.gz`] = redirect(`/${ESCAPED}/echo.tar.gz`);
const archiveAt = (url: string) => ({ type: 'archive', url, checksum: sha256Of(archive) }) as const;
const leaky = writeRegistry(temporaryDirectory({ after }), [
  {
    ref: 'by-archive',
    sources: [
      archiveAt(withLogin('/echo.tar.gz')),
      archiveAt(`${server.url}/signed-echo.tar.gz`),
      archiveAt(`${server.url}${withToken('/echo.tar.gz')}`),
      archiveAt(`${ELSEWHERE}/echo.tar.gz`),
      archiveAt(`${ELSEWHERE}/moved.tar.gz`),
      { type: 'git', url: `${ELSEWHERE}/gone.git`, ref: 'main', checksum: sha256Of('') },
    ],
  },
]);
const relative = writeRegistry(temporaryDirectory({ after }), [
  { ref: 'by-archive', sources: [archiveAt('by-archive.tar.gz')] },
]);
routes[`/${ESCAPED}/index.json`] = bytes(contentsOf(dirname(relative))['index.json'] ?? '');
const MIRROR_WITH_TOKEN = `pack_registry:
  mirrors: { "${ELSEWHERE}/": "${server.url}/\${ESCAPED}/" }
`;

/** Outside of the harness, whose contents are searched for the secret. */
const netrc = join(temporaryDirectory({ after }), 'netrc');
writeFileSync(netrc, `machine localhost login ${USER} password "${SECRET}"\n`);
const wrongNetrc = join(dirname(netrc), 'wrong');
writeFileSync(wrongNetrc, `machine localhost login another password "${SECRET}"\n`);

const CERTIFICATES = { NODE_EXTRA_CA_CERTS: certificates.authorityFile };

interface Row {
  readonly claim: string;
  readonly args: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly status: number;
}

const ROWS: readonly Row[] = [
  { claim: 'the URL of an archive', args: [withLogin('/by-archive.tar.gz')], status: 0 },
  { claim: 'the URL of a repository', args: [withLogin('/org/by-git.git')], status: 0 },
  {
    claim: 'a variable that the server rejects',
    args: [`${server.url}/org/by-git.git`],
    variables: { ATTUNE_GIT_TOKEN: SECRET },
    status: 9,
  },
  {
    claim: 'the URL of a source in an index',
    args: ['by-archive'],
    variables: { ATTUNE_REGISTRY_INDICES: index },
    status: 0,
  },
  { claim: 'the URL of a missing repository', args: [withLogin('/org/gone.git')], status: 9 },
  { claim: 'the URL of a missing archive', args: [withLogin('/gone.tar.gz')], status: 9 },
  {
    claim: 'the URL of an archive with a wrong checksum',
    args: [withLogin('/by-archive.tar.gz'), '--checksum', sha256Of('')],
    status: 7,
  },
  {
    claim: 'the URL of a source with a wrong checksum',
    args: ['altered'],
    variables: { ATTUNE_REGISTRY_INDICES: index },
    status: 7,
  },
  {
    claim: 'the URL of a missing source',
    args: ['gone'],
    variables: { ATTUNE_REGISTRY_INDICES: index },
    status: 9,
  },
  {
    claim: 'the URL of an invalid index',
    args: ['by-archive'],
    variables: { ATTUNE_REGISTRY_INDICES: withLogin('/index.json') },
    status: 3,
  },
  { claim: 'a URL with an unsupported scheme', args: [`ftp://${USER}:${ESCAPED}@${server.host}/x`], status: 2 },
  { claim: 'a URL without a host', args: [`https://${USER}:${ESCAPED}@/x.git`], status: 2 },
  { claim: 'a URL with a fragment', args: [`${withLogin('/x')}#main`], status: 2 },
  { claim: 'the URL of a truncated archive', args: [withLogin('/cut.tar.gz')], status: 9 },
  {
    claim: 'the URL of a page instead of an archive',
    args: [withLogin('/page.tar.gz'), '--checksum', sha256Of(archive)],
    status: 7,
  },
  { claim: 'the URL of an unknown host', args: [`https://${USER}:${ESCAPED}@none.invalid/x.git`], status: 9 },
  { claim: 'a URL with --offline', args: [withLogin('/by-archive.tar.gz'), '--offline'], status: 9 },
  {
    claim: 'a variable that the server accepts',
    args: [`${server.url}/org/by-git.git`],
    variables: { ATTUNE_GIT_TOKEN: `${USER}:${SECRET}` },
    status: 0,
  },
  {
    claim: 'a variable for one host',
    args: [`${server.url}/org/by-git.git`],
    variables: { [`ATTUNE_GIT_TOKEN_${server.host.toUpperCase().replace(/\W/g, '_')}`]: `${USER}:${SECRET}` },
    status: 0,
  },
  {
    claim: 'a netrc file that the server accepts',
    args: [`${server.url}/org/by-git.git`],
    variables: { NETRC: netrc },
    status: 0,
  },
  {
    claim: 'a netrc file that the server rejects',
    args: [`${server.url}/org/by-git.git`],
    variables: { NETRC: wrongNetrc },
    status: 9,
  },
  {
    claim: 'a header of a registry and the URL of a mirror of its packs',
    args: ['by-archive'],
    variables: { SECRET, ESCAPED },
    config: `pack_registry:
  indices: [{ name: ours, url: "${server.url}/headed.json", headers: { Authorization: "Bearer \${SECRET}" } }]
  mirrors: { "${ELSEWHERE}/": "https://${USER}:\${ESCAPED}@${server.host}/" }
`,
    status: 0,
  },
  {
    claim: 'a header that the server rejects',
    args: ['by-archive'],
    variables: { SECRET },
    config: `pack_registry:
  indices: [{ name: ours, url: "${server.url}/headed.json", headers: { Authorization: "Basic \${SECRET}" } }]
`,
    status: 9,
  },
  {
    claim: 'the URL of a mirror of a registry and its packs',
    args: ['by-archive'],
    variables: { ESCAPED },
    config: `pack_registry:
  indices: [{ name: ours, url: "${ELSEWHERE}/mirrored.json" }]
  mirrors: { "${ELSEWHERE}/": "https://${USER}:\${ESCAPED}@${server.host}/" }
`,
    status: 0,
  },
  {
    claim: 'the URL of a registry',
    args: ['by-archive'],
    variables: { ESCAPED },
    config: `pack_registry:
  indices: [{ name: ours, url: "https://${USER}:\${ESCAPED}@${server.host}/index.json" }]
`,
    status: 3,
  },
  {
    claim: 'the responses of servers',
    args: ['by-archive'],
    variables: { ESCAPED, ATTUNE_REGISTRY_INDICES: leaky },
    config: MIRROR_WITH_TOKEN,
    status: 9,
  },
  {
    claim: 'the response of a server to a variable',
    args: [`${server.url}/echo.tar.gz`],
    variables: { ATTUNE_GIT_TOKEN: SECRET },
    status: 9,
  },
  {
    claim: 'the signature of a URL after redirects',
    args: [`${server.url}/signed.tar.gz`, '--checksum', sha256Of('')],
    status: 7,
  },
  {
    claim: 'a query parameter',
    args: [`${server.url}${withToken('/by-archive.tar.gz')}`, '--type', 'archive'],
    status: 0,
  },
  {
    claim: 'the path of a mirror',
    args: ['by-archive'],
    variables: { ESCAPED, ATTUNE_REGISTRY_INDICES: elsewhere },
    config: MIRROR_WITH_TOKEN,
    status: 0,
  },
  {
    claim: 'the path of a registry',
    args: ['by-archive'],
    variables: { ESCAPED },
    config: `pack_registry:
  indices: [{ name: ours, url: "${server.url}/\${ESCAPED}/index.json" }]
`,
    status: 0,
  },
  {
    claim: 'a header and a mirror URL in the configuration',
    args: ['by-archive'],
    variables: { TOKEN: ESCAPED },
    config: `pack_registry:
  indices: [{ name: ours, url: "https://packs.example/index.json", headers: { Authorization: "Bearer \${TOKEN}" } }]
  mirrors: { "https://packs.example/": "https://${USER}:\${TOKEN}@${server.host}/nowhere/" }
`,
    status: 9,
  },
];

suite('secrets', { concurrency: 3 }, () => {
  for (const { claim, args, variables = {}, config, status } of ROWS) {
    test(`secrets: a secret in ${claim} is neither printed nor stored`, async (t) => {
      const harness = createCliHarness(t, CERTIFICATES);
      if (config !== undefined) writeFiles(harness.config, { 'settings.yaml': config });
      const runs = [
        await harness.attuneWith(variables, 'pack', 'install', ...args, '--verbose'),
        await harness.attuneWith(variables, 'pack', 'install', ...args, '--json', ...(status === 0 ? ['--force'] : [])),
      ];
      for (const run of runs) assert.equal(run.status, status, run.stderr + run.stdout);
      const stored = Object.entries(contentsOf(dirname(harness.data)));
      assert.ok(status !== 0 || stored.some(([path]) => path === 'data/attune.db'));
      for (const form of FORMS) {
        for (const { stdout, stderr } of runs) assert.ok(!`${stdout}${stderr}`.includes(form), `${stdout}${stderr}`);
        for (const [path, content] of stored) assert.ok(!content.includes(form), path);
      }
    });
  }
});
