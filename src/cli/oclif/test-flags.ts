import * as Flags from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import type { TestRequest } from '../../operations/test/test-pack.ts';
import type { TestObserver } from '../../testing/test-run.ts';

const DOCUMENT_FLAGS = ['json', 'yaml', 'format'];

const runFlags = {
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

/** @param pack the path of a pack, or the ref of an installed one */
export function testRequest(
  pack: string,
  flags: InferredFlags<typeof testFlags>,
  observer: TestObserver | undefined,
): TestRequest {
  return {
    pack,
    runtime: flags.runtime,
    timeoutSeconds: flags.timeout,
    env: flags.env,
    sandbox: flags.sandbox,
    allowTestNetwork: flags['allow-test-network'],
    limits: flags.limits,
    bail: flags.bail,
    jobs: flags.jobs,
    junitFile: flags.junit,
    observer,
  };
}
