import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { checkReportView } from '../../cli/views/check/report.ts';
import { explainedRuleView, ruleListView } from '../../cli/views/check/rules.ts';

const FAILED = 3;

export default class PackCheck extends BaseCommand {
  static override summary = 'Check packs for errors before they are published.';
  static override description =
    'Checks the manifest, components, references, workflows, scripts, dependencies, tests, packaging and documentation. The exit status is 3 if there are errors. A file .attune-check.yaml in the pack sets levels (rules) and leaves out paths (ignore); a comment "# attune-ignore: CODE" on the line or the line above suppresses a diagnostic.';
  static override examples = [
    '<%= config.bin %> pack check',
    '<%= config.bin %> pack check ./my-pack --strict --rule docs-component=off',
    '<%= config.bin %> pack check packs --recursive --json',
    '<%= config.bin %> pack check --explain yaml-merge-key',
  ];
  static override strict = false;
  static override args = { path: Args.string({ description: 'The directories of packs (default: .)' }) };
  static override flags = {
    recursive: Flags.boolean({ summary: 'Check all packs below each path' }),
    strict: Flags.boolean({ summary: 'Exit with status 3 for warnings too' }),
    rule: Flags.string({
      summary: 'Set the level of a rule',
      helpValue: 'CODE=error|warning|off',
      multiple: true,
      multipleNonGreedy: true,
    }),
    explain: Flags.string({ summary: 'Explain a rule', helpValue: 'CODE', exclusive: ['list-rules'] }),
    'list-rules': Flags.boolean({ summary: 'List all rules' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackCheck);
    const runtime = await this.prepare(flags);
    if (flags.explain !== undefined || flags['list-rules']) return this.#explain(flags.explain);
    const { checkPacks } = await import('../../operations/check/check-packs.ts');
    const paths = argv.length > 0 ? (argv as string[]) : ['.'];
    const request = { paths, recursive: flags.recursive, rules: flags.rule ?? [] };
    const { report } = await checkPacks(request, runtime);
    const failed = !report.valid || (flags.strict && report.warnings > 0);
    await this.show(report, checkReportView(flags.verbose), failed ? FAILED : 0);
  }

  async #explain(code: string | undefined): Promise<void> {
    const { explainRule, listRules } = await import('../../operations/check/explain-rules.ts');
    if (code === undefined) return this.show(listRules(), ruleListView);
    return this.show(explainRule(code), explainedRuleView);
  }
}
