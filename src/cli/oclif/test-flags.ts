import * as Flags from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import type { CoverageRequest, TestRequest } from '../../operations/test/request.ts';
import type { PackSelection } from '../../operations/test/select-packs.ts';
import type { TestObserver } from '../../testing/test-run.ts';
import { UsageError } from './usage-error.ts';

const DOCUMENT_FLAGS = ['json', 'yaml', 'format'];
const WATCH = ['watch'];

/** The flags that select packs. */
const selectionFlags = {
  recursive: Flags.boolean({ summary: 'Test all packs below each path', exclusive: WATCH }),
  'changed-since': Flags.string({
    summary: 'Test only packs that differ from this branch, tag or commit, and packs that depend on them',
    helpValue: 'GIT-REF',
    exclusive: WATCH,
  }),
  shard: Flags.string({ summary: 'Test only part N of M of the packs', helpValue: 'N/M', exclusive: WATCH }),
};

const runFlags = {
  ...selectionFlags,
  detailed: Flags.boolean({ char: 'd', summary: 'Show every test case, and the output of failed ones' }),
  runtime: Flags.string({ summary: 'Run only the runner with this name or type', helpValue: 'NAME' }),
  timeout: Flags.integer({
    summary: 'Seconds per suite, instead of the timeouts in pack.yaml',
    helpValue: 'SECONDS',
    min: 1,
  }),
  env: Flags.boolean({ summary: 'Install the packages in requirements.txt and package-lock.json first' }),
  sandbox: Flags.boolean({ summary: 'Require isolation from the network and from your files' }),
  'allow-test-network': Flags.boolean({ summary: 'Allow isolated tests to use the network if the pack asks for it' }),
  limits: Flags.boolean({ summary: 'Limit memory, CPU time and processes, as configured' }),
  bail: Flags.boolean({ summary: 'Start no further suite after a failure' }),
  jobs: Flags.integer({
    summary: 'Number of suites to run concurrently',
    helpValue: 'NUMBER',
    default: 1,
    min: 1,
    max: 64,
  }),
  junit: Flags.string({ summary: 'Also write the report to this file as JUnit XML', helpValue: 'FILE' }),
  coverage: Flags.boolean({ summary: 'Measure which lines of the pack the tests execute' }),
  lcov: Flags.string({ summary: 'Measure coverage, and write it to this file as LCOV', helpValue: 'FILE' }),
  cobertura: Flags.string({
    summary: 'Measure coverage, and write it to this file as Cobertura XML',
    helpValue: 'FILE',
  }),
  'coverage-min': Flags.string({
    summary: 'Measure coverage, and fail below this percentage of lines',
    helpValue: 'PERCENT',
  }),
  tap: Flags.boolean({ summary: 'Print the report as TAP 14', exclusive: [...DOCUMENT_FLAGS, 'detailed'] }),
  watch: Flags.boolean({
    summary: 'Run the tests again whenever the pack changes, until Ctrl-C',
    exclusive: [...DOCUMENT_FLAGS, 'tap'],
  }),
};

/** The flags of `pack test`. */
export const testFlags = {
  ...runFlags,
  history: Flags.boolean({
    summary: 'Show the recorded runs and their trend instead of running tests',
    exclusive: Object.keys(runFlags),
  }),
};

export type TestFlags = InferredFlags<typeof testFlags>;

/** Returns the request for each pack. @throws UsageError */
export function testRequest(flags: TestFlags, observer: TestObserver | undefined): Omit<TestRequest, 'pack'> {
  return {
    runtime: flags.runtime,
    timeoutSeconds: flags.timeout,
    env: flags.env,
    sandbox: flags.sandbox,
    allowTestNetwork: flags['allow-test-network'],
    limits: flags.limits,
    bail: flags.bail,
    jobs: flags.jobs,
    ...{ junitFile: flags.junit, lcovFile: flags.lcov, coberturaFile: flags.cobertura },
    coverage: coverageRequest(flags),
    observer,
  };
}

/**
 * Returns the selection of several packs; `undefined` for a single pack, whose report stands alone.
 * @throws UsageError for flags that hold for a single pack only
 */
export function packSelection(packs: readonly string[], flags: TestFlags): PackSelection | undefined {
  const { recursive = false, 'changed-since': changedSince, shard: given, watch, history } = flags;
  const shard = given === undefined ? undefined : parseShard(given);
  if (packs.length === 1 && !recursive && changedSince === undefined && shard === undefined) return undefined;
  if (watch || history) {
    const flag = watch ? '--watch' : '--history';
    throw new UsageError(`${flag} takes one pack, not ${packs.length}.`, `Run one command with ${flag} for each pack.`);
  }
  return { packs, recursive, changedSince, shard };
}

function parseShard(text: string): PackSelection['shard'] {
  const [, index, count] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number);
  if (index !== undefined && count !== undefined && index >= 1 && index <= count) return { index, count };
  throw new UsageError(`--shard is not a part of a whole: '${text}'.`, 'Pass N/M with N from 1 to M, such as 1/3.');
}

/** Returns the request for coverage, which each of its flags makes; `undefined` without them. @throws UsageError */
function coverageRequest(flags: Partial<TestFlags>): CoverageRequest | undefined {
  const { coverage, lcov, cobertura, 'coverage-min': minimum } = flags;
  if (minimum !== undefined) return { minPct: parsePercentage(minimum) };
  return coverage || lcov !== undefined || cobertura !== undefined ? { minPct: undefined } : undefined;
}

function parsePercentage(text: string): number {
  const value = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (value >= 0 && value <= 100) return value;
  throw new UsageError(`--coverage-min is not a percentage: '${text}'.`, 'Pass a number from 0 to 100, such as 80.');
}
