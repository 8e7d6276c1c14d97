/** What a finding is under a profile; what is `off` there is not reported. */
type Weight = 'error' | 'warning' | 'off';

interface CodeMeaning {
  readonly local: Weight;
  readonly standard: Weight;
  /** What to do, where the finding itself does not say it better. */
  readonly fix: string;
}

/**
 * Everything that can be found out about an index, by its stable code, and how much it weighs in each profile (SPEC
 * section 3): the profiles differ in nothing else. `docs/index-validation.md` explains each code.
 */
export const INDEX_CODES = {
  syntax: { local: 'error', standard: 'error', fix: 'Correct it there; what comes after it was not looked at.' },
  'not-an-index': { local: 'error', standard: 'error', fix: 'Check the address: it may have moved or want a login.' },
  'too-many-problems': { local: 'error', standard: 'error', fix: 'Correct those that are listed, then ask again.' },

  'missing-field': { local: 'error', standard: 'error', fix: 'Add it.' },
  'wrong-type': { local: 'error', standard: 'error', fix: 'Write a value of the type that is expected.' },
  'null-field': { local: 'warning', standard: 'error', fix: 'Leave the field out.' },
  'unknown-field': { local: 'warning', standard: 'error', fix: "Remove it, or put it under 'meta'." },
  'additive-field': { local: 'off', standard: 'error', fix: 'Leave it out of a public index.' },
  'older-form': { local: 'warning', standard: 'error', fix: "Write the entry anew with 'attune pack index-update'." },
  'unsupported-format': { local: 'error', standard: 'error', fix: 'Write version "1.0".' },
  'invalid-timestamp': { local: 'error', standard: 'error', fix: 'Write it like 2026-08-22T01:53:58Z.' },

  'invalid-ref': { local: 'error', standard: 'error', fix: "Use the pack's own ref." },
  'duplicate-ref': { local: 'error', standard: 'error', fix: "Keep one; earlier versions go under 'releases'." },
  'unsorted-refs': {
    local: 'warning',
    standard: 'warning',
    fix: "Sort the entries by ref: 'attune pack index-merge'.",
  },
  'invalid-version': { local: 'error', standard: 'error', fix: 'Write three numbers, like 1.2.0.' },
  'duplicate-version': { local: 'error', standard: 'error', fix: 'Keep one of them.' },
  'release-not-earlier': { local: 'warning', standard: 'error', fix: 'Make the highest version the entry itself.' },
  'unsorted-list': { local: 'warning', standard: 'warning', fix: 'Sort the list.' },
  'repeated-item': { local: 'warning', standard: 'warning', fix: 'Keep one of them.' },
  'invalid-requirement': { local: 'error', standard: 'error', fix: 'Write a name and a range, like python3>=3.9.' },

  'no-source': { local: 'error', standard: 'error', fix: 'Add where the pack can be had, with its checksum.' },
  'unknown-source-type': { local: 'error', standard: 'error', fix: 'Write git or archive.' },
  'invalid-url': { local: 'error', standard: 'error', fix: 'Write the https URL of the repository or archive.' },
  'url-not-https': { local: 'off', standard: 'error', fix: 'Publish it under an https URL.' },
  'url-credentials': { local: 'error', standard: 'error', fix: 'Remove them, and change them: others have read them.' },
  'url-query': { local: 'warning', standard: 'error', fix: 'Publish it under a URL without a query.' },
  'url-fragment': { local: 'warning', standard: 'error', fix: "Remove what follows the '#'." },
  'invalid-git-ref': { local: 'error', standard: 'error', fix: 'Write a commit id, a tag or a branch.' },
  'git-ref-not-commit': { local: 'off', standard: 'error', fix: 'Write the 40 digits of the commit id.' },
  'invalid-checksum': { local: 'error', standard: 'error', fix: 'Write sha256: and 64 lower-case digits.' },
  'weak-checksum': { local: 'warning', standard: 'error', fix: "Make a sha256 one: 'attune pack checksum'." },
  'checksum-spelling': { local: 'warning', standard: 'error', fix: 'Write it in lower case, without blanks.' },

  'source-unreachable': { local: 'error', standard: 'error', fix: 'Try again, or publish it where it can be reached.' },
  'source-missing': { local: 'error', standard: 'error', fix: 'Publish it there again, or correct the source.' },
  'source-checksum': { local: 'error', standard: 'error', fix: 'Find out why the content changed.' },
  'source-identity': { local: 'error', standard: 'error', fix: 'Correct the ref, the version or the source.' },
  'source-invalid': { local: 'error', standard: 'error', fix: 'Publish a pack there that attune accepts.' },
} satisfies Readonly<Record<string, CodeMeaning>>;

export type IndexCode = keyof typeof INDEX_CODES;

export const PROFILES = ['standard', 'local'] as const;
/** `standard` is what the public index accepts, `local` what attune can use. */
export type Profile = (typeof PROFILES)[number];

export function weightOf(code: IndexCode, profile: Profile): Weight {
  return INDEX_CODES[code][profile];
}
