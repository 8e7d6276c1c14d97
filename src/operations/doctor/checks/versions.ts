import { nodeInfo } from '../../../platform/system-info.ts';
import { sqliteVersion } from '../../../store/survey.ts';
import { type Diagnosis, type DoctorContext, ok } from '../diagnosis.ts';

export interface Versions {
  readonly attune: string;
  readonly node: string;
  readonly sqlite: string;
  /** `linux-x64` */
  readonly system: string;
}

export function versionsOf({ attuneVersion }: DoctorContext['runtime']): Versions {
  const { version, system } = nodeInfo();
  return { attune: attuneVersion, node: version, sqlite: sqliteVersion(), system };
}

export function checkVersions({ runtime }: DoctorContext): Diagnosis[] {
  const { attune, node, sqlite, system } = versionsOf(runtime);
  return [ok('versions', `attune ${attune}, Node ${node}, SQLite ${sqlite}, ${system}`)];
}
