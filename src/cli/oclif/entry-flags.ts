import * as Flags from '@oclif/core/flags';
import type { EntryRequest } from '../../operations/index/entry-request.ts';

/** The flags for the install sources of an entry, shared by `pack index-entry` and `pack index-update`. */
export const entryFlags = {
  'git-url': Flags.string({ char: 'g', summary: 'Add this git repository as a source', helpValue: 'URL' }),
  'git-ref': Flags.string({
    char: 'r',
    summary: 'Use this tag, branch or commit [default: v<version>]',
    helpValue: 'REF',
  }),
  'archive-url': Flags.string({ char: 'a', summary: 'Add this archive as a source', helpValue: 'URL' }),
  'archive-file': Flags.string({
    summary: 'Read the archive from this file instead of downloading it',
    helpValue: 'FILE',
  }),
  'archive-checksum': Flags.string({
    summary: 'Use this checksum, algorithm:hex, of the archive',
    helpValue: 'CHECKSUM',
  }),
};

/** The parsed `entryFlags`. */
export type EntryFlags = Readonly<Record<keyof typeof entryFlags, string | undefined>>;

/** @param path the directory of the pack, as typed by the user */
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
