import { AttuneError } from '../../../errors.ts';
import { inspectTarget } from '../../../platform/files/inspect.ts';
import { quoteForShell } from '../../../platform/shell-quote.ts';
import { newestBackup } from '../../../store/database/backup-files.ts';
import { layoutOf, UnusableDirectory } from '../../../store/layout.ts';
import { rebuildStore } from '../../database/rebuild-store.ts';
import type { Runtime } from '../../runtime.ts';
import { type Diagnosis, type DoctorContext, type Fix, failure, ok, resultOrError } from '../diagnosis.ts';

/** The database fails SQLite's integrity checks. */
class CorruptDatabase extends AttuneError {
  constructor(path: string, damage: readonly string[], backup: string | undefined) {
    super('STORE_CORRUPT', [`The database '${path}' is damaged:`, ...damage.map((line) => `  ${line}`)].join('\n'), {
      facts: { path, damage },
      hint: `${backup === undefined ? 'Rebuild it' : `Restore the newest backup with 'attune db restore ${quoteForShell(backup)} --yes', or rebuild it`} from the releases, keeping the old database under another name, with: attune doctor --fix`,
    });
  }
}

/** The errors that a rebuild fixes. A database of another program is never moved. */
const REBUILDABLE = new Set(['STORE_CORRUPT', 'STORE_LOST']);

/** Checks that the database is readable and intact. Reports every error as a diagnosis instead of throwing it. */
export async function checkDatabase({ survey, runtime }: DoctorContext): Promise<Diagnosis[]> {
  const { database: path, ...layout } = layoutOf(runtime.paths.data);
  // The check of permissions reports a data directory that is a file.
  if (survey instanceof UnusableDirectory) return [];
  if (survey instanceof AttuneError) return [unusableDatabase(survey, runtime)];
  if (inspectTarget(path) === undefined) return [ok('database', `'${path}' does not exist yet: nothing was installed`)];
  const damage = await resultOrError(() => survey.damage());
  if (damage instanceof AttuneError) return [unusableDatabase(damage, runtime)];
  if (damage.length > 0) {
    const backup = newestBackup({ database: path, ...layout })?.path;
    return [failure('database', new CorruptDatabase(path, damage, backup), rebuildFix(runtime))];
  }
  return [ok('database', `'${path}' is intact`)];
}

function unusableDatabase(error: AttuneError, runtime: Runtime): Diagnosis {
  return failure('database', error, REBUILDABLE.has(error.code) ? rebuildFix(runtime) : undefined);
}

function rebuildFix(runtime: Runtime): Fix {
  return async () => {
    const { recovered, unusable: lost, kept_aside: aside } = await rebuildStore(runtime);
    const packs = recovered.filter(({ current }) => current).map(({ ref, version }) => `${ref} ${version}`);
    return [
      `The database was rebuilt from the releases; installed packs: ${packs.join(', ') || 'none'}.`,
      ...(aside === null ? [] : [`The old database is '${aside}'.`]),
      ...lost.map(({ path, reason }) => `'${path}' was not recovered: ${reason}.`),
    ].join(' ');
  };
}
