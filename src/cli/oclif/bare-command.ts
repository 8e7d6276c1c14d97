import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';

/** A command that is found and started by attune itself, with no plugins, hooks or deprecations to look for. */
export abstract class StartedCommand extends Command {
  /** Runs one command line. @param argv the words after the command's name */
  static async start(
    this: new (
      argv: string[],
      config: Config,
    ) => StartedCommand,
    argv: readonly string[],
    config: Config,
  ): Promise<void> {
    await new this([...argv], config)._run();
  }

  protected override async init(): Promise<void> {}
}
