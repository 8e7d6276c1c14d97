import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/base-command.ts';
import { testReportView } from '../../cli/views/test-report.ts';

const TESTS_FAILED = 8;

export default class PackTest extends BaseCommand {
  static override summary = 'run the tests of a pack';
  static override description =
    'Runs them in a private copy of the pack. The report is printed whatever it says; the exit status is 8 when a test failed. Runs of an installed pack are recorded.';
  static override examples = [
    '<%= config.bin %> pack test ./my-pack --detailed',
    '<%= config.bin %> pack test core --json',
    '<%= config.bin %> pack test ./my-pack --runtime python --timeout 30',
  ];
  static override args = {
    pack: Args.string({ description: 'the path of a pack, or the ref of an installed one', required: true }),
  };
  static override flags = {
    detailed: Flags.boolean({ char: 'd', summary: 'show every case' }),
    runtime: Flags.string({ summary: 'only the runner of this name' }),
    timeout: Flags.integer({ summary: 'seconds for each suite, instead of what the pack says', min: 1 }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackTest);
    const runtime = await this.prepare(flags);
    const { testPack } = await import('../../operations/test-pack.ts');
    const live = flags.verbose && !flags.json ? (chunk: Uint8Array) => this.writeLive(chunk) : undefined;
    const report = await testPack(
      { pack: args.pack, runtime: flags.runtime, timeoutSeconds: flags.timeout, onOutput: live },
      runtime,
    );
    await this.show(report, testReportView(flags.detailed), report.status === 'failed' ? TESTS_FAILED : 0);
  }
}
