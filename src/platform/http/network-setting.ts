import { AttuneError } from '../../errors.ts';
import { FileError } from '../files/file-error.ts';
import { refuseSpecialTarget } from '../files/input/open-file.ts';

/** An invalid network setting in the environment or the configuration. */
export class InvalidNetworkSetting extends AttuneError {
  constructor(message: string, hint: string, cause?: unknown) {
    super('INVALID_CONFIG', message, { hint, cause });
  }
}

/**
 * Verifies that Node can read additional certificates without blocking. Node opens the file in a thread as soon as its TLS
 * module is loaded, and waits for that thread at the end of the process.
 * @param path the value of `NODE_EXTRA_CA_CERTS`
 * @throws InvalidNetworkSetting
 */
export function refuseSpecialCertificates(path: string | undefined): void {
  try {
    if (path) refuseSpecialTarget(path, 'read');
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const message = `The certificates in NODE_EXTRA_CA_CERTS cannot be used. ${error.message}`;
    throw new InvalidNetworkSetting(message, 'Name a PEM file, or unset the variable.', error);
  }
}
