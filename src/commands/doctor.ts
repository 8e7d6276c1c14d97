import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../cli/oclif/base-command.ts';
import { exitStatusOf } from '../cli/report-error.ts';
import { doctorView } from '../cli/views/doctor.ts';

export default class Doctor extends BaseCommand {
  static override summary = 'find out whether everything is in order, and mend what is not';
  static override description = [
    'Looks at versions, the configuration, the database, links, releases, what killed commands left, disk space, the file system, permissions, the cache, the runtimes on the PATH, the registries and the clock. Nothing is changed without --fix.',
    'The report is printed whatever it says; the exit status is 0 when there are only warnings, and else that of the gravest error. --fix makes links and leftovers follow the database, closes what other users may write, and rebuilds a lost or damaged database from the releases, keeping the old one aside.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --fix',
    '<%= config.bin %> doctor --offline --json',
  ];
  static override flags = {
    fix: Flags.boolean({ summary: 'mend what can be mended' }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const runtime = await this.prepare(flags);
    const { examineAll } = await import('../operations/doctor/run-doctor.ts');
    const report = await examineAll({ offline: flags.offline, fix: flags.fix }, runtime);
    const codes = report.findings.flatMap(({ status, code }) => (status === 'error' && code !== null ? [code] : []));
    await this.show(report, doctorView, exitStatusOf(codes));
  }
}
