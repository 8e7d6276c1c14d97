/** Where the parts of a run's workspace are, all absolute. */
export interface Workspace {
  /** The private copy of the pack. */
  readonly pack: string;
  readonly home: string;
  readonly temporary: string;
  /** Where runners write what they found; empty at first. */
  readonly results: string;
}

/** Tell managers of several Python, Node or Java versions where they are; without them their shims find nothing. */
const TOOL_LOCATIONS = [
  'ASDF_DATA_DIR',
  'ASDF_DIR',
  'GOROOT',
  'JAVA_HOME',
  'MISE_DATA_DIR',
  'NVM_DIR',
  'PYENV_ROOT',
  'RBENV_ROOT',
  'VOLTA_HOME',
];

/** Without these, programs on Windows do not even start. */
const WINDOWS_NEEDS = ['ComSpec', 'NUMBER_OF_PROCESSORS', 'PATHEXT', 'SystemDrive', 'SystemRoot', 'windir'];

/**
 * The whole environment of a pack's tests: what finds programs, a home and a temporary directory of their own, a fixed
 * locale and the pack. Nothing else of the user's gets in, above all no credentials.
 */
export function testEnvironment(
  pack: { readonly ref: string; readonly version: string },
  workspace: Workspace,
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const passedOn = [...TOOL_LOCATIONS, ...WINDOWS_NEEDS].flatMap((name) => {
    const value = variables[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passedOn),
    PATH: searchPath(variables) ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    HOME: workspace.home,
    USERPROFILE: workspace.home,
    TMPDIR: workspace.temporary,
    TEMP: workspace.temporary,
    TMP: workspace.temporary,
    PYTHONDONTWRITEBYTECODE: '1',
    ATTUNE_PACK_REF: pack.ref,
    ATTUNE_PACK_VERSION: pack.version,
    ATTUNE_PACK_DIR: workspace.pack,
  };
}

/** Windows calls it `Path`. */
export function searchPath(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  return variables['PATH'] ?? variables['Path'];
}
