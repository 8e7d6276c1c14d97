/** The test vectors of the specification of directory checksums: the files of two packs, and their checksums. */
const MANIFEST = 'ref: demo\nversion: 1.0.0\n';

export const FIRST = { 'pack.yaml': MANIFEST, 'actions/run.sh': '#!/bin/sh\necho hi\n' };
export const FIRST_SUM = 'sha256:612f2c04d5246ed330fa33c56fb35a9b60f94370aa530196d0626de764b544b7';

/** Has names that other orders sort differently. */
export const SECOND = {
  'pack.yaml': MANIFEST,
  'a/y': '1',
  'a-b/x': '2',
  'a.txt': '',
  '\u{fb00}.txt': '3',
  '\u{1f600}.txt': '4',
};
export const SECOND_SUM = 'sha256:41744a23b5e84b77c3c2be77107fe113ff993bddad1245ddbbf44b82c49e3e3d';
export const SECOND_BY_COMPONENT = 'sha256:99eb0762e2cbf8c2869ac56b1f02ea819e6db86407b8100fb3e09cacd021e35d';
