import valid from 'semver/functions/valid.js';

/** The identifier of a pack (SPEC section 1). */
export const PACK_REF = /^[a-z][a-z0-9_-]*$/;

/** Returns whether a text is exactly a semantic version 2.0.0, without a leading `v` or spaces. */
export function isSemanticVersion(text: string): boolean {
  return /^[0-9][^\s]*$/.test(text) && valid(text) !== null;
}
