/** The runtimes that attune knows how to ask for their version (SPEC section 2). */
export interface KnownRuntime {
  readonly name: string;
  /** Other names that mean the same. */
  readonly aliases: readonly string[];
  /** The programs that may be it, the preferred one first. None: it is part of attune and always there. */
  readonly programs: readonly RuntimeProgram[];
}

export interface RuntimeProgram {
  readonly name: string;
  /** How to make it say its version; left out where it has none to say. */
  readonly question?: VersionQuestion;
}

export interface VersionQuestion {
  readonly args: readonly string[];
  /** Finds the version in what it answers on stdout and stderr, as its only group. */
  readonly answer: RegExp;
  readonly variables?: Readonly<Record<string, string>>;
  /** Turns a numbering of its own into the usual one. */
  readonly renumber?: (version: string) => string;
}

const PYTHON: VersionQuestion = { args: ['--version'], answer: /^Python (\d\S*)/m };
const NODE: VersionQuestion = { args: ['--version'], answer: /^v(\d\S*)/m };
const POWERSHELL: VersionQuestion = {
  args: ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', '$PSVersionTable.PSVersion.ToString()'],
  answer: /^(\d+\.\S*)/m,
};

function single(name: string, question: VersionQuestion): KnownRuntime {
  return { name, aliases: [], programs: [{ name, question }] };
}

const KNOWN_RUNTIMES: readonly KnownRuntime[] = [
  {
    name: 'python',
    aliases: ['python3'],
    programs: [
      { name: 'python3', question: PYTHON },
      { name: 'python', question: PYTHON },
    ],
  },
  {
    name: 'node',
    aliases: ['nodejs'],
    programs: [
      { name: 'node', question: NODE },
      { name: 'nodejs', question: NODE },
    ],
  },
  { name: 'shell', aliases: ['sh'], programs: [{ name: 'sh' }] },
  single('bash', { args: ['--version'], answer: /\bbash, version (\d\S*)/i }),
  single('java', {
    args: ['-version'],
    // On stderr, below a line that repeats JAVA_TOOL_OPTIONS, which may hold anything.
    answer: /^\S+ version "([^"]+)"/m,
    // Up to 8 it called itself 1.x: 1.8.0_392 is 8.0.392.
    renumber: (version) => version.replace(/^1\.(?=\d)/, '').replace('_', '.'),
  }),
  single('ruby', { args: ['--version'], answer: /^ruby (\d\S*)/m }),
  // Without GOTOOLCHAIN, go may download another version of itself to answer.
  single('go', { args: ['version'], answer: /\bgo(\d\S*)/, variables: { GOTOOLCHAIN: 'local' } }),
  single('perl', { args: ['--version'], answer: /\(v(\d[\d.]*)/ }),
  {
    name: 'r',
    aliases: [],
    programs: [{ name: 'R', question: { args: ['--version'], answer: /^R version (\d\S*)/m } }],
  },
  {
    name: 'powershell',
    aliases: ['pwsh'],
    programs: [
      { name: 'pwsh', question: POWERSHELL },
      { name: 'powershell', question: POWERSHELL },
    ],
  },
  single('docker', { args: ['--version'], answer: /\bversion (\d[^\s,]*)/i }),
  { name: 'native', aliases: [], programs: [] },
  { name: 'builtin', aliases: [], programs: [] },
];

/** @param name in any case */
export function knownRuntime(name: string): KnownRuntime | undefined {
  const wanted = name.toLowerCase();
  return KNOWN_RUNTIMES.find((runtime) => runtime.name === wanted || runtime.aliases.includes(wanted));
}
