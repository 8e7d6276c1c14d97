import { join } from 'node:path';

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
