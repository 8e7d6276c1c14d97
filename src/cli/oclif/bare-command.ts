import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import packageJson from '../../../package.json' with { type: 'json' };

/** The part of oclif's configuration that a command reads. */
type CommandConfig = Pick<Config, 'bin' | 'topicSeparator' | 'runHook' | 'scopedEnvVarKeys'>;

/** No plugins, hooks or themes: oclif's own `Config` would load the code that searches the disk for them. */
const MINIMAL_CONFIG: CommandConfig = {
  bin: packageJson.oclif.bin,
  topicSeparator: ' ',
  scopedEnvVarKeys: (key) => [`${packageJson.oclif.bin}_${key}`.toUpperCase()],
  runHook: async () => ({ successes: [], failures: [] }),
};

/** An oclif command that attune finds and starts itself, without oclif's plugins, hooks and deprecations. */
export abstract class BareCommand extends Command {
  /** @param argv the arguments after the name of the command */
  constructor(argv: readonly string[]) {
    // oclif asks for its whole configuration; a command reads only this part of it.
    super([...argv], MINIMAL_CONFIG as Config);
  }

  /** Parses and runs one command line. */
  static async start(this: new (argv: readonly string[]) => BareCommand, argv: readonly string[]): Promise<void> {
    await new this(argv)._run();
  }

  protected override async init(): Promise<void> {}
}

type CommandClass = typeof BareCommand & (new (argv: readonly string[]) => BareCommand);

/** The loaders of all commands by id, such as `pack:list`. */
export type CommandTable = Readonly<Record<string, () => Promise<{ readonly default: CommandClass }>>>;
