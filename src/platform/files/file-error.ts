import { AttuneError, type ErrorCode, reasonOf } from '../../errors.ts';

/** A failed file system call. */
export class FileError extends AttuneError {
  readonly systemCode: string;

  constructor(action: string, path: string, cause: NodeJS.ErrnoException) {
    const systemCode = cause.code ?? 'UNKNOWN';
    const known = SYSTEM_ERRORS[systemCode];
    super(known?.code ?? 'STORE_IO', `Cannot ${action} '${path}': ${known?.why ?? reasonOf(cause)}.`, {
      facts: { path, system_code: systemCode },
      hint: known?.hint ?? 'Check the disk that it is on, then try again.',
      cause,
    });
    this.systemCode = systemCode;
  }
}

/** The meaning of a system error code. */
export interface SystemErrorInfo {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint: string;
}

/** Returns the meaning of a system error code such as `ENOSPC`; `undefined` for an unknown code. */
export function describeSystemError(systemCode: string | undefined): SystemErrorInfo | undefined {
  return SYSTEM_ERRORS[systemCode ?? ''];
}

/** By code of the system; `FIFO`, `SOCKET` and `DEVICE` are conditions that attune detects itself. */
const SYSTEM_ERRORS: Readonly<Record<string, SystemErrorInfo>> = {
  ENOENT: { code: 'NOT_FOUND_PATH', why: 'no such file or directory', hint: 'Check the spelling of the path.' },
  ENOTDIR: {
    code: 'NOT_FOUND_PATH',
    why: 'a component of the path is not a directory',
    hint: 'Check the spelling of the path.',
  },
  EEXIST: { code: 'EXISTS_PATH', why: 'the path already exists', hint: 'Move it away, then try again.' },
  EISDIR: { code: 'INVALID_PATH', why: 'it is a directory', hint: 'Name a file.' },
  FIFO: { code: 'INVALID_PATH', why: 'it is a named pipe (FIFO)', hint: 'Name a regular file.' },
  SOCKET: { code: 'INVALID_PATH', why: 'it is a socket', hint: 'Name a regular file.' },
  DEVICE: { code: 'INVALID_PATH', why: 'it is a device', hint: 'Name a regular file.' },
  ENXIO: {
    code: 'INVALID_PATH',
    why: 'it is a socket, or a device that does not respond',
    hint: 'Name a regular file.',
  },
  ENAMETOOLONG: { code: 'INVALID_PATH', why: 'the path is too long for this file system', hint: 'Use a shorter path.' },
  ELOOP: { code: 'INVALID_PATH', why: 'its symbolic links form a loop', hint: 'Remove the circular link.' },
  EACCES: {
    code: 'STORE_PERMISSION',
    why: 'permission denied',
    hint: 'Check its owner and mode, or choose another directory with --data-dir.',
  },
  EPERM: {
    code: 'STORE_PERMISSION',
    why: 'the operation is not permitted',
    hint: 'Check its owner and mode, or choose another directory with --data-dir.',
  },
  EROFS: {
    code: 'STORE_READ_ONLY',
    why: 'the file system is read-only',
    hint: 'Choose another directory with --data-dir or ATTUNE_DATA_DIR.',
  },
  ENOSPC: {
    code: 'STORE_FULL',
    why: 'no space is left on the device',
    hint: 'Free some space, or choose another directory with --data-dir.',
  },
  EDQUOT: {
    code: 'STORE_FULL',
    why: 'the disk quota is exceeded',
    hint: 'Free some space, or choose another directory with --data-dir.',
  },
  EFBIG: {
    code: 'STORE_FULL',
    why: 'the file would be larger than allowed',
    hint: 'Raise the file-size limit (ulimit -f).',
  },
  EIO: {
    code: 'STORE_IO',
    why: 'the disk reported an I/O error',
    hint: 'Check the disk and the system log (dmesg), then try again.',
  },
  ESTALE: {
    code: 'STORE_IO',
    why: 'the network file system lost the file (stale file handle)',
    hint: 'Check that the file system is still mounted, then try again.',
  },
  EMFILE: { code: 'STORE_IO', why: 'too many files are open', hint: 'Raise the limit on open files (ulimit -n).' },
};

/** A file was modified while it was read. */
export class FileChanged extends AttuneError {
  constructor(path: string) {
    super('INTEGRITY_FILE_CHANGED', `'${path}' changed while it was being read.`, {
      facts: { path },
      hint: 'Wait until no other program writes to it, then try again.',
    });
  }
}

/** Runs a file system call and wraps a system error. @param action for the message, after "Cannot" @throws FileError */
export function attempt<T>(action: string, path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof AttuneError) throw error;
    throw new FileError(action, path, error as NodeJS.ErrnoException);
  }
}
