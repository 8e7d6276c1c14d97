import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { interruptible } from '../../cli/oclif/interruptible.ts';
import { packSelection, testFlags, testRequest } from '../../cli/oclif/test-flags.ts';
import { liveOutputFor } from '../../cli/progress/live-output.ts';
import { annotations } from '../../cli/views/test/annotations.ts';
import { testHistoryView } from '../../cli/views/test/history.ts';
import { presentPacks } from '../../cli/views/test/packs.ts';
import { type Presentation, presentPack } from '../../cli/views/test/report.ts';
import type { TestOutcome } from '../../operations/test/request.ts';

export default class PackTest extends BaseCommand {
  static override summary = 'Run the tests of packs.';
  static override description =
    'Runs the tests in a private copy of each pack. The exit status is 8 if the pass rate is below min_pass_rate or the coverage is too low. Runs of an installed pack are recorded. On a GitHub Actions runner, failures are annotated.';
  static override examples = [
    '<%= config.bin %> pack test',
    '<%= config.bin %> pack test ./my-pack --detailed',
    '<%= config.bin %> pack test ./my-pack --env --limits --sandbox --junit junit.xml',
    '<%= config.bin %> pack test ./my-pack --coverage-min 80 --lcov coverage.info',
    '<%= config.bin %> pack test ./my-pack --runtime python --watch',
    '<%= config.bin %> pack test packs --recursive --changed-since origin/main --json',
    '<%= config.bin %> pack test core --history',
  ];
  static override strict = false;
  static override args = {
    pack: Args.string({
      description: 'The path of a pack, its pack.yaml or an archive, or the ref of an installed pack',
      default: '.',
    }),
  };
  static override flags = { ...testFlags, ...lockTimeoutFlag };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(PackTest);
    const runtime = await this.prepare(flags);
    const { variables } = runtime.environment;
    const selection = packSelection(argv.length > 0 ? (argv as string[]) : [args.pack], flags);
    if (flags.history) {
      const { readTestHistory } = await import('../../operations/test/read-test-history.ts');
      return this.show(await readTestHistory(args.pack, runtime), testHistoryView);
    }
    using live = liveOutputFor(flags, variables, (text) => this.writeLive(Buffer.from(text)));
    const request = { ...testRequest(flags, live), pack: args.pack };
    const present = async <T>({ document, view, status, failure, annotated }: Presentation<T>) => {
      if (!flags.watch) live?.[Symbol.dispose]();
      await this.show(document, view, status, failure);
      const commands = annotations(annotated, variables);
      if (commands !== '') this.writeLive(Buffer.from(commands));
    };
    if (flags.watch) {
      const { watchTests } = await import('../../operations/test/watch-tests.ts');
      const onOutcome = (outcome: TestOutcome) => present(presentPack(outcome, flags));
      return interruptible((signal) => watchTests(request, runtime, { signal, onOutcome }));
    }
    if (selection) {
      const { testPacks } = await import('../../operations/test/test-packs.ts');
      return present(presentPacks(await testPacks(request, selection, runtime), flags));
    }
    const { testPack } = await import('../../operations/test/test-pack.ts');
    return present(presentPack(await testPack(request, runtime), flags));
  }
}
