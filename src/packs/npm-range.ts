import validRange from 'semver/ranges/valid.js';

const COMPATIBLE = /~=\s*(\d+)\.(\d+)(\.\d\S*)?/g;

/**
 * Converts a range that a user typed to npm's syntax: commas between comparators, `==` and `~=` are those of constraints in
 * packs. Missing parts of a version remain wildcards, as in npm.
 * @returns `undefined` if the text is not such a range
 */
export function toNpmRange(text: string): string | undefined {
  const range = text
    .trim()
    .replace(/(?<=[^\s,|])\s*,\s*(?=[^\s,|])/g, ' ')
    .replace(/(?<![<>=!~])==(?!=)/g, '=')
    .replace(COMPATIBLE, (_, major: string, minor: string, patch: string | undefined) =>
      patch === undefined ? `>=${major}.${minor} <${BigInt(major) + 1n}.0.0-0` : `~${major}.${minor}${patch}`,
    );
  return range === '' || validRange(range) === null ? undefined : range;
}
