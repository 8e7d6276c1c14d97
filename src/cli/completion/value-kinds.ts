import type { ValueKind } from '../../operations/about/complete-values.ts';
import type { Files } from './candidate.ts';

/** The possible values of a flag or an argument for which the manifest lists no options. */
export interface ValueGrammar {
  readonly kind?: ValueKind;
  readonly files?: Files;
}

/** The values of flags, by name. */
const FLAGS: Readonly<Record<string, ValueGrammar>> = {
  'archive-file': { files: 'files' },
  'data-dir': { files: 'directories' },
  index: { files: 'files' },
  junit: { files: 'files' },
  output: { files: 'files' },
  registry: { kind: 'registry' },
  to: { kind: 'kept-version' },
  why: { kind: 'installed' },
};

/** The values of arguments, by name, or by command and name where a command differs from the others. */
const ARGUMENTS: Readonly<Record<string, ValueGrammar>> = {
  file: { files: 'files' },
  index: { files: 'files' },
  key: { kind: 'setting' },
  name: { kind: 'registry' },
  pack: { kind: 'installed', files: 'directories' },
  path: { files: 'files' },
  ref: { kind: 'installed' },
  source: { kind: 'registry-pack', files: 'files' },
  url: { files: 'files' },
  'pack:upgrade ref': { kind: 'installed-release' },
  'registry:add name': {},
};

/** Matches paths: a word without a separator is a ref. */
const PATH = /^[.~/]|[\\/]/;

export function flagValues(command: string, flag: string): ValueGrammar {
  return FLAGS[`${command} ${flag}`] ?? FLAGS[flag] ?? {};
}

/** @param typed the text so far: if it is a path, only files are offered */
export function argumentValues(command: string, argument: string, typed: string): ValueGrammar {
  const values = ARGUMENTS[`${command} ${argument}`] ?? ARGUMENTS[argument] ?? {};
  return values.files !== undefined && PATH.test(typed) ? { files: values.files } : values;
}
