import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RULES } from '../../src/checking/table.ts';
import { RULE_FAULTS, WORKFLOW_FAULTS } from '../support/checking/faults/automation.ts';
import { COMPONENT_FAULTS } from '../support/checking/faults/components.ts';
import { CODE_FAULTS, PACKAGE_FAULTS, PLATFORM_FAULTS } from '../support/checking/faults/files.ts';
import { MANIFEST_FAULTS } from '../support/checking/faults/manifest.ts';
import { diagnose, fix, located, type Planted, plant } from '../support/checking/planted.ts';
import { contentsOf, createCliHarness } from '../support/cli.ts';

const FAULTS = [
  MANIFEST_FAULTS,
  COMPONENT_FAULTS,
  RULE_FAULTS,
  WORKFLOW_FAULTS,
  PLATFORM_FAULTS,
  CODE_FAULTS,
  PACKAGE_FAULTS,
].flat();

/** Fixes after which the author still has something to decide, which another rule reports. */
const FOLLOW_UPS: Readonly<Record<string, readonly string[]>> = {
  'rule-secret-target': ['params-secret-default'],
  'deps-meta-drift': ['manifest-server-alias'],
};

const fixedCodes = new Set<string>();
for (const { expect, files } of FAULTS) {
  test(`check --fix: ${[expect].flat().join(' and ')} is corrected, or left as it is`, (t) =>
    check(t, { expect, files }));
}

function check(t: Parameters<typeof plant>[0], { files }: Planted): void {
  const pack = plant(t, files);
  const before = diagnose(pack);
  const contents = contentsOf(pack);
  const { fixed } = fix(pack);
  const after = diagnose(pack);
  const fixable = before.filter((diagnostic) => diagnostic.fix);
  assert.equal(fixed, fixable.length);
  for (const { code } of fixable) {
    assert.equal(RULES[code]?.fixable, true, `${code} is documented as fixable`);
    fixedCodes.add(code);
  }
  const left = before.filter((diagnostic) => !diagnostic.fix).map(located);
  const codes = fixable.flatMap(({ code }) => FOLLOW_UPS[code] ?? []);
  assert.deepEqual(
    after.map(located).filter((text) => !codes.includes(text.split(' ', 1)[0] ?? '')),
    left,
  );
  if (fixable.length === 0) assert.deepEqual(contentsOf(pack), contents);
  const once = contentsOf(pack);
  assert.equal(fix(pack).fixed, 0);
  assert.deepEqual(contentsOf(pack), once);
}

test('check --fix: every rule that is documented as fixable corrects a planted fault', () => {
  const documented = Object.keys(RULES).filter((code) => RULES[code]?.fixable);
  assert.deepEqual(
    documented.filter((code) => !fixedCodes.has(code)),
    [],
  );
});

test('pack check --fix: bytes outside the correction stay the same, also behind a byte order mark', async (t) => {
  const cli = createCliHarness(t);
  const text =
    'ref: demo.tool # \u{1F600}\r\nname: tool\r\ndescription: x\r\nversions: [{version: "1", is_default: yes}]\r\nexecution_config: {interpreter: {binary: t}}\r\n';
  const pack = plant(t, { 'runtimes/tool.yaml': `\u{FEFF}${text}` });
  const { status, document } = await cli.json('pack', 'check', pack, '--fix');
  assert.deepEqual([status, document.fixed, document.diagnostics], [0, 2, []]);
  assert.equal(
    readFileSync(join(pack, 'runtimes/tool.yaml'), 'utf8'),
    text.replace('is_default: yes', 'is_default: true'),
  );
});

test('pack check --fix --dry-run: prints a diff that patch(1) applies, and changes nothing', async (t) => {
  const cli = createCliHarness(t);
  const pack = plant(t, { 'triggers/tick.yaml': ['enabled: true', 'enabled: yes'], 'lib/.DS_Store': 'x' });
  const before = contentsOf(pack);
  const { stdout } = await cli.attune('pack', 'check', pack, '--fix', '--dry-run');
  assert.deepEqual(contentsOf(pack), before);
  assert.match(stdout, /^--- a\/triggers\/tick\.yaml\n\+\+\+ b\/triggers\/tick\.yaml\n@@ /m);
  const copy = join(cli.directory, 'copy');
  cpSync(pack, copy, { recursive: true });
  execFileSync('git', ['apply', '--unsafe-paths', `--directory=${copy}`], { input: stdout, cwd: '/' });
  await cli.attune('pack', 'check', pack, '--fix');
  assert.deepEqual(contentsOf(copy), contentsOf(pack));
  assert.equal((await cli.attune('pack', 'check', pack, '--dry-run')).status, 2);
});

test('pack check --fix: a link in place of a new file is not followed', (t) => {
  const pack = plant(t, { 'lib/.DS_Store': 'x' });
  const target = join(pack, '..', 'outside');
  symlinkSync(target, join(pack, '.attuneignore'));
  assert.equal(fix(pack).fixed, 0);
  assert.throws(() => readFileSync(target));
});
