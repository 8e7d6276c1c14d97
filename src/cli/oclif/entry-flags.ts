import * as Flags from '@oclif/core/flags';
import type { EntryRequest } from '../../operations/index/build-index-entry.ts';

/** What says where the pack of an entry can be had: shared by `pack index-entry` and `pack index-update`. */
export const entryFlags = {
  'git-url': Flags.string({ char: 'g', summary: 'the git repository that holds the pack' }),
  'git-ref': Flags.string({ char: 'r', summary: 'its tag, branch or commit [default: v<version>]' }),
  'archive-url': Flags.string({ char: 'a', summary: 'where an archive of the pack is published' }),
  'archive-file': Flags.string({ summary: 'the same archive on this machine, so that it is not downloaded' }),
  'archive-checksum': Flags.string({ summary: 'its checksum, algorithm:hex, as its publisher has it' }),
};

/** The parsed `entryFlags`. */
export type EntryFlags = Readonly<Record<keyof typeof entryFlags, string | undefined>>;

/** @param path of the pack, as it was typed */
export function entryRequest(path: string, flags: EntryFlags): EntryRequest {
  return {
    path,
    gitUrl: flags['git-url'],
    gitRef: flags['git-ref'],
    archiveUrl: flags['archive-url'],
    archiveFile: flags['archive-file'],
    archiveChecksum: flags['archive-checksum'],
  };
}
