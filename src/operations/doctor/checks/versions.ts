import { nodeFacts } from '../../../platform/machine.ts';
import { sqliteVersion } from '../../../store/survey.ts';
import { type Diagnosis, ok, type Patient } from '../diagnosis.ts';

export interface Versions {
  readonly attune: string;
  readonly node: string;
  readonly sqlite: string;
  /** `linux-x64` */
  readonly system: string;
}

export function versionsOf({ attuneVersion }: Patient['runtime']): Versions {
  const { version, system } = nodeFacts();
  return { attune: attuneVersion, node: version, sqlite: sqliteVersion(), system };
}

export function checkVersions({ runtime }: Patient): Diagnosis[] {
  const { attune, node, sqlite, system } = versionsOf(runtime);
  return [ok('versions', `attune ${attune}, Node ${node}, SQLite ${sqlite}, ${system}`)];
}
