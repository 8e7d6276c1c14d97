import type { Interfaces } from '@oclif/core';
import type { Command } from '@oclif/core/command';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import packageJson from '../../package.json' with { type: 'json' };

export type CommandTable = Readonly<Record<string, Command.Class>>;

/**
 * attune as the plugin that oclif wants to find on a disk, made of what is in the bundle: the manifest says which
 * commands there are without loading one, the table has their classes.
 */
export function embeddedPlugin(root: string, commands: CommandTable): Interfaces.Plugin {
  const ids = Object.keys(manifest.commands);
  const findCommand = async (id: string): Promise<Command.Class> => {
    const command = commands[id];
    if (command === undefined) throw new Error(`command ${id} is in the manifest and not in COMMANDS`);
    command.id = id;
    return command;
  };
  const plugin = {
    _base: '',
    alias: packageJson.name,
    commandIDs: ids,
    commands: Object.entries(manifest.commands).map(([id, cached]) => ({
      ...(cached as unknown as Command.Cached),
      pluginType: 'core',
      load: () => findCommand(id),
    })),
    commandsDir: undefined,
    findCommand,
    hasManifest: true,
    hooks: {},
    isRoot: true,
    load: async () => {},
    moduleType: 'module',
    name: packageJson.name,
    options: { root },
    pjson: packageJson as unknown as Interfaces.PJSON,
    root,
    topics: Object.entries(packageJson.oclif.topics).map(([name, topic]) => ({ name, ...topic })),
    type: 'core',
    valid: true,
    version: packageJson.version,
  } satisfies Interfaces.Plugin;
  return plugin;
}
