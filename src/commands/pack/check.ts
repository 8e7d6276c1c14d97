import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { checkFlags, checkFormat, sharedCheckFlags } from '../../cli/oclif/check-flags.ts';
import { printable } from '../../cli/text/sanitize.ts';
import { checkReportView } from '../../cli/views/check/report.ts';
import { explainedRuleView, ruleListView } from '../../cli/views/check/rules.ts';

const FAILED = 3;

export default class PackCheck extends BaseCommand {
  static override summary = 'Check packs for errors before they are published.';
  static override description =
    'Checks the manifest, components, references, workflows, scripts, dependencies, tests, packaging and documentation. The exit status is 3 if there are errors. A file .attune-check.yaml in the pack sets levels (rules) and leaves out paths (ignore); a comment "# attune-ignore: CODE" on the line or the line above suppresses a diagnostic. With --output, the report is written to a file and the table is printed.';
  static override examples = [
    '<%= config.bin %> pack check',
    '<%= config.bin %> pack check ./my-pack --strict --rule docs-component=off',
    '<%= config.bin %> pack check packs --recursive --format sarif --output check.sarif',
    '<%= config.bin %> pack check --fix --dry-run',
    '<%= config.bin %> pack check --explain yaml-merge-key',
  ];
  static override strict = false;
  static override args = { path: Args.string({ description: 'The directories of packs (default: .)' }) };
  static override flags = checkFlags;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackCheck);
    const runtime = await this.prepare(sharedCheckFlags(flags));
    if (flags.explain !== undefined || flags['list-rules']) return this.#explain(flags.explain);
    const { checkPacks } = await import('../../operations/check/check-packs.ts');
    const paths = argv.length > 0 ? (argv as string[]) : ['.'];
    const fix = flags.fix ? (flags['dry-run'] ? 'dry-run' : 'write') : 'no';
    const outcome = await checkPacks({ paths, recursive: flags.recursive, rules: flags.rule ?? [], fix }, runtime);
    const { report } = outcome;
    const status = !report.valid || (flags.strict && report.warnings > 0) ? FAILED : 0;
    const { strict, verbose } = flags;
    const { renderCheck } = await import('../../cli/views/check/render.ts');
    const options = { strict, verbose, attuneVersion: runtime.attuneVersion };
    const render = () => renderCheck(checkFormat(flags), outcome, options);
    if (flags.output !== undefined) {
      const { writeOutput } = await import('../../operations/check/write-output.ts');
      writeOutput(flags.output, render(), runtime);
    }
    const isTable = flags.output !== undefined || checkFormat(flags) === 'table';
    const view = isTable ? checkReportView(verbose) : render;
    await this.show(report, report.diff === undefined || !isTable ? view : () => printable(report.diff ?? ''), status);
  }

  async #explain(code: string | undefined): Promise<void> {
    const { explainRule, listRules } = await import('../../operations/check/explain-rules.ts');
    if (code === undefined) return this.show(listRules(), ruleListView);
    return this.show(explainRule(code), explainedRuleView);
  }
}
