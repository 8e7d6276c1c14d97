import packageJson from '../../package.json' with { type: 'json' };
import { nodeFacts } from '../platform/machine.ts';
import { inExecutable } from '../platform/sqlite/embedded-addon.ts';

/** The commit that a bundle was made from; sources have no such thing. */
declare const ATTUNE_COMMIT: string | undefined;

/** What `--version` says: the program, the system and what runs it, as in `attune/1.2.3 linux-x64 node-v24.1.0`. */
export function versionLine(): string {
  const { version, system } = nodeFacts();
  return `${packageJson.name}/${packageJson.version} ${system} node-v${version}`;
}

/** What `--version --json` says: which build this is, for a report of a defect or a script that wants a certain one. */
export interface VersionDocument {
  readonly name: string;
  readonly version: string;
  /** Forty digits; `null` for sources, and for a build of files that were not committed. */
  readonly commit: string | null;
  /** Such as `linux-x64`. */
  readonly system: string;
  readonly node: string;
  readonly sqlite: string;
  /** Whether it is the standalone executable. */
  readonly executable: boolean;
}

export async function versionDocument(): Promise<VersionDocument> {
  const { sqliteVersion } = await import('../store/survey.ts');
  const { version, system } = nodeFacts();
  return {
    name: packageJson.name,
    version: packageJson.version,
    commit: (typeof ATTUNE_COMMIT === 'string' && ATTUNE_COMMIT) || null,
    system,
    node: version,
    sqlite: sqliteVersion(),
    executable: inExecutable(),
  };
}
