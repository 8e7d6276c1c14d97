/** A runtime whose version attune can detect (SPEC section 2). */
export interface KnownRuntime {
  readonly name: string;
  /** Other names of the runtime. */
  readonly aliases: readonly string[];
  /** The programs of the runtime, preferred first; empty for a part of attune, which is always present. */
  readonly programs: readonly RuntimeProgram[];
}

export interface RuntimeProgram {
  readonly name: string;
  /** The command that prints the version; absent if the program has none. */
  readonly versionQuery?: VersionQuery;
}

export interface VersionQuery {
  readonly args: readonly string[];
  /** Matches the version in stdout and stderr as its only group. */
  readonly pattern: RegExp;
  readonly variables?: Readonly<Record<string, string>>;
  /** Converts an unusual version number. */
  readonly renumber?: (version: string) => string;
}

const PYTHON: VersionQuery = { args: ['--version'], pattern: /^Python (\d\S*)/m };
const NODE: VersionQuery = { args: ['--version'], pattern: /^v(\d\S*)/m };
const POWERSHELL: VersionQuery = {
  args: ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', '$PSVersionTable.PSVersion.ToString()'],
  pattern: /^(\d+\.\S*)/m,
};

function single(name: string, versionQuery: VersionQuery): KnownRuntime {
  return { name, aliases: [], programs: [{ name, versionQuery }] };
}

const KNOWN_RUNTIMES: readonly KnownRuntime[] = [
  {
    name: 'python',
    aliases: ['python3'],
    programs: [
      { name: 'python3', versionQuery: PYTHON },
      { name: 'python', versionQuery: PYTHON },
    ],
  },
  {
    name: 'node',
    aliases: ['nodejs'],
    programs: [
      { name: 'node', versionQuery: NODE },
      { name: 'nodejs', versionQuery: NODE },
    ],
  },
  { name: 'shell', aliases: ['sh'], programs: [{ name: 'sh' }] },
  single('bash', { args: ['--version'], pattern: /\bbash, version (\d\S*)/i }),
  single('java', {
    args: ['-version'],
    // On stderr, after a line that repeats JAVA_TOOL_OPTIONS, which may contain anything.
    pattern: /^\S+ version "([^"]+)"/m,
    // Up to Java 8 the version begins with 1.: 1.8.0_392 is 8.0.392.
    renumber: (version) => version.replace(/^1\.(?=\d)/, '').replace('_', '.'),
  }),
  single('ruby', { args: ['--version'], pattern: /^ruby (\d\S*)/m }),
  // Without GOTOOLCHAIN, go may download another version of itself.
  single('go', { args: ['version'], pattern: /\bgo(\d\S*)/, variables: { GOTOOLCHAIN: 'local' } }),
  single('perl', { args: ['--version'], pattern: /\(v(\d[\d.]*)/ }),
  {
    name: 'r',
    aliases: [],
    programs: [{ name: 'R', versionQuery: { args: ['--version'], pattern: /^R version (\d\S*)/m } }],
  },
  {
    name: 'powershell',
    aliases: ['pwsh'],
    programs: [
      { name: 'pwsh', versionQuery: POWERSHELL },
      { name: 'powershell', versionQuery: POWERSHELL },
    ],
  },
  single('docker', { args: ['--version'], pattern: /\bversion (\d[^\s,]*)/i }),
  { name: 'native', aliases: [], programs: [] },
  { name: 'builtin', aliases: [], programs: [] },
];

/** @param name case-insensitive */
export function knownRuntime(name: string): KnownRuntime | undefined {
  const lowerCase = name.toLowerCase();
  return KNOWN_RUNTIMES.find((runtime) => runtime.name === lowerCase || runtime.aliases.includes(lowerCase));
}
