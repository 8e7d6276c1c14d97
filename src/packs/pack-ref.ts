import valid from 'semver/functions/valid.js';

/** The identifier of a pack (SPEC section 1): at most 128 characters. */
export const PACK_REF = /^[a-z][a-z0-9_-]{0,127}$/;

/** Describes the form of a ref, as the completion of `must be ...`. */
export const REF_FORM = 'at most 128 lower-case letters, digits, _ and -, beginning with a letter';

/** Returns whether a text is exactly a semantic version 2.0.0, without a leading `v` or spaces. */
export function isSemanticVersion(text: string): boolean {
  return /^[0-9][^\s]*$/.test(text) && valid(text) !== null;
}

const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/** Returns whether a ref is the name of a device on Windows, where no directory can have it. */
export function isDeviceName(ref: string): boolean {
  return DEVICE_NAME.test(ref);
}
