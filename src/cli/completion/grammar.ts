import packageJson from '../../../package.json' with { type: 'json' };
import { ALIASES } from '../command-line/spellings.ts';
import { MANIFEST_COMMANDS, type ManifestCommand, type ManifestFlag } from '../oclif/manifest.ts';

export interface FlagGrammar {
  readonly name: string;
  readonly summary: string;
  readonly char: string | undefined;
  readonly aliases: readonly string[];
  /** True if a value follows the flag. */
  readonly takesValue: boolean;
  readonly multiple: boolean;
  readonly options: readonly string[];
  /** True if the flag also has the form `--no-<name>`. */
  readonly negatable: boolean;
  readonly exclusive: readonly string[];
}

export interface ArgumentGrammar {
  readonly name: string;
  readonly options: readonly string[];
}

export interface CommandGrammar {
  /** The id of the command, such as `pack:install`, or an alias of it. */
  readonly id: string;
  /** The id of the command that an alias stands for; otherwise the same as `id`. */
  readonly target: string;
  readonly summary: string;
  readonly flags: readonly FlagGrammar[];
  readonly arguments: readonly ArgumentGrammar[];
  /** True if the last argument may be repeated. */
  readonly repeatable: boolean;
}

/** The commands, flags and arguments that completion offers. */
export interface Grammar {
  readonly commands: readonly CommandGrammar[];
  /** The descriptions of topics by name. */
  readonly topics: Readonly<Record<string, { readonly description: string }>>;
}

const HELP: FlagGrammar = flagGrammar('help', {
  type: 'boolean',
  char: 'h',
  summary: 'Show help for the command',
});

/** Returns the grammar from the manifest, so that completion and help show the same texts. */
export function programGrammar(): Grammar {
  const commands = Object.entries(MANIFEST_COMMANDS).flatMap(commandGrammar);
  return { commands: [...commands, ...aliasesOf(commands)], topics: packageJson.oclif.topics };
}

function aliasesOf(commands: readonly CommandGrammar[]): CommandGrammar[] {
  return Object.entries(ALIASES).flatMap(([id, target]) => {
    const command = commands.find((one) => one.id === target);
    return command === undefined ? [] : [{ ...command, id }];
  });
}

function commandGrammar([id, command]: [string, ManifestCommand]): CommandGrammar[] {
  if (command.hidden) return [];
  const flags = Object.entries(command.flags).filter(([, flag]) => !flag.hidden);
  const positional = Object.entries(command.args).filter(([, argument]) => !argument.hidden);
  return [
    {
      id,
      target: id,
      summary: command.summary ?? '',
      flags: [...flags.map(([name, flag]) => flagGrammar(name, flag)), HELP],
      arguments: positional.map(([name, { options = [] }]) => ({ name, options })),
      repeatable: command.strict === false,
    },
  ];
}

function flagGrammar(name: string, flag: ManifestFlag): FlagGrammar {
  return {
    name,
    summary: flag.summary ?? '',
    char: flag.char,
    aliases: flag.aliases ?? [],
    takesValue: flag.type === 'option',
    multiple: flag.multiple ?? false,
    options: flag.options ?? [],
    negatable: flag.allowNo ?? false,
    exclusive: flag.exclusive ?? [],
  };
}
