import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../cli/oclif/flags.ts';
import { exitStatusOf } from '../cli/report-error.ts';
import { doctorFailure, doctorView } from '../cli/views/doctor.ts';

export default class Doctor extends BaseCommand {
  static override summary = 'Check the installation and repair what is wrong.';
  static override description = [
    'Checks versions, the configuration, the database, links, releases, the presence and size of installed files, dependencies, leftovers of killed commands, disk space, the file system, permissions, the cache, the runtimes on the PATH, the registries and the clock. Nothing is changed without --fix.',
    'The exit status is 0 if there are only warnings, otherwise that of the most severe error: 10 for the store, 7 for files, 6 for unsatisfied dependencies. --fix makes links match the database, removes leftovers, removes write permissions of other users, and rebuilds a lost or damaged database from the releases; the old database is kept.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --fix',
    '<%= config.bin %> doctor --fix --dry-run',
    '<%= config.bin %> doctor --offline --json',
  ];
  static override flags = {
    fix: Flags.boolean({ summary: 'Repair what can be repaired' }),
    ...dryRunFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const runtime = await this.prepare(flags);
    const { runDoctor } = await import('../operations/doctor/run-doctor.ts');
    const report = await runDoctor({ offline: flags.offline, fix: flags.fix, dryRun: flags['dry-run'] }, runtime);
    const codes = report.findings.flatMap(({ status, code }) => (status === 'error' && code !== null ? [code] : []));
    await this.show(report, doctorView, exitStatusOf(codes), doctorFailure(report));
  }
}
