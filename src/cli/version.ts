import packageJson from '../../package.json' with { type: 'json' };
import { isStandaloneExecutable } from '../platform/sqlite/embedded-addon.ts';
import { nodeInfo } from '../platform/system-info.ts';

/** The commit that a bundle was built from; undefined when running from sources. */
declare const ATTUNE_COMMIT: string | undefined;

/** Returns the line that `--version` prints, such as `attune/1.2.3 linux-x64 node-v24.1.0`. */
export function versionLine(): string {
  const { version, system } = nodeInfo();
  return `${packageJson.name}/${packageJson.version} ${system} node-v${version}`;
}

/** The document that `--version --json` prints, to identify the build in bug reports and scripts. */
export interface VersionDocument {
  readonly name: string;
  readonly version: string;
  /** 40 hexadecimal digits; `null` for sources and for a build of uncommitted files. */
  readonly commit: string | null;
  /** The platform and architecture, such as `linux-x64`. */
  readonly system: string;
  readonly node: string;
  readonly sqlite: string;
  /** True if this is the standalone executable. */
  readonly executable: boolean;
}

export async function versionDocument(): Promise<VersionDocument> {
  const { sqliteVersion } = await import('../store/survey.ts');
  const { version, system } = nodeInfo();
  return {
    name: packageJson.name,
    version: packageJson.version,
    commit: (typeof ATTUNE_COMMIT === 'string' && ATTUNE_COMMIT) || null,
    system,
    node: version,
    sqlite: sqliteVersion(),
    executable: isStandaloneExecutable(),
  };
}
