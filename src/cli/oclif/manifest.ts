import manifest from '../../../oclif.manifest.json' with { type: 'json' };

/** A command as oclif.manifest.json describes it. */
export interface ManifestCommand {
  readonly id: string;
  readonly summary?: string;
  readonly description?: string;
  readonly hidden?: boolean;
  readonly strict?: boolean;
  readonly flags: Readonly<Record<string, ManifestFlag>>;
  readonly args: Readonly<Record<string, ManifestArgument>>;
}

export interface ManifestFlag {
  /** `boolean` or `option`. */
  readonly type: string;
  readonly summary?: string;
  readonly char?: string;
  readonly aliases?: readonly string[];
  readonly options?: readonly string[];
  readonly multiple?: boolean;
  readonly allowNo?: boolean;
  readonly hidden?: boolean;
  readonly exclusive?: readonly string[];
}

export interface ManifestArgument {
  readonly description?: string;
  readonly options?: readonly string[];
  readonly hidden?: boolean;
}

/** The commands by id, such as `pack:install`: help and completion are made from them without loading a command. */
export const MANIFEST_COMMANDS: Readonly<Record<string, ManifestCommand>> = manifest.commands;
