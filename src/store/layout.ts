import { join } from 'node:path';
import { AttuneError } from '../errors.ts';
import { FileError } from '../platform/files/file-error.ts';
import { makeDurableDirectory } from '../platform/files/make-durable-directory.ts';

/**
 * Where the store keeps things, all absolute.
 *
 *     attune.db                              the truth
 *     releases/<ref>/<version>-<digest12>/   immutable trees, named by what is in them
 *     packs/<ref> -> ../releases/...         what other programs read: a projection of the database
 *     staging/<id>/                          work in progress, each with a lock that dies with its process
 *     envs/<ref>/<digest>/                   what packs' requirements name (environments.ts); not in the database
 *     backups/                               copies of the database, made on demand and before it is changed as a whole
 *     writer.lock, writer.json               who may write; who does, for people to read
 */
export interface Layout {
  readonly data: string;
  readonly database: string;
  readonly packs: string;
  readonly releases: string;
  readonly staging: string;
  readonly environments: string;
  readonly backups: string;
  readonly writerLock: string;
  readonly writerNote: string;
}

export function layoutOf(data: string): Layout {
  return {
    data,
    database: join(data, 'attune.db'),
    packs: join(data, 'packs'),
    releases: join(data, 'releases'),
    staging: join(data, 'staging'),
    environments: join(data, 'envs'),
    backups: join(data, 'backups'),
    writerLock: join(data, 'writer.lock'),
    writerNote: join(data, 'writer.json'),
  };
}

/** A directory of the store that cannot be made, because its path leads nowhere or something else stands there. */
export class UnusableDirectory extends AttuneError {
  constructor(why: FileError) {
    super('STORE_PATH', why.message, {
      facts: why.facts,
      hint: 'Move away what is in the way, or choose another place with --data-dir or ATTUNE_DATA_DIR.',
      cause: why,
    });
  }
}

/** Makes a directory of the store that a power cut does not take back. @throws UnusableDirectory, FileError */
export function makeStoreDirectory(directory: string): void {
  try {
    makeDurableDirectory(directory);
  } catch (error) {
    const wrongPath = error instanceof FileError && /^(NOT_FOUND|EXISTS|INVALID)$/.test(error.family);
    throw wrongPath ? new UnusableDirectory(error) : error;
  }
}
