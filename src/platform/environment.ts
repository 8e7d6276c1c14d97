import { devNull, homedir, hostname, userInfo } from 'node:os';
import { isAbsolute, parse } from 'node:path';

/** The path of a file that is always empty: `/dev/null`. */
export const NULL_DEVICE = devNull;

/** The environment of the process, read once at startup. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly homeDirectory: string;
  readonly hostName: string;
  /** `ATTUNE_USER`, else the login name. */
  readonly userName: string;
  readonly windows: boolean;
  readonly processId: number;
  /** The command-line arguments, for messages that name the holder of a lock. */
  readonly arguments: readonly string[];
}

export function systemEnvironment(): Environment {
  const { env } = process;
  const windows = process.platform === 'win32';
  return {
    variables: env,
    workingDirectory: workingDirectory(env),
    // Usually equals `homedir()`, without loading the module.
    homeDirectory: env[windows ? 'USERPROFILE' : 'HOME'] || homedir(),
    // Lazy: only history records need these two, and the system may have to query a directory service.
    get hostName() {
      return hostname();
    },
    get userName() {
      return env['ATTUNE_USER'] || loginName(env);
    },
    windows,
    processId: process.pid,
    arguments: process.argv.slice(2),
  };
}

/** Falls back to `PWD` if the working directory was removed: commands that do not use it still work. */
function workingDirectory(env: NodeJS.ProcessEnv): string {
  try {
    return process.cwd();
  } catch {
    const last = env['PWD'];
    return last !== undefined && isAbsolute(last) ? last : parse(process.execPath).root;
  }
}

function loginName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user ID without a name.
    return env['USER'] || env['USERNAME'] || 'unknown';
  }
}
