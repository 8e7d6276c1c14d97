import type { Processes, ProcessResult } from '../../platform/processes/types.ts';

/** Longer than git takes for the largest supported repository. */
const TIMEOUT_MS = 120_000;
/** The paths of 20,000 files, each of 4,096 bytes. */
const MAX_OUTPUT_BYTES = 96 * 1024 * 1024;

export interface GitProgramTools {
  readonly processes: Processes;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The variables that name another repository, which git sets for its hooks. */
const REPOSITORY_VARIABLES = /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|OBJECT_DIRECTORY|NAMESPACE|PROTOCOL)$/;

/** Returns the environment for the git program: that of the user, without the variables that name another repository. */
export function gitVariables(variables: GitProgramTools['variables']): Record<string, string> {
  const pairs = Object.entries(variables).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !REPOSITORY_VARIABLES.test(pair[0]),
  );
  return { ...Object.fromEntries(pairs), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C.UTF-8' };
}

/**
 * Runs the git program of the user for what attune does not do itself. Never rejects.
 * @param cwd a directory of the repository
 * @returns `startError` if there is no git program
 */
export function runGit(args: readonly string[], cwd: string, tools: GitProgramTools): Promise<ProcessResult> {
  return tools.processes.run({
    command: 'git',
    args,
    cwd,
    env: gitVariables(tools.variables),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
}
