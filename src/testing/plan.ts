import { distance } from 'fastest-levenshtein';
import { AttuneError } from '../errors.ts';
import type {
  Manifest,
  ManifestTest,
  ResultFormat,
  RunnerType,
  TestingSection,
  TestRunner,
} from '../packs/manifest/types.ts';
import { RUNNER_TYPES } from '../packs/manifest/types.ts';
import { createRunner, discoverRunners } from './discover.ts';

/** A process to run, and how to read its results. */
export interface PlannedSuite {
  readonly name: string;
  /** The runner's name, which `--runtime` selects. */
  readonly runner: string;
  readonly type: RunnerType;
  /** A file or directory, relative to the pack; for `unittest` also a dotted name. */
  readonly target: string;
  /** A shell command. It takes precedence over the target. */
  readonly command: string | undefined;
  readonly timeoutSeconds: number;
  readonly resultFormat: ResultFormat | undefined;
  readonly resultPath: string | undefined;
}

const DEFAULT_TIMEOUT_SECONDS = 300;
const DEFAULT_DIRECTORY = 'tests';

/** A `--runtime` that matches no runner of the pack. */
export class UnknownRuntime extends AttuneError {
  constructor(ref: string, name: string, known: readonly string[]) {
    const nearest = known.toSorted((one, other) => distance(name, one) - distance(name, other))[0];
    super(
      'NOT_FOUND_RUNTIME',
      `Pack '${ref}' has no test runner '${name}'. Available runners: ${known.join(', ') || 'none'}.`,
      {
        facts: { pack_ref: ref, runtime: name, available: known },
        hint: nearest === undefined ? 'Add a runner to the pack.yaml.' : `Did you mean --runtime ${nearest}?`,
      },
    );
  }
}

export interface PlanRequest {
  /** The name of a runner, or a runner type. */
  readonly runtime?: string | undefined;
  /** Replaces every time limit of the manifest. */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * Plans the suites of a pack, in the order of the manifest.
 * @param packDirectory the pack's directory, which is searched for tests when the manifest defines no runner
 * @throws UnknownRuntime
 */
export function planSuites(
  manifest: Pick<Manifest, 'ref'>,
  testing: TestingSection,
  packDirectory: string,
  request: PlanRequest,
): PlannedSuite[] {
  const suites = allSuites(testing, packDirectory).map((suite) => ({
    ...suite,
    timeoutSeconds: request.timeoutSeconds ?? suite.timeoutSeconds,
  }));
  const { runtime } = request;
  if (runtime === undefined) return suites;
  const chosen = suites.filter(({ runner, type }) => runner === runtime || type === runtime);
  if (chosen.length > 0) return chosen;
  throw new UnknownRuntime(manifest.ref, runtime, [...new Set(suites.map(({ runner }) => runner))]);
}

function allSuites(testing: TestingSection, packDirectory: string): PlannedSuite[] {
  const { discovery, runners } = testing;
  switch (discovery.method) {
    case 'directory': {
      const actual = runners.length > 0 ? runners : discoverRunners(packDirectory, discovery.path);
      return actual.map((runner) => fromRunner(runner, testing, discovery.path));
    }
    case 'manifest':
      return discovery.tests.map((listed) => fromListedTest(listed, testing));
    case 'executable':
      return [
        fromRunner(createRunner('executable', 'command', { command: discovery.command }), testing, DEFAULT_DIRECTORY),
      ];
  }
}

function fromRunner(runner: TestRunner, testing: TestingSection, directory: string): PlannedSuite {
  return {
    name: runner.name,
    runner: runner.name,
    type: runner.type,
    target: runner.entryPoint ?? directory,
    command: runner.entryPoint === undefined || runner.type === 'command' ? runner.command : undefined,
    timeoutSeconds: runner.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    resultFormat: runner.resultFormat ?? testing.resultFormat,
    resultPath: runner.resultPath ?? testing.resultPath,
  };
}

/** Plans a listed test. Values that the test does not set come from its runner. */
function fromListedTest(listed: ManifestTest, testing: TestingSection): PlannedSuite {
  const runner = listed.runner ?? 'command';
  const type = RUNNER_TYPES.find((known) => known === runner);
  const base = testing.runners.find(({ name }) => name === runner) ?? createRunner(runner, type ?? 'command', {});
  const suite = fromRunner(base, testing, DEFAULT_DIRECTORY);
  return {
    ...suite,
    name: listed.name,
    command: listed.command ?? suite.command,
    timeoutSeconds: listed.timeoutSeconds ?? suite.timeoutSeconds,
  };
}
