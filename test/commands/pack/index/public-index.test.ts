import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { FIXTURES } from '../../../support/attune.ts';
import { createCliHarness, installedPacks, storeContents } from '../../../support/cli.ts';
import { startHttpServer } from '../../../support/http/server.ts';
import { writeFiles } from '../../../support/store.ts';

interface PublicEntry {
  readonly ref: string;
  readonly version: string;
  readonly install_sources: readonly { readonly type: string; readonly url: string; readonly ref?: string }[];
}

const index = join(FIXTURES, 'registry', 'public-index.json');
const entries: readonly PublicEntry[] = JSON.parse(readFileSync(index, 'utf8')).packs;

// The tests share one harness, because nothing is installed.
const harness = createCliHarness({ after }, { ATTUNE_REGISTRY_INDICES: index });

test('public index: all packs can be planned together without network access', async () => {
  const refs = entries.map(({ ref }) => ref);
  assert.equal(refs.length, 44);
  // One pack depends on core, which the public index does not have and the fixture index does.
  const variables = {
    ATTUNE_REGISTRY_INDICES: `${index},${join(FIXTURES, 'registry', 'index.json')}`,
    // Another pack requires a version of Node.
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  };
  const { status, document } = await harness.jsonWith(variables, 'pack', 'install', ...refs, '--dry-run', '--offline');
  assert.equal(status, 0, document.error?.message);
  // Some packs name programs without a constraint, which this machine may lack.
  const others = document.warnings.filter((text: string) => !/no program '[^']+' is on the PATH/.test(text));
  assert.deepEqual(others, []);
  const planned = new Map<string, { version: string; registry: string; source: { url: string } }>(
    document.packs.map((pack: { ref: string }) => [pack.ref, pack]),
  );
  assert.deepEqual([...planned.keys()].toSorted(), ['core', ...refs].toSorted());
  for (const { ref, version, install_sources: sources } of entries) {
    assert.equal(planned.get(ref)?.version, version);
    assert.equal(planned.get(ref)?.registry, 'index-1');
    assert.equal(planned.get(ref)?.source.url, sources[0]?.url);
  }
  assert.equal(planned.get('core')?.registry, 'index-2');
  const order = [...planned.keys()];
  assert.ok(order.indexOf('core') < order.indexOf('msexchange'));
});

test('public index: a missing dependency exits 6, in a dry run as in an installation', async () => {
  const dry = await harness.json('pack', 'install', 'msexchange', '--dry-run', '--offline');
  assert.equal(dry.status, 6);
  assert.match(dry.document.error.message, /msexchange 0\.1\.0 depends on core and no registry has core/);
  const { status, document } = await harness.json('pack', 'install', 'msexchange', '--offline');
  assert.equal(status, 6);
  assert.match(document.error.message, /msexchange 0\.1\.0 depends on core and no registry has core/);
});

for (const { ref, version } of [entries[0]!, entries[21]!, entries[43]!]) {
  test(`public index: ${ref} can be requested by its version; another version exits 4`, async () => {
    const args = (range: string) => ['pack', 'install', `${ref}@${range}`, '--dry-run', '--offline'];
    const { status, document } = await harness.json(...args(version));
    assert.equal(status, 0, document.error?.message);
    assert.equal(document.packs[0].version, version);
    const other = await harness.json(...args('>=99'));
    assert.equal(other.status, 4);
    assert.ok(other.document.error.message.includes(version));
  });
}

test('public index: an installation with --offline exits 9, names the sources and installs nothing', async () => {
  const [entry] = entries;
  const { status, document } = await harness.json('pack', 'install', entry!.ref, '--offline');
  assert.equal(status, 9);
  const { error } = document;
  assert.equal(error.code, 'NETWORK_NO_SOURCE');
  for (const { url } of entry!.install_sources) assert.ok(error.message.includes(url), `${url} is not named`);
  assert.match(error.message, /--offline forbids every connection/);
  assert.match(error.hint, /pack_registry\.mirrors in settings\.yaml/);
  assert.deepEqual(storeContents(harness), {});
  assert.deepEqual(await installedPacks(harness), []);
});

test('public index: an unreachable mirror is named in the error', async (t) => {
  const own = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });
  const cleaning: (() => Promise<void>)[] = [];
  const { origin } = await startHttpServer({ after: (clean) => cleaning.push(clean) }, {});
  for (const clean of cleaning) await clean();
  const mirrors = ['github.com', 'codeload.github.com'].map((host) => `    "https://${host}/": "${origin}/${host}/"\n`);
  writeFiles(own.config, { 'settings.yaml': `pack_registry:\n  mirrors:\n${mirrors.join('')}` });
  const [entry] = entries;
  const { status, stderr } = await own.attune('pack', 'install', entry!.ref);
  assert.equal(status, 9);
  assert.match(stderr, new RegExp(`Error: No source of ${entry!.ref} ${entry!.version} can be reached:`));
  assert.match(stderr, new RegExp(`Cannot reach ${origin}/github\\.com/.*the connection was refused`));
  assert.match(stderr, new RegExp(`Cannot reach ${origin}/codeload\\.github\\.com/.*the connection was refused`));
  assert.match(stderr, /^Hint: .*mirror/m);
  assert.deepEqual(storeContents(own), {});
});
