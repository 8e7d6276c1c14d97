import { AttuneError, type ErrorCode, reasonOf } from '../../errors.ts';

/** A file system call that failed, in attune's words. */
export class FileFault extends AttuneError {
  readonly systemCode: string;

  constructor(action: string, path: string, cause: NodeJS.ErrnoException) {
    const systemCode = cause.code ?? 'UNKNOWN';
    const known = FAULTS[systemCode];
    super(known?.code ?? 'STORE_IO', `Cannot ${action} '${path}': ${known?.why ?? reasonOf(cause)}.`, {
      facts: { path, system_code: systemCode },
      hint: known?.hint ?? 'Check the disk that it is on, then try again.',
      cause,
    });
    this.systemCode = systemCode;
  }
}

/** What a system's error code means. */
export interface SystemReason {
  readonly code: ErrorCode;
  readonly why: string;
  /** What to do next. */
  readonly hint: string;
}

export function systemReason(systemCode: string | undefined): SystemReason | undefined {
  return FAULTS[systemCode ?? ''];
}

const FAULTS: Readonly<Record<string, SystemReason>> = {
  ENOENT: {
    code: 'NOT_FOUND_PATH',
    why: 'there is no such file or directory',
    hint: 'Check the spelling of the path.',
  },
  ENOTDIR: {
    code: 'NOT_FOUND_PATH',
    why: 'a part of the path is not a directory',
    hint: 'Check the spelling of the path.',
  },
  EEXIST: { code: 'EXISTS_PATH', why: 'something else is there already', hint: 'Move it away, then try again.' },
  EISDIR: { code: 'INVALID_PATH', why: 'it is a directory', hint: 'Name a file.' },
  ENAMETOOLONG: { code: 'INVALID_PATH', why: 'the path is too long for this file system', hint: 'Use a shorter path.' },
  ELOOP: { code: 'INVALID_PATH', why: 'its links lead in a circle', hint: 'Remove the circular link.' },
  EACCES: {
    code: 'STORE_PERMISSION',
    why: 'permission denied',
    hint: 'Check who owns it and its mode, or choose another place with --data-dir.',
  },
  EPERM: {
    code: 'STORE_PERMISSION',
    why: 'the operation is not permitted',
    hint: 'Check who owns it and its mode, or choose another place with --data-dir.',
  },
  EROFS: {
    code: 'STORE_READ_ONLY',
    why: 'the file system is read-only',
    hint: 'Choose another place with --data-dir or ATTUNE_DATA_DIR.',
  },
  ENOSPC: {
    code: 'STORE_FULL',
    why: 'no space is left on the device',
    hint: 'Free some space, or choose another place with --data-dir.',
  },
  EDQUOT: {
    code: 'STORE_FULL',
    why: 'the disk quota is used up',
    hint: 'Free some space, or choose another place with --data-dir.',
  },
  EFBIG: {
    code: 'STORE_FULL',
    why: 'the file would be larger than allowed',
    hint: 'Raise the file-size limit (ulimit -f).',
  },
  EIO: {
    code: 'STORE_IO',
    why: 'the disk answered with an error',
    hint: 'Check the disk and what the system says of it (dmesg), then try again.',
  },
  ESTALE: {
    code: 'STORE_IO',
    why: 'the network file system has lost it',
    hint: 'See whether the file system is still mounted, then try again.',
  },
  EMFILE: { code: 'STORE_IO', why: 'too many files are open', hint: 'Raise the limit on open files (ulimit -n).' },
};

/** A file that was written to while it was being read. */
export class FileChanged extends AttuneError {
  constructor(path: string) {
    super('INTEGRITY_FILE_CHANGED', `'${path}' changed while it was being read.`, {
      facts: { path },
      hint: 'Wait until nothing writes to it, then try again.',
    });
  }
}

/** Runs a call to the file system and puts what it throws into words. @throws FileFault */
export function attempt<T>(action: string, path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof AttuneError) throw error;
    throw new FileFault(action, path, error as NodeJS.ErrnoException);
  }
}
