import { AttuneError } from '../../errors.ts';
import { parseReference, type Reference } from '../../packs/reference.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { Runtime } from '../runtime.ts';

type SourceReference<T extends 'git' | 'archive'> = Extract<Reference, { kind: T }>;

class InvalidSourceUrl extends AttuneError {
  constructor(type: 'git' | 'archive', url: string, why: AttuneError) {
    super('USAGE', `The value of --${type}-url cannot be recorded in an index. ${why.message}`, {
      facts: { url },
      hint:
        type === 'git'
          ? 'Pass the URL of a repository: https://host/pack.git or git@host:pack.git.'
          : 'Pass the URL of an archive: https://host/pack-1.0.0.tar.gz.',
      cause: why,
    });
  }
}

/**
 * Parses a source URL that an entry will record. Credentials in the URL are removed with a warning.
 * @throws InvalidSourceUrl
 */
export function parseSourceUrl<T extends 'git' | 'archive'>(
  type: T,
  text: string,
  refSpec: string | undefined,
  { environment, reporter }: Pick<Runtime, 'environment' | 'reporter'>,
): SourceReference<T> {
  const url = `${new SafeUrl(text)}`;
  if (url !== text) reporter.warn(`The credentials in --${type}-url are not recorded in the entry: ${url}`);
  try {
    return parseReference(url, { refSpec, type, windows: environment.windows }) as SourceReference<T>;
  } catch (error) {
    throw error instanceof AttuneError ? new InvalidSourceUrl(type, url, error) : error;
  }
}
