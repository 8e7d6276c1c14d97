/** The severity of a finding under a profile. A finding that is `off` is not reported. */
type Severity = 'error' | 'warning' | 'off';

interface CodeDefinition {
  readonly local: Severity;
  readonly standard: Severity;
  /** The suggested fix, unless the finding has a more specific one. */
  readonly fix: string;
}

/**
 * Every finding about an index by its stable code, with its severity in each profile (SPEC section 3). The profiles
 * differ in nothing else. `docs/index-validation.md` explains each code.
 */
export const INDEX_CODES = {
  syntax: { local: 'error', standard: 'error', fix: 'Correct the syntax; nothing after this position was checked.' },
  'not-an-index': { local: 'error', standard: 'error', fix: 'Check the URL: it may have moved or require a login.' },
  'too-many-problems': { local: 'error', standard: 'error', fix: 'Correct the listed problems, then validate again.' },

  'missing-field': { local: 'error', standard: 'error', fix: 'Add the field.' },
  'wrong-type': { local: 'error', standard: 'error', fix: 'Write a value of the expected type.' },
  'null-field': { local: 'warning', standard: 'error', fix: 'Remove the field.' },
  'unknown-field': { local: 'warning', standard: 'error', fix: "Remove the field, or move it under 'meta'." },
  'additive-field': { local: 'off', standard: 'error', fix: 'Remove the field from a public index.' },
  'older-form': {
    local: 'warning',
    standard: 'error',
    fix: "Rewrite the entry with 'attune pack index-update --update --index FILE PATH'.",
  },
  'unsupported-format': { local: 'error', standard: 'error', fix: 'Write version "1.0".' },
  'invalid-timestamp': { local: 'error', standard: 'error', fix: 'Write a timestamp such as 2026-08-22T01:53:58Z.' },

  'invalid-ref': { local: 'error', standard: 'error', fix: "Use the pack's own ref." },
  'duplicate-ref': {
    local: 'error',
    standard: 'error',
    fix: "Keep one entry; list earlier versions under 'releases'.",
  },
  'unsorted-refs': {
    local: 'warning',
    standard: 'warning',
    fix: "Sort the entries by ref with 'attune pack index-merge --force --output FILE FILE'.",
  },
  'invalid-version': { local: 'error', standard: 'error', fix: 'Write three numbers, such as 1.2.0.' },
  'duplicate-version': { local: 'error', standard: 'error', fix: 'Keep one of the releases.' },
  'release-not-earlier': { local: 'warning', standard: 'error', fix: 'Make the highest version the entry itself.' },
  'unsorted-list': { local: 'warning', standard: 'warning', fix: 'Sort the list.' },
  'repeated-item': { local: 'warning', standard: 'warning', fix: 'Keep one of the items.' },
  'invalid-requirement': { local: 'error', standard: 'error', fix: 'Write a name and a range, such as python3>=3.9.' },

  'no-source': { local: 'error', standard: 'error', fix: 'Add a source with its URL and checksum.' },
  'unknown-source-type': { local: 'error', standard: 'error', fix: 'Write git or archive.' },
  'skipped-source': { local: 'warning', standard: 'error', fix: 'Write git or archive, or remove the source.' },
  'local-source': { local: 'error', standard: 'error', fix: 'Publish the content, and write its URL.' },
  'invalid-url': { local: 'error', standard: 'error', fix: 'Write the https URL of the repository or archive.' },
  'url-not-https': { local: 'off', standard: 'error', fix: 'Publish it under an https URL.' },
  'url-credentials': {
    local: 'error',
    standard: 'error',
    fix: 'Remove the credentials, and revoke them: they have been exposed.',
  },
  'url-query': { local: 'warning', standard: 'error', fix: 'Publish it under a URL without a query.' },
  'url-fragment': { local: 'warning', standard: 'error', fix: "Remove the '#' and everything after it." },
  'invalid-git-ref': { local: 'error', standard: 'error', fix: 'Write a commit id, a tag or a branch.' },
  'git-ref-not-commit': { local: 'off', standard: 'error', fix: 'Write the 40-digit commit id.' },
  'invalid-checksum': { local: 'error', standard: 'error', fix: 'Write sha256: and 64 lower-case digits.' },
  'weak-checksum': { local: 'warning', standard: 'error', fix: "Compute a sha256 with 'attune pack checksum PATH'." },
  'checksum-spelling': { local: 'warning', standard: 'error', fix: 'Write it in lower case, without spaces.' },

  'source-unreachable': { local: 'error', standard: 'error', fix: 'Try again, or publish it at a reachable location.' },
  'source-missing': { local: 'error', standard: 'error', fix: 'Publish the content again, or correct the source.' },
  'source-checksum': { local: 'error', standard: 'error', fix: 'Find out why the content changed.' },
  'source-identity': { local: 'error', standard: 'error', fix: 'Correct the ref, the version or the source.' },
  'source-invalid': { local: 'error', standard: 'error', fix: 'Publish a valid pack there.' },
} satisfies Readonly<Record<string, CodeDefinition>>;

export type IndexCode = keyof typeof INDEX_CODES;

export const PROFILES = ['standard', 'local'] as const;
/** `standard` is what the public index accepts, `local` what attune can use. */
export type Profile = (typeof PROFILES)[number];

export function severityOf(code: IndexCode, profile: Profile): Severity {
  return INDEX_CODES[code][profile];
}
