import type { ValueKind } from '../../operations/about/complete-values.ts';
import type { Files } from './candidate.ts';

/** What may stand in a place of a command line that the manifest knows no list of options for. */
export interface PlaceGrammar {
  readonly kind?: ValueKind;
  readonly files?: Files;
}

/** By flag, and where a command is not like the others by command and flag. */
const FLAGS: Readonly<Record<string, PlaceGrammar>> = {
  'archive-file': { files: 'files' },
  'data-dir': { files: 'directories' },
  index: { files: 'files' },
  junit: { files: 'files' },
  output: { files: 'files' },
  registry: { kind: 'registry' },
  to: { kind: 'kept-version' },
  why: { kind: 'installed' },
};

/** By argument, and where a command is not like the others by command and argument. */
const ARGUMENTS: Readonly<Record<string, PlaceGrammar>> = {
  file: { files: 'files' },
  index: { files: 'files' },
  name: { kind: 'registry' },
  pack: { kind: 'installed', files: 'directories' },
  path: { files: 'files' },
  ref: { kind: 'installed' },
  source: { kind: 'registry-pack', files: 'files' },
  url: { files: 'files' },
  'pack:upgrade ref': { kind: 'installed-release' },
  'registry:add name': {},
};

/** What no command calls a path, but for archives: a word without a separator is a ref. */
const PATH = /^[.~/]|[\\/]/;

export function flagPlace(command: string, flag: string): PlaceGrammar {
  return FLAGS[`${command} ${flag}`] ?? FLAGS[flag] ?? {};
}

/** @param typed so far: what is clearly a path is nothing else */
export function argumentPlace(command: string, argument: string, typed: string): PlaceGrammar {
  const place = ARGUMENTS[`${command} ${argument}`] ?? ARGUMENTS[argument] ?? {};
  return place.files !== undefined && PATH.test(typed) ? { files: place.files } : place;
}
