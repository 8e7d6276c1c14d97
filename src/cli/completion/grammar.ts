import manifest from '../../../oclif.manifest.json' with { type: 'json' };
import packageJson from '../../../package.json' with { type: 'json' };

export interface FlagGrammar {
  readonly name: string;
  readonly summary: string;
  readonly char: string | undefined;
  readonly aliases: readonly string[];
  /** It is followed by a value. */
  readonly valued: boolean;
  readonly multiple: boolean;
  readonly options: readonly string[];
  /** It is also known as `--no-<name>`. */
  readonly negatable: boolean;
  readonly exclusive: readonly string[];
}

export interface ArgumentGrammar {
  readonly name: string;
  readonly options: readonly string[];
}

export interface CommandGrammar {
  /** `pack:install` */
  readonly id: string;
  readonly summary: string;
  readonly flags: readonly FlagGrammar[];
  readonly arguments: readonly ArgumentGrammar[];
  /** The last argument may be given again and again. */
  readonly open: boolean;
}

/** The command lines that there are, as far as completion needs to know them. */
export interface Grammar {
  readonly commands: readonly CommandGrammar[];
  /** Descriptions of topics, by name. */
  readonly topics: Readonly<Record<string, { readonly description: string }>>;
}

/** As oclif.manifest.json has it. Every field that is not always there may be missing. */
interface ManifestCommand {
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly strict?: boolean;
  readonly flags: Readonly<Record<string, ManifestFlag>>;
  readonly args: Readonly<Record<string, { readonly options?: readonly string[]; readonly hidden?: boolean }>>;
}

interface ManifestFlag {
  readonly type: string;
  readonly summary?: string;
  readonly description?: string;
  readonly char?: string;
  readonly aliases?: readonly string[];
  readonly options?: readonly string[];
  readonly multiple?: boolean;
  readonly allowNo?: boolean;
  readonly hidden?: boolean;
  readonly exclusive?: readonly string[];
}

const HELP: FlagGrammar = flagOf('help', { type: 'boolean', summary: 'explain the command' });

/** The commands from the manifest that the help is made of, so that both always tell the same. */
export function programGrammar(): Grammar {
  const { commands } = manifest as unknown as { commands: Readonly<Record<string, ManifestCommand>> };
  return { commands: Object.entries(commands).flatMap(commandOf), topics: packageJson.oclif.topics };
}

function commandOf([id, command]: [string, ManifestCommand]): CommandGrammar[] {
  if (command.hidden) return [];
  const flags = Object.entries(command.flags).filter(([, flag]) => !flag.hidden);
  const positional = Object.entries(command.args).filter(([, argument]) => !argument.hidden);
  return [
    {
      id,
      summary: command.summary ?? '',
      flags: [...flags.map(([name, flag]) => flagOf(name, flag)), HELP],
      arguments: positional.map(([name, { options = [] }]) => ({ name, options })),
      open: command.strict === false,
    },
  ];
}

function flagOf(name: string, flag: ManifestFlag): FlagGrammar {
  return {
    name,
    summary: flag.summary ?? flag.description ?? '',
    char: flag.char,
    aliases: flag.aliases ?? [],
    valued: flag.type === 'option',
    multiple: flag.multiple ?? false,
    options: flag.options ?? [],
    negatable: flag.allowNo ?? false,
    exclusive: flag.exclusive ?? [],
  };
}
