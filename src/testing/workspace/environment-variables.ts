/** The absolute paths of a suite's workspace. */
export interface Workspace {
  /** The private copy of the pack. */
  readonly pack: string;
  readonly home: string;
  readonly temporary: string;
  /** The directory where runners write their results. */
  readonly results: string;
}

/** Variables that version managers of Python, Node or Java need; their shims do not work without them. */
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

/** Variables that programs on Windows need to start. */
const WINDOWS_VARIABLES = ['ComSpec', 'NUMBER_OF_PROCESSORS', 'PATHEXT', 'SystemDrive', 'SystemRoot', 'windir'];

/**
 * Returns the complete environment of a pack's tests: the `PATH`, a private home and temporary directory, a fixed locale
 * and the pack. No other variable of the user is passed on, in particular no credentials.
 */
export function testEnvironment(
  pack: { readonly ref: string; readonly version: string },
  workspace: Workspace,
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const passedOn = [...TOOL_LOCATIONS, ...WINDOWS_VARIABLES].flatMap((name) => {
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

/** Returns the search path, which Windows names `Path`. */
export function searchPath(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  return variables['PATH'] ?? variables['Path'];
}
