import type { Config } from '@oclif/core/config';
import type { StartedCommand } from './bare-command.ts';

/** A command that can be started; `id` is set before. */
export type CommandClass = typeof StartedCommand & (new (argv: string[], config: Config) => StartedCommand);

/** How each command is loaded, by its id, such as `pack:list`. */
export type CommandTable = Readonly<Record<string, () => Promise<{ readonly default: CommandClass }>>>;
