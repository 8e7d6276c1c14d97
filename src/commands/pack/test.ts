import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { interruptible } from '../../cli/oclif/interruptible.ts';
import { testFlags, testRequest } from '../../cli/oclif/test-flags.ts';
import { liveOutputFor } from '../../cli/progress/live-output.ts';
import { annotations } from '../../cli/views/test/annotations.ts';
import { testHistoryView } from '../../cli/views/test/history.ts';
import { type TestReportFlags, testFailure, testReportView, testStatus } from '../../cli/views/test/report.ts';
import type { Runtime } from '../../operations/runtime.ts';
import type { TestOutcome } from '../../operations/test/test-pack.ts';

export default class PackTest extends BaseCommand {
  static override summary = 'Run the tests of a pack.';
  static override description =
    'Runs the tests in a private copy of the pack. The exit status is 8 if a test fails. Runs of an installed pack are recorded. On a GitHub Actions runner, failures are annotated.';
  static override examples = [
    '<%= config.bin %> pack test ./my-pack --detailed',
    '<%= config.bin %> pack test ./my-pack --runtime python --timeout 30',
    '<%= config.bin %> pack test ./my-pack --jobs 4 --junit reports/junit.xml',
    '<%= config.bin %> pack test ./my-pack --env --limits --sandbox',
    '<%= config.bin %> pack test ./my-pack --watch',
    '<%= config.bin %> pack test core --json',
    '<%= config.bin %> pack test core --history',
  ];
  static override args = {
    pack: Args.string({ description: 'The path of a pack, or the ref of an installed one', required: true }),
  };
  static override flags = { ...testFlags, ...lockTimeoutFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackTest);
    const runtime = await this.prepare(flags);
    if (flags.history) {
      const { readTestHistory } = await import('../../operations/test/read-test-history.ts');
      return this.show(await readTestHistory(args.pack, runtime), testHistoryView);
    }
    using live = liveOutputFor(flags, runtime.environment.variables, (text) => this.writeLive(Buffer.from(text)));
    const request = testRequest(args.pack, flags, live);
    if (flags.watch) {
      const { watchTests } = await import('../../operations/test/watch-tests.ts');
      const onOutcome = (outcome: TestOutcome) => this.#report(outcome, flags, runtime);
      return interruptible((signal) => watchTests(request, runtime, { signal, onOutcome }));
    }
    const { testPack } = await import('../../operations/test/test-pack.ts');
    const outcome = await testPack(request, runtime);
    live?.[Symbol.dispose]();
    await this.#report(outcome, flags, runtime);
  }

  async #report(outcome: TestOutcome, flags: TestReportFlags, { environment }: Runtime): Promise<void> {
    const { report } = outcome;
    await this.show(report, testReportView(report, flags), testStatus(report), testFailure(report));
    const commands = annotations(outcome, environment.variables);
    if (commands !== '') this.writeLive(Buffer.from(commands));
  }
}
