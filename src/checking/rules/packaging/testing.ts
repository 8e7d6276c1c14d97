import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { PackModel, YamlFile } from '../../../packs/components/pack-model.ts';
import { manifestProblems } from '../../../packs/manifest/manifest.ts';
import { error, family, info, type Place, placeOf, type Report, warning } from '../../rule.ts';
import { at, atKey, atStart, field, isBlank, textOf } from '../../values.ts';

type Code =
  | 'testing-invalid'
  | 'testing-runner-type'
  | 'testing-sh-bashism'
  | 'testing-missing'
  | 'testing-file-not-run';

export const testingRules = family<Code>({
  title: 'Tests',
  rules: {
    'testing-invalid': error(
      '`testing` has no `enabled`, `discovery.method` or `runners`, a wrong value, or an entry point that does not exist.',
      'testing: {enabled: false}',
      'Registration fails on the platform, or no test runs.',
    ),
    'testing-runner-type': error(
      'A runner type is unknown, or exists in attune only.',
      'type: nose',
      'The tests fail; on the platform only script, unittest and pytest run.',
    ),
    'testing-sh-bashism': warning(
      'A `.sh` test is written for bash.',
      '#!/bin/bash in tests/run_tests.sh',
      'The platform runs `.sh` files with `/bin/sh`.',
    ),
    'testing-missing': info(
      'The pack has no tests.',
      'pack.yaml without testing',
      'Installation cannot verify the pack.',
    ),
    'testing-file-not-run': info('No runner reaches a test file.', 'tests/test_runtime.py', 'The tests never run.'),
  },
  check(pack, report) {
    const { manifest } = pack;
    if (!manifest?.root) return;
    const testing = field(manifest.root, 'testing');
    for (const problem of manifest.document ? manifestProblems(manifest.document) : []) {
      if (problem.rule === 'testing-invalid' || problem.rule === 'testing-runner-type')
        report(
          problem.rule,
          valuePlace(manifest, problem.field) ?? placeOf(problem),
          `${problem.field}: ${problem.message}`,
        );
    }
    if (!testing || testing.value === null) reportMissing(pack, manifest, report);
    else if (testing.kind === 'mapping') checkTesting(pack, manifest, testing, report);
  },
});

function valuePlace(manifest: YamlFile, name: string): Place | undefined {
  const node = /^[\w.-]+$/.test(name) ? field(manifest.root, ...name.split('.')) : undefined;
  return node && at(manifest, node);
}

const TEST_FILE = /^tests\/(?:.*\/)?(?:test_[^/]*|[^/]*_test|[^/]*\.test)\.(?:py|[cm]?js|sh)$/s;

function testFiles({ listing }: PackModel): string[] {
  return [...listing.files.keys()].filter((path) => TEST_FILE.test(path));
}

function reportMissing(pack: PackModel, manifest: YamlFile, report: Report<Code>): void {
  const files = testFiles(pack);
  const message = files.length > 0 ? `no section testing runs ${files[0]}` : 'the pack has no tests';
  report('testing-missing', atStart(manifest), message, { severity: files.length > 0 ? 'warning' : 'info' });
}

const ATTUNE_ONLY = ['node', 'jest', 'mocha', 'command'];

function checkTesting(pack: PackModel, manifest: YamlFile, testing: YamlNode, report: Report<Code>): void {
  const missing = (name: string) =>
    report('testing-invalid', atKey(manifest, testing), `the platform needs testing.${name}`);
  if (field(testing, 'enabled') === undefined) missing('enabled');
  if (isBlank(field(testing, 'discovery', 'method'))) missing('discovery.method');
  if (field(testing, 'runners')?.kind !== 'mapping') missing('runners');
  for (const [name, runner] of field(testing, 'runners')?.entries ?? []) {
    const type = field(runner, 'type');
    if (type && ATTUNE_ONLY.includes(String(type.value)))
      report('testing-runner-type', at(manifest, type), `the platform does not run ${String(type.value)}`, {
        severity: 'info',
      });
    checkEntry(pack, manifest, name, runner, report);
  }
  for (const node of [
    field(testing, 'result_format'),
    ...runnersOf(testing).map((runner) => field(runner, 'result_format')),
  ]) {
    if (node?.value === 'json')
      report('testing-runner-type', at(manifest, node), 'the platform does not read json results', {
        severity: 'info',
      });
  }
  checkReach(pack, testing, report);
}

function runnersOf(testing: YamlNode): YamlNode[] {
  return [...(field(testing, 'runners')?.entries.values() ?? [])];
}

function checkEntry(pack: PackModel, manifest: YamlFile, name: string, runner: YamlNode, report: Report<Code>): void {
  const entry = field(runner, 'entry_point');
  const path = textOf(entry)?.replace(/^\.\//, '').replace(/\/$/, '');
  if (!entry || path === undefined) {
    const type = field(runner, 'type')?.value;
    if (runner.kind === 'mapping' && ['script', 'unittest', 'pytest'].includes(String(type)))
      report('testing-invalid', atKey(manifest, runner), `the platform needs entry_point in ${name}`);
    return;
  }
  if (
    !pack.listing.files.has(path) &&
    !pack.listing.directories.has(path) &&
    !/(?:^|\/)\.\.(?:\/|$)|^\/|^[\w.]+$/.test(path)
  ) {
    report('testing-invalid', at(manifest, entry), `there is no ${path}`);
    return;
  }
  const script = pack.text(path);
  if (field(runner, 'type')?.value !== 'script' || !path.endsWith('.sh') || !script) return;
  const bashism = /^#!.*\bbash\b|\[\[ |\bdeclare -|^\s*function \w|<\(|\$\{\w+\[|\bshopt\b|&>/m.exec(script.text);
  if (!bashism) return;
  const span = { start: bashism.index, end: bashism.index + bashism[0].length };
  report('testing-sh-bashism', { file: script, span }, 'the platform runs this file with /bin/sh');
}

/** Reports test files that no entry point is, contains or mentions. */
function checkReach(pack: PackModel, testing: YamlNode, report: Report<Code>): void {
  const method = field(testing, 'discovery', 'method')?.value;
  if (method === 'executable' || method === 'manifest') return;
  const entries = runnersOf(testing).map((runner) => textOf(field(runner, 'entry_point'))?.replace(/^\.\//, ''));
  if (entries.some((entry) => entry === undefined)) return;
  const texts = entries.map((entry) => pack.text(entry ?? '')?.text ?? '');
  const usesPytest = runnersOf(testing).some((runner) => field(runner, 'type')?.value === 'pytest');
  for (const path of testFiles(pack)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const reached = entries.some((entry) => entry === path || path.startsWith(`${entry?.replace(/\/$/, '')}/`));
    const mentioned = texts.some((text) => text.includes(name) || text.includes(name.replace(/\.\w+$/, '')));
    if (reached || mentioned) continue;
    const needsPytest = !usesPytest && /^\s*(?:import|from)\s+pytest\b/m.test(pack.text(path)?.text ?? '');
    const message = needsPytest ? 'the file needs pytest, which no runner is' : 'no runner reaches this file';
    report('testing-file-not-run', { path }, message, { severity: needsPytest ? 'warning' : 'info' });
  }
}
