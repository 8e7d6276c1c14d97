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
import { discoverRunners } from './discover.ts';

/** One process to run, and how its results are read. */
export interface PlannedSuite {
  readonly name: string;
  /** What `--runtime` selects it by. */
  readonly runner: string;
  readonly type: RunnerType;
  /** A file or directory of the pack, relative; for `unittest` also a dotted name. */
  readonly target: string;
  /** A line for the shell; it goes before the target. */
  readonly command: string | undefined;
  readonly timeoutSeconds: number;
  readonly resultFormat: ResultFormat | undefined;
  readonly resultPath: string | undefined;
}

const DEFAULT_TIMEOUT_SECONDS = 300;
const DEFAULT_DIRECTORY = 'tests';

/** `--runtime` names a runner that the pack has not. */
export class UnknownRuntime extends AttuneError {
  constructor(ref: string, name: string, known: readonly string[]) {
    const nearest = known.toSorted((one, other) => distance(name, one) - distance(name, other))[0];
    super('NOT_FOUND_RUNTIME', `Pack '${ref}' has no test runner '${name}'. It has: ${known.join(', ') || 'none'}.`, {
      facts: { pack_ref: ref, runtime: name, available: known },
      hint: nearest === undefined ? 'Add a runner to its pack.yaml.' : `Did you mean --runtime ${nearest}?`,
    });
  }
}

export interface PlanRequest {
  /** The name of a runner, or a runner type. */
  readonly runtime?: string | undefined;
  /** Takes the place of every time limit in the manifest. */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * What there is to run, in the order of the manifest.
 * @param packDirectory where the pack is, to look for tests where the manifest names no runner
 * @throws UnknownRuntime
 */
export function planSuites(
  manifest: Pick<Manifest, 'ref'>,
  testing: TestingSection,
  packDirectory: string,
  request: PlanRequest,
): PlannedSuite[] {
  const suites = suitesOf(testing, packDirectory).map((suite) => ({
    ...suite,
    timeoutSeconds: request.timeoutSeconds ?? suite.timeoutSeconds,
  }));
  const { runtime } = request;
  if (runtime === undefined) return suites;
  const chosen = suites.filter(({ runner, type }) => runner === runtime || type === runtime);
  if (chosen.length > 0) return chosen;
  throw new UnknownRuntime(manifest.ref, runtime, [...new Set(suites.map(({ runner }) => runner))]);
}

function suitesOf(testing: TestingSection, packDirectory: string): PlannedSuite[] {
  const { discovery, runners } = testing;
  switch (discovery.method) {
    case 'directory': {
      const named = runners.length > 0 ? runners : discoverRunners(packDirectory, discovery.path);
      return named.map((runner) => fromRunner(runner, testing, discovery.path));
    }
    case 'manifest':
      return discovery.tests.map((listed) => fromList(listed, testing));
    case 'executable':
      return [fromRunner(namedRunner('executable', 'command', discovery.command), testing, DEFAULT_DIRECTORY)];
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

/** A test of the list takes what it does not say itself from the runner that it names. */
function fromList(listed: ManifestTest, testing: TestingSection): PlannedSuite {
  const runner = listed.runner ?? 'command';
  const type = RUNNER_TYPES.find((known) => known === runner);
  const base = testing.runners.find(({ name }) => name === runner) ?? namedRunner(runner, type ?? 'command', undefined);
  const suite = fromRunner(base, testing, DEFAULT_DIRECTORY);
  return {
    ...suite,
    name: listed.name,
    command: listed.command ?? suite.command,
    timeoutSeconds: listed.timeoutSeconds ?? suite.timeoutSeconds,
  };
}

function namedRunner(name: string, type: RunnerType, command: string | undefined): TestRunner {
  return {
    name,
    type,
    entryPoint: undefined,
    command,
    timeoutSeconds: undefined,
    resultFormat: undefined,
    resultPath: undefined,
  };
}
