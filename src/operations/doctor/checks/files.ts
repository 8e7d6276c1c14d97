/** Compares the presence and size of installed files with their records, without reading them. */
import { join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { isWrittenLater } from '../../../packs/tree/generated.ts';
import { FileError } from '../../../platform/files/file-error.ts';
import { inspect } from '../../../platform/files/inspect.ts';
import type { RecordedRelease, StoreSurvey } from '../../../store/survey.ts';
import { type Diagnosis, type DoctorContext, failure, ok } from '../diagnosis.ts';
import { listItems } from '../wording.ts';

class FilesDiffer extends AttuneError {
  constructor({ ref, version }: RecordedRelease, differences: readonly string[]) {
    const what = `Files of ${ref} ${version} are not as they were installed:`;
    super('INTEGRITY_FILES', [what, ...listItems(differences)].join('\n'), {
      hint: `Restore them with: attune pack repair ${ref} --yes`,
    });
  }
}

/** Checks the releases that are installed. `pack verify` also compares contents and modes, and retained releases. */
export function checkFiles({ survey }: DoctorContext): Diagnosis[] {
  if (survey instanceof AttuneError) return [];
  const installed = survey.releases().filter(({ current }) => current);
  const present = installed.filter((release) => survey.describeMissingTree(release) === undefined);
  const damaged = present.flatMap((release) => {
    const differences = differencesOf(release, survey);
    return differences.length > 0 ? [{ release, differences }] : [];
  });
  const recorded = survey.stillRecorded(damaged.map(({ release }) => release));
  const found = damaged.filter(({ release }) => recorded.includes(release));
  if (found.length > 0) {
    return found.map(({ release, differences }) => failure('files', new FilesDiffer(release, differences)));
  }
  return [ok('files', 'all installed files exist and have the recorded sizes')];
}

function differencesOf(release: RecordedRelease, survey: StoreSurvey): string[] {
  const directory = survey.directoryOf(release);
  const files = survey.files(release);
  const paths = new Set(files.map(({ path }) => path));
  return files
    .filter(({ path }) => !isWrittenLater(path, paths))
    .flatMap(({ path, size }) => {
      const reason = differenceOf(join(directory, path), size);
      return reason === undefined ? [] : [`${path}: ${reason}`];
    });
}

function differenceOf(path: string, size: number): string | undefined {
  try {
    const status = inspect(path);
    if (status === undefined) return 'missing';
    if (status.kind !== 'file') return 'not a regular file';
    return status.size === size ? undefined : `${status.size} instead of ${size} bytes`;
  } catch (error) {
    if (error instanceof FileError) return error.message.replace(/\.$/, '');
    throw error;
  }
}
