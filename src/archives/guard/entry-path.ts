/**
 * The rules for relative paths in a tree (SPEC section 9). A pack made on one system must have the same meaning on all of
 * them, so a name is refused everywhere if any system would read it as another location, another file or a device.
 */

export interface PathLimits {
  readonly pathComponentBytes: number;
  readonly pathBytes: number;
}

/** The rule that a path breaks: its identifier and the predicate of a sentence whose subject is the entry's name. */
export interface BrokenRule {
  readonly rule: string;
  readonly why: string;
}

interface Rule {
  readonly rule: string;
  readonly why: string;
  breaks(text: string): boolean;
}

// Checked in this order, so that the most specific rule provides the message.
const PATH_RULES: readonly Rule[] = [
  {
    rule: 'not-utf8',
    why: 'has a name that is not UTF-8',
    breaks: (path) => !path.isWellFormed() || path.includes('\ufffd'),
  },
  { rule: 'nul', why: 'has a NUL character in its name', breaks: (path) => path.includes('\0') },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this rule matches control characters
  { rule: 'control', why: 'has a control character in its name', breaks: (path) => /[\x01-\x1f\x7f-\x9f]/.test(path) },
  { rule: 'unc', why: 'is a UNC path', breaks: (path) => /^(\\\\|\/\/)/.test(path) },
  { rule: 'absolute', why: 'is an absolute path', breaks: (path) => path.startsWith('/') },
  { rule: 'drive-letter', why: 'has a drive letter in its path', breaks: (path) => /(^|\/)[a-z]:/i.test(path) },
  { rule: 'backslash', why: 'has a backslash in its path', breaks: (path) => path.includes('\\') },
];

const COMPONENT_RULES: readonly Rule[] = [
  { rule: 'empty-component', why: 'has an empty component in its path', breaks: (name) => name === '' },
  { rule: 'parent', why: "has '..' in its path", breaks: (name) => name === '..' },
  { rule: 'dot', why: "has '.' in its path", breaks: (name) => name === '.' },
  { rule: 'git', why: 'is, or is inside, a .git directory in some spelling', breaks: isGitDirectory },
  { rule: 'trailing-dot', why: 'has a component that ends in a dot or a space', breaks: (name) => /[. ]$/.test(name) },
  { rule: 'device-name', why: 'has the name of a Windows device in its path', breaks: isDeviceName },
];

/**
 * Returns the first rule that a relative path without trailing `/` breaks, or `undefined` for a safe path.
 * @param safePrefixLength the length of a prefix, slash included, whose components are known to be safe
 */
export function findBrokenRule(path: string, limits: PathLimits, safePrefixLength = 0): BrokenRule | undefined {
  if (path === '') return { rule: 'empty', why: 'has no name' };
  if (Buffer.byteLength(path) > limits.pathBytes) {
    return { rule: 'path-length', why: `has a path of more than ${limits.pathBytes} bytes` };
  }
  const pathRule = PATH_RULES.find(({ breaks }) => breaks(path));
  if (pathRule) return pathRule;
  for (const name of path.slice(safePrefixLength).split('/')) {
    const componentRule = COMPONENT_RULES.find(({ breaks }) => breaks(name));
    if (componentRule) return componentRule;
    if (Buffer.byteLength(name) > limits.pathComponentBytes) {
      return {
        rule: 'component-length',
        why: `has a component of more than ${limits.pathComponentBytes} bytes in its path`,
      };
    }
  }
  return undefined;
}

/**
 * Returns a key that is equal for two paths which name one file on some system: letters that differ only in case, and
 * canonically equivalent Unicode (macOS). Folding to upper case is needed to unite `ß` with `ss` and `ſ` with `s`.
 */
export function foldPath(path: string): string {
  if (/^[\x20-\x7e]*$/.test(path)) return path.toLowerCase();
  // Lower case first: the capital sharp s is its own upper case, while the upper case of the small one is SS.
  return path.normalize('NFD').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}

const DEVICES = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])$/i;

/** Windows treats these names as devices in every directory, also when a dot, a colon or spaces follow. */
function isDeviceName(name: string): boolean {
  return DEVICES.test((name.split(/[.:]/, 1)[0] ?? '').trimEnd());
}

/** Characters that HFS+ ignores when it compares names: zero-width and direction marks (Apple TN1150). */
const HFS_IGNORABLE = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Reports whether any file system reads the name as `.git`: in another case (macOS, Windows), with ignorable characters
 * (HFS+), with trailing dots, spaces or a stream name, or as its short name (NTFS).
 */
function isGitDirectory(name: string): boolean {
  const plain = foldPath(name.replace(HFS_IGNORABLE, ''))
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  return plain === '.git' || /^git~[0-9]+$/.test(plain);
}
