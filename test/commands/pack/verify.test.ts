import assert from 'node:assert/strict';
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliHarness, createCliHarness } from '../../support/cli.ts';
import { packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

async function harnessWith(t: TestContext, ...refs: string[]): Promise<CliHarness> {
  const harness = createCliHarness(t);
  for (const ref of refs) writeFiles(join(harness.directory, ref), packFiles({ ref }));
  const { status, stderr } = await harness.attune('pack', 'install', ...refs.map((ref) => `./${ref}`));
  assert.equal(status, 0, stderr);
  return harness;
}

test('pack verify: names every file that differs and exits 7', async (t) => {
  const harness = await harnessWith(t, 'core', 'net');
  const well = await harness.attune('pack', 'verify');
  assert.deepEqual(
    [well.status, well.stdout],
    [
      0,
      '✓ core 1.0.0 2 files\n✓ net 1.0.0 2 files\n✓ 2 releases verified: all files are as installed\n'.replaceAll(
        '\\n',
        '\n',
      ),
    ],
  );
  writeFileSync(join(harness.data, 'packs/core/pack.yaml'), 'ref: evil\n');
  rmSync(join(harness.data, 'packs/core/actions/run.yaml'));
  symlinkSync('/etc/passwd', join(harness.data, 'packs/core/lin\u001b[31mk'));
  const ill = await harness.attune('pack', 'verify', 'core');
  assert.equal(ill.status, 7, ill.stderr);
  assert.equal(
    ill.stdout,
    [
      '✗ core 1.0.0 3 differences',
      '    missing:    actions/run.yaml',
      "    extra:      lin\\u001b[31mk (a symbolic link to '/etc/passwd')",
      '    changed:    pack.yaml',
      '✗ 1 release of 1 damaged. Restore with: attune pack repair core --yes',
      '',
    ].join('\n'),
  );
  const { status, document } = await harness.json('pack', 'verify');
  assert.equal(status, 7);
  assert.equal(document.ok, false);
  assert.deepEqual(
    document.packs.map(({ ref, version, ok, changed, missing, extra, mode_changed }: Record<string, unknown>) => ({
      ref,
      version,
      ok,
      changed,
      missing,
      extra,
      mode_changed,
    })),
    [
      {
        ref: 'core',
        version: '1.0.0',
        ok: false,
        changed: ['pack.yaml'],
        missing: ['actions/run.yaml'],
        extra: ['lin\u001b[31mk'],
        mode_changed: [],
      },
      { ref: 'net', version: '1.0.0', ok: true, changed: [], missing: [], extra: [], mode_changed: [] },
    ],
  );
});

test('pack verify: what interpreters wrote is listed as generated and exits 0, and the pack needs no repair', async (t) => {
  const harness = await harnessWith(t, 'core', 'net');
  writeFiles(join(harness.data, 'packs/core'), { 'actions/__pycache__/run.cpython-312.pyc': 'x' });
  const { status, stdout } = await harness.attune('pack', 'verify', 'core');
  assert.deepEqual(
    [status, stdout],
    [
      0,
      [
        '✓ core 1.0.0 2 files',
        '    generated:  actions/__pycache__/run.cpython-312.pyc',
        '✓ 1 release verified: all files are as installed',
        '',
      ].join('\n'),
    ],
  );
  const { document } = await harness.json('pack', 'verify');
  assert.deepEqual(
    document.packs.map(({ ok, extra, generated }: Record<string, unknown>) => ({ ok, extra, generated })),
    [
      { ok: true, extra: [], generated: ['actions/__pycache__/run.cpython-312.pyc'] },
      { ok: true, extra: [], generated: [] },
    ],
  );
  const repaired = await harness.json('pack', 'repair', 'core', '--dry-run');
  assert.deepEqual([repaired.status, repaired.document.packs[0].action], [0, 'intact']);
});

test('pack verify: exits 0 without packs and 4 for a pack that is not installed', async (t) => {
  const harness = createCliHarness(t);
  const nothing = await harness.attune('pack', 'verify');
  assert.deepEqual([nothing.status, nothing.stdout], [0, 'No packs are installed.\n']);
  const unknown = await harness.json('pack', 'verify', 'core');
  assert.deepEqual([unknown.status, unknown.document.error.code], [4, 'NOT_FOUND_PACK']);
  assert.ok(!existsSync(join(harness.data, 'attune.db')));
});
