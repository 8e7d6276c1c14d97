import * as Flags from '@oclif/core/flags';
import { PROGRESS_MODES, type ProgressMode } from '../progress/select-reporter.ts';

const GROUP = 'GLOBAL';

/** The flags of every command. */
export const sharedFlags = {
  json: Flags.boolean({ char: 'j', summary: 'Print one JSON document', exclusive: ['yaml'], helpGroup: GROUP }),
  yaml: Flags.boolean({ char: 'y', summary: 'Print one YAML document', helpGroup: GROUP }),
  format: Flags.string({
    summary: 'Print results in this format',
    options: ['table', 'json', 'yaml'],
    exclusive: ['json', 'yaml'],
    helpGroup: GROUP,
  }),
  quiet: Flags.boolean({ char: 'q', summary: 'Print only results and errors', helpGroup: GROUP }),
  progress: Flags.option({
    options: PROGRESS_MODES,
    summary: 'Show progress as a bar, as plain lines, as one JSON object per line on stderr, or not at all',
    default: 'auto' as const,
    helpGroup: GROUP,
  })(),
  verbose: Flags.boolean({
    char: 'v',
    summary: 'Print more details, including the causes of errors',
    helpGroup: GROUP,
  }),
  color: Flags.boolean({
    summary: 'Use colors on a terminal (NO_COLOR disables and FORCE_COLOR forces them)',
    default: true,
    allowNo: true,
    helpGroup: GROUP,
  }),
  'data-dir': Flags.directory({
    summary: 'Use this directory for packs and the database',
    helpValue: 'DIRECTORY',
    helpGroup: GROUP,
  }),
  offline: Flags.boolean({ summary: 'Do not use the network', helpGroup: GROUP }),
};

/** The parsed `sharedFlags`; `lock-timeout` if the command has it. */
export interface SharedFlags {
  readonly json: boolean;
  readonly yaml: boolean;
  readonly format: string | undefined;
  readonly quiet: boolean;
  readonly progress: ProgressMode;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly 'data-dir': string | undefined;
  readonly offline: boolean;
  readonly 'lock-timeout'?: number | undefined;
}

/** `--lock-timeout`, for every command that writes to the store or to a file of the user. */
export const lockTimeoutFlag = {
  'lock-timeout': Flags.integer({
    summary: 'Seconds to wait while another attune process writes to the same store or file',
    helpValue: 'SECONDS',
    default: 60,
    min: 0,
    helpGroup: GROUP,
  }),
};

export const dryRunFlag = {
  'dry-run': Flags.boolean({ summary: 'Show what would change, without changing anything' }),
};

export const yesFlag = { yes: Flags.boolean({ summary: 'Confirm; required where attune cannot prompt' }) };

export const jobsFlag = {
  jobs: Flags.integer({
    summary: 'Number of packs to fetch concurrently',
    helpValue: 'NUMBER',
    default: 4,
    min: 1,
    max: 64,
  }),
};

export const registryFlag = {
  registry: Flags.string({ summary: 'Use only this registry', helpValue: 'NAME' }),
};

export const allowWeakChecksumFlag = {
  'allow-weak-checksum': Flags.boolean({ summary: 'Accept SHA-1 and MD5 checksums' }),
};

/** How the tests of an installation are run. */
export const testPolicyFlags = {
  sandbox: Flags.option({
    options: ['auto', 'require', 'off'] as const,
    summary: 'Isolate the tests of downloaded packs if possible, of all packs, or of none',
    default: 'auto' as const,
  })(),
  tests: Flags.option({
    options: ['run', 'warn', 'skip'] as const,
    summary: 'Run the tests, only warn if they fail, or skip them',
    default: 'run' as const,
  })(),
  'allow-test-network': Flags.boolean({ summary: 'Allow isolated tests to use the network if the pack asks for it' }),
};

/** Returns the policy that the parsed `testPolicyFlags` state. */
export function testPolicy(flags: {
  readonly sandbox: 'auto' | 'require' | 'off';
  readonly tests: 'run' | 'warn' | 'skip';
  readonly 'allow-test-network': boolean;
}) {
  return { sandbox: flags.sandbox, tests: flags.tests, allowTestNetwork: flags['allow-test-network'] === true };
}
