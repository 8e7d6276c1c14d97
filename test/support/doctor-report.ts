import type { Finding } from '../../src/operations/doctor/run-doctor.ts';
import type { RunOptions, User, Users } from './users.ts';

/** The outcome of `attune doctor` for one user. */
export interface Checkup {
  readonly status: number | null;
  readonly findings: readonly Finding[];
  /** The findings that are warnings or errors. */
  readonly problems: readonly Finding[];
}

/** Runs `attune doctor --json` as a user. */
export async function runDoctorAs(users: Users, user: User, options: RunOptions, ...args: string[]): Promise<Checkup> {
  const { status, stdout } = await users.run(user, options, 'doctor', '--offline', '--json', ...args);
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  return { status, findings, problems: findings.filter((finding) => finding.status !== 'ok') };
}
