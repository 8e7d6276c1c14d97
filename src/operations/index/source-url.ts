import { AttuneError } from '../../errors.ts';
import { parseReference, type Reference } from '../../packs/reference.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { Runtime } from '../runtime.ts';

type SourceReference<T extends 'git' | 'archive'> = Extract<Reference, { kind: T }>;

class InvalidSourceUrl extends AttuneError {
  constructor(type: 'git' | 'archive', url: string, why: AttuneError) {
    super('USAGE', `--${type}-url cannot be written into an index. ${why.message}`, {
      facts: { url },
      hint:
        type === 'git'
          ? 'Give the address of a repository: https://host/pack.git, or git@host:pack.git.'
          : 'Give the address of an archive: https://host/pack-1.0.0.tar.gz.',
      cause: why,
    });
  }
}

/**
 * A URL that is to be recorded, so it is without what is secret in it; the reporter is warned where there was something.
 * @throws InvalidSourceUrl
 */
export function readSourceUrl<T extends 'git' | 'archive'>(
  type: T,
  text: string,
  refSpec: string | undefined,
  { environment, reporter }: Pick<Runtime, 'environment' | 'reporter'>,
): SourceReference<T> {
  const url = `${new SafeUrl(text)}`;
  if (url !== text) reporter.warn(`The credentials in --${type}-url are left out of the entry: ${url}`);
  try {
    return parseReference(url, { refSpec, type, windows: environment.windows }) as SourceReference<T>;
  } catch (error) {
    throw error instanceof AttuneError ? new InvalidSourceUrl(type, url, error) : error;
  }
}
