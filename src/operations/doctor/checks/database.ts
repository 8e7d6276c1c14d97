import { AttuneError } from '../../../errors.ts';
import { inspectTarget } from '../../../platform/files/read.ts';
import { newestBackup } from '../../../store/database/backup-files.ts';
import { layoutOf } from '../../../store/layout.ts';
import { rebuildStore } from '../../database/rebuild-store.ts';
import type { Runtime } from '../../runtime.ts';
import { type Diagnosis, type Fix, failure, ok, orError, type Patient } from '../diagnosis.ts';

/** Pages, rows and references in it are not as SQLite left them. */
class DatabaseUnsound extends AttuneError {
  constructor(path: string, damage: readonly string[], backup: string | undefined) {
    super('STORE_CORRUPT', [`The database '${path}' is damaged:`, ...damage.map((line) => `  ${line}`)].join('\n'), {
      facts: { path, damage },
      hint: `${backup === undefined ? '' : `Put the newest backup in its place with: attune db restore '${backup}'; or `}rebuild it from the releases, and keep what is there aside, with: attune doctor --fix`,
    });
  }
}

/** What a database that cannot be used can be made anew for; another program's is not ours to move. */
const REBUILDABLE = new Set(['STORE_CORRUPT', 'STORE_LOST']);

/** @throws nothing: whatever is wrong is a diagnosis */
export async function checkDatabase({ survey, runtime }: Patient): Promise<Diagnosis[]> {
  const { database: path, ...layout } = layoutOf(runtime.paths.data);
  if (survey instanceof AttuneError) return [unusable(survey, runtime)];
  if (inspectTarget(path) === undefined) return [ok('database', `there is no '${path}' yet: nothing was installed`)];
  const damage = await orError(() => survey.damage());
  if (damage instanceof AttuneError) return [unusable(damage, runtime)];
  if (damage.length > 0) {
    const backup = newestBackup({ database: path, ...layout })?.path;
    return [failure('database', new DatabaseUnsound(path, damage, backup), rebuilding(runtime))];
  }
  return [ok('database', `'${path}' is sound`)];
}

function unusable(error: AttuneError, runtime: Runtime): Diagnosis {
  return failure('database', error, REBUILDABLE.has(error.code) ? rebuilding(runtime) : undefined);
}

function rebuilding(runtime: Runtime): Fix {
  return async () => {
    const { recovered, unusable: lost, kept_aside: aside } = await rebuildStore(runtime);
    const packs = recovered.filter(({ current }) => current).map(({ ref, version }) => `${ref} ${version}`);
    return [
      `The database was made anew from the releases; installed: ${packs.join(', ') || 'nothing'}.`,
      ...(aside === null ? [] : [`The old one is '${aside}'.`]),
      ...lost.map(({ path, reason }) => `'${path}' is not what it is called: ${reason}.`),
    ].join(' ');
  };
}
