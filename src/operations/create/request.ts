export const TEMPLATES = ['python', 'node', 'shell'] as const;
export type Template = (typeof TEMPLATES)[number];
export const KINDS = ['action', 'sensor', 'trigger', 'rule', 'workflow'] as const;
export type Kind = (typeof KINDS)[number];
export const CI_SYSTEMS = ['github', 'gitlab', 'jenkins', 'none'] as const;
export type CiSystem = (typeof CI_SYSTEMS)[number];

/** What a new pack consists of. */
export interface PackDesign {
  readonly ref: string;
  readonly label: string;
  readonly description: string;
  readonly author: string | undefined;
  /** An SPDX id. */
  readonly license: string;
  readonly templates: readonly Template[];
  readonly kinds: readonly Kind[];
  readonly ci: CiSystem;
}

export interface CreateRequest extends PackDesign {
  /** `undefined` for a directory with the name of the ref. */
  readonly directory: string | undefined;
  /** Add the missing files to an existing directory. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** The JSON document of `pack create` (spec/authoring.md). */
export interface CreateResult {
  readonly success?: true;
  /** In place of `success`: nothing was written. */
  readonly dry_run?: true;
  readonly ref: string;
  readonly version: string;
  readonly directory: string;
  /** The files that were written, relative to the directory. */
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}
