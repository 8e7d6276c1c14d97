import type { TestingDocument } from './schema.ts';
import type { ManifestTest, TestDiscovery, TestingSection, TestRunner } from './types.ts';

const DEFAULT_TEST_DIRECTORY = 'tests';

/** Converts the `testing` section (SPEC section 8) and applies defaults. */
export function readTesting(section: TestingDocument): TestingSection {
  return {
    enabled: section.enabled ?? true,
    discovery: readDiscovery(section.discovery),
    runners: Object.entries(section.runners ?? {}).map(([name, fields]) => readRunner(name, fields)),
    resultFormat: section.result_format ?? undefined,
    resultPath: section.result_path ?? undefined,
    minPassRate: section.min_pass_rate ?? 1,
    onFailure: section.on_failure ?? 'block',
    network: section.network ?? false,
  };
}

function readDiscovery(discovery: TestingDocument['discovery']): TestDiscovery {
  switch (discovery?.method) {
    case 'manifest':
      return { method: 'manifest', tests: (discovery.tests ?? []).map(readTest) };
    case 'executable':
      return { method: 'executable', command: discovery.command ?? '' };
    default:
      return { method: 'directory', path: discovery?.path ?? DEFAULT_TEST_DIRECTORY };
  }
}

type ListedTest = NonNullable<NonNullable<TestingDocument['discovery']>['tests']>[number];
type RunnerFields = NonNullable<TestingDocument['runners']>[string];

function readTest({ name, runner, command, timeout }: ListedTest): ManifestTest {
  return {
    name,
    runner: runner ?? undefined,
    command: command ?? undefined,
    timeoutSeconds: timeout ?? undefined,
  };
}

function readRunner(name: string, fields: RunnerFields): TestRunner {
  return {
    name,
    type: fields.type,
    entryPoint: fields.entry_point ?? undefined,
    command: fields.command ?? undefined,
    timeoutSeconds: fields.timeout ?? undefined,
    resultFormat: fields.result_format ?? undefined,
    resultPath: fields.result_path ?? undefined,
  };
}
