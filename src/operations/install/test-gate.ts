import { isAbsolute } from 'node:path';
import { AttuneError } from '../../errors.ts';
import type { TestReport } from '../../packs/test-report.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { EstablishedConfinement } from '../../testing/confinement/confine.ts';
import { passesGate } from '../../testing/results/verdict.ts';
import { runTests } from '../../testing/run-tests.ts';
import type { Confinement } from '../../testing/test-run.ts';
import type { Runtime } from '../runtime.ts';
import type { StagedPack } from '../staging/staged-content.ts';
import { isolateTests, notIsolated, type SandboxMode } from '../test/isolate-tests.ts';
import { type PreparedEnvironments, prepareEnvironments } from '../test/prepare-environments.ts';

export class TestsFailed extends AttuneError {
  /** @param mayForce false for a command without `--force` */
  constructor(report: TestReport, mayForce: boolean) {
    const force = mayForce ? 'anyway with --force, or ' : '';
    super('TESTS_FAILED', formatFailures(report), {
      facts: { report },
      hint: `See all results with 'attune pack test PATH --detailed'. Install ${report.pack_ref} ${force}without tests with --skip-tests.${isolationHint(report)}`,
    });
  }
}

function isolationHint({ confinement }: TestReport): string {
  if (confinement?.files !== 'isolated') return '';
  return ' The tests ran without access to your home and to the network; if you trust the pack and its tests need them, use --sandbox off.';
}

/** Returns a heading and a line for each failed test case. */
function formatFailures(report: TestReport): string {
  const { pack_ref: ref, pack_version: version, passed, total_tests: total } = report;
  const failures = report.test_suites.flatMap((suite) =>
    suite.test_cases
      .filter(({ status }) => status === 'failed')
      .map(
        ({ name, error_message }) =>
          `  ${suite.name}: ${name}${error_message ? `: ${error_message.split('\n')[0]}` : ''}`,
      ),
  );
  return [`The tests of ${ref} ${version} did not pass (${passed}/${total}):`, ...failures].join('\n');
}

/** How the tests of an installation are run. */
export interface TestPolicy {
  readonly sandbox: SandboxMode;
  /** `warn` installs packs in spite of failing tests; `skip` runs no tests. */
  readonly tests: 'run' | 'warn' | 'skip';
  /** Grants the network to isolated tests of packs that ask for it. */
  readonly allowTestNetwork: boolean;
}

export interface TestGateOptions extends TestPolicy {
  readonly skipTests: boolean;
  /** Installs packs in spite of failing tests, with a warning. */
  readonly force: boolean;
  /** False for a command without `--force`. */
  readonly mayForce?: boolean;
  /** Prepares the environments of the packs first and keeps them. */
  readonly env?: boolean | undefined;
}

/** A staged pack, and the registry that lists it. */
interface UntestedPack {
  readonly staged: StagedPack;
  readonly registry: string | undefined;
}

/**
 * Runs the tests of staged packs, one pack after another, because the tests of two packs could interfere.
 * @returns the packs with their test reports; without one where the tests are skipped or the pack has none
 * @throws TestsFailed, SandboxUnavailable
 */
export async function testStagedPacks<P extends UntestedPack>(
  packs: readonly P[],
  options: TestGateOptions,
  area: StagingArea,
  runtime: Runtime,
): Promise<(P & { readonly report: TestReport | undefined })[]> {
  const skips = options.skipTests || options.tests === 'skip';
  const tested = [];
  for (const pack of packs) {
    const { root, manifest } = pack.staged.pack;
    using prepared = options.env ? await prepareEnvironments({ root, ref: manifest.ref }, runtime) : undefined;
    const report = skips ? undefined : await runTestGate(pack, options, area, runtime, prepared);
    tested.push({ ...pack, report });
  }
  return tested;
}

/**
 * Runs the tests of a staged pack in a copy and applies `on_failure` and `min_pass_rate` of its manifest.
 * @param prepared the environments with the packages that the pack requires
 * @returns the report, or `undefined` if the pack has no tests
 * @throws TestsFailed, SandboxUnavailable
 */
async function runTestGate(
  pack: UntestedPack,
  options: TestGateOptions,
  area: StagingArea,
  runtime: Runtime,
  prepared?: PreparedEnvironments,
): Promise<TestReport | undefined> {
  const { testing } = pack.staged.pack.manifest;
  if (!testing?.enabled) return undefined;
  const { processes, clock, reporter, environment } = runtime;
  const workspace = area.newDirectory();
  const confined = await confinementOf(pack, workspace, options, runtime, prepared);
  const found = await runTests(
    pack.staged.pack,
    { workspace, environment: prepared?.environment, confinement: confined.confinement },
    { processes, clock, reporter, variables: environment.variables },
  );
  const report = { ...found, confinement: confined.report };
  if (passesGate(report, testing)) return report;
  const accepted = options.force || options.tests === 'warn';
  if (testing.onFailure === 'block' && !accepted) {
    prepared?.discard();
    throw new TestsFailed(report, options.mayForce ?? true);
  }
  if (testing.onFailure !== 'ignore' || options.tests === 'warn') reporter.warn(formatFailures(report));
  return report;
}

/** Isolates the tests of a pack that comes from elsewhere, and with `--sandbox require` those of every pack. */
async function confinementOf(
  pack: UntestedPack,
  workspace: string,
  { sandbox, allowTestNetwork }: TestGateOptions,
  runtime: Runtime,
  prepared: PreparedEnvironments | undefined,
): Promise<Omit<EstablishedConfinement, 'confinement'> & { readonly confinement?: Confinement }> {
  if (sandbox === 'off') return { report: notIsolated('switched_off') };
  if (sandbox === 'auto' && isNamedByPath(pack)) return { report: notIsolated('named_by_path') };
  const request = {
    pack: pack.staged.pack,
    workspace,
    environments: prepared?.report.map(({ path }) => path) ?? [],
    required: sandbox === 'require',
    allowNetwork: allowTestNetwork,
  };
  return isolateTests(request, runtime);
}

/** Returns true for a directory, an archive or a repository that the user named by its path. */
function isNamedByPath({ registry, staged: { provenance } }: UntestedPack): boolean {
  return registry === undefined && (provenance.type === 'directory' || isAbsolute(provenance.url));
}
