import { join } from 'node:path';
import { AttuneError } from '../errors.ts';
import { FileFault } from '../platform/file-fault.ts';
import { makeDirectory } from '../platform/files.ts';

/**
 * Where the store keeps things, all absolute.
 *
 *     attune.db                              the truth
 *     releases/<ref>/<version>-<digest12>/   immutable trees, named by what is in them
 *     packs/<ref> -> ../releases/...         what other programs read: a projection of the database
 *     staging/<id>/                          work in progress, each with a lock that dies with its process
 *     writer.lock, writer.json               who may write; who does, for people to read
 */
export interface Layout {
  readonly data: string;
  readonly database: string;
  readonly packs: string;
  readonly releases: string;
  readonly staging: string;
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
    writerLock: join(data, 'writer.lock'),
    writerNote: join(data, 'writer.json'),
  };
}

/** A directory of the store that cannot be made, because its path leads nowhere or something else stands there. */
export class UnusablePlace extends AttuneError {
  constructor(why: FileFault) {
    super('STORE_PATH', why.message, {
      facts: why.facts,
      hint: 'Move away what is in the way, or choose another place with --data-dir or ATTUNE_DATA_DIR.',
      cause: why,
    });
  }
}

/** @throws UnusablePlace, FileFault */
export function makePlace(directory: string): void {
  try {
    makeDirectory(directory);
  } catch (error) {
    const wrongPath = error instanceof FileFault && (error.family === 'NOT_FOUND' || error.family === 'EXISTS');
    throw wrongPath ? new UnusablePlace(error) : error;
  }
}
