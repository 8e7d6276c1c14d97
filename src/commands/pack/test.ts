import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag, type SharedFlags } from '../../cli/oclif/base-command.ts';
import { interruptible } from '../../cli/oclif/interruptible.ts';
import { LiveOutput, type LiveOutputPlace } from '../../cli/progress/live-output.ts';
import { annotations } from '../../cli/views/test/annotations.ts';
import { testHistoryView } from '../../cli/views/test/history.ts';
import { testReportText } from '../../cli/views/test/report.ts';
import { tapText } from '../../cli/views/test/tap.ts';
import type { Runtime } from '../../operations/runtime.ts';
import type { TestOutcome, TestRequest } from '../../operations/test/test-pack.ts';

const TESTS_FAILED = 8;
/** What makes no sense beside `--history`, which runs nothing. */
const FOR_RUNS = [
  'detailed',
  'runtime',
  'timeout',
  'env',
  'sandbox',
  'limits',
  'bail',
  'jobs',
  'junit',
  'tap',
  'watch',
];
const DOCUMENTS = ['json', 'yaml', 'format'];

export default class PackTest extends BaseCommand {
  static override summary = 'run the tests of a pack';
  static override description =
    'Runs them in a private copy of the pack. The report is printed whatever it says; the exit status is 8 when a test failed. Runs of an installed pack are recorded. On a GitHub Actions runner failures are annotated.';
  static override examples = [
    '<%= config.bin %> pack test ./my-pack --detailed',
    '<%= config.bin %> pack test core --json',
    '<%= config.bin %> pack test ./my-pack --runtime python --timeout 30',
    '<%= config.bin %> pack test ./my-pack --jobs 4 --junit reports/junit.xml',
    '<%= config.bin %> pack test ./my-pack --watch',
    '<%= config.bin %> pack test ./my-pack --env --limits --sandbox',
    '<%= config.bin %> pack test core --history',
  ];
  static override usage = 'pack test PACK [FLAGS]';
  static override args = {
    pack: Args.string({ description: 'the path of a pack, or the ref of an installed one', required: true }),
  };
  static override flags = {
    detailed: Flags.boolean({ char: 'd', summary: 'show every case, and what the failed ones printed' }),
    runtime: Flags.string({ summary: 'only the runner of this name or type' }),
    timeout: Flags.integer({ summary: 'seconds for each suite, instead of what the pack says', min: 1 }),
    env: Flags.boolean({
      summary: 'with the packages that requirements.txt and package-lock.json name, installed once',
    }),
    sandbox: Flags.boolean({ summary: 'without a network; an error where the system cannot do that' }),
    limits: Flags.boolean({ summary: 'limit memory, processor time and processes, as configured' }),
    bail: Flags.boolean({ summary: 'begin no other suite once one has failed' }),
    jobs: Flags.integer({ summary: 'how many suites run side by side', default: 1, min: 1, max: 64 }),
    junit: Flags.string({ summary: "also write the report to this file, in JUnit's XML", helpValue: 'FILE' }),
    tap: Flags.boolean({ summary: 'print the report as TAP 14', exclusive: [...DOCUMENTS, 'detailed'] }),
    watch: Flags.boolean({
      summary: 'run them again whenever the pack changes, until Ctrl-C',
      exclusive: [...DOCUMENTS, 'tap'],
    }),
    history: Flags.boolean({ summary: 'show the recorded runs instead, and their trend', exclusive: FOR_RUNS }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackTest);
    const runtime = await this.prepare(flags);
    if (flags.history) {
      const { readTestHistory } = await import('../../operations/test/read-test-history.ts');
      return this.show(await readTestHistory(args.pack, runtime), testHistoryView);
    }
    using live = this.#isLive(flags) ? new LiveOutput(this.#place(runtime)) : undefined;
    const request: TestRequest = {
      pack: args.pack,
      runtime: flags.runtime,
      timeoutSeconds: flags.timeout,
      env: flags.env,
      sandbox: flags.sandbox,
      limits: flags.limits,
      bail: flags.bail,
      jobs: flags.jobs,
      junitFile: flags.junit,
      observer: live,
    };
    const tell = (outcome: TestOutcome) => this.#tell(outcome, flags, runtime);
    if (flags.watch) await this.#watch(request, runtime, tell);
    else {
      const { testPack } = await import('../../operations/test/test-pack.ts');
      const outcome = await testPack(request, runtime);
      live?.[Symbol.dispose]();
      await tell(outcome);
    }
  }

  async #watch(request: TestRequest, runtime: Runtime, tell: (outcome: TestOutcome) => Promise<void>): Promise<void> {
    const { watchTests } = await import('../../operations/test/watch-tests.ts');
    await interruptible((signal) => watchTests(request, runtime, { signal, tell }));
  }

  /** A view gets its strings on one line each; a failed assertion has several, so the texts make them safe themselves. */
  async #tell(outcome: TestOutcome, flags: { tap: boolean; detailed: boolean }, runtime: Runtime): Promise<void> {
    const { report } = outcome;
    const exitCode = report.status === 'failed' ? TESTS_FAILED : 0;
    await this.show(
      report,
      (_, style) => (flags.tap ? tapText(report) : testReportText(report, flags.detailed, style)),
      exitCode,
    );
    const marks = annotations(outcome, runtime.environment.variables);
    if (marks !== '') this.writeLive(Buffer.from(marks));
  }

  #isLive({ verbose, json, yaml, format }: SharedFlags): boolean {
    return verbose && !json && !yaml && (format ?? 'table') === 'table';
  }

  #place({ environment }: Runtime): LiveOutputPlace {
    return {
      write: (text) => this.writeLive(Buffer.from(text)),
      githubActions: environment.variables['GITHUB_ACTIONS'] === 'true',
    };
  }
}
