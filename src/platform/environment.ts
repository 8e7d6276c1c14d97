import { homedir, hostname, userInfo } from 'node:os';
import { isAbsolute, parse } from 'node:path';

/** What the process was started with. Read once, at the edge. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly homeDirectory: string;
  readonly hostName: string;
  /** `ATTUNE_USER`, else the login name. */
  readonly userName: string;
  readonly windows: boolean;
  readonly processId: number;
  /** The words after the program's name, for messages that name who holds a lock. */
  readonly arguments: readonly string[];
}

export function systemEnvironment(): Environment {
  const { env } = process;
  const windows = process.platform === 'win32';
  return {
    variables: env,
    workingDirectory: workingDirectory(env),
    // What `homedir` says, mostly without loading what it is in.
    homeDirectory: env[windows ? 'USERPROFILE' : 'HOME'] || homedir(),
    // Only what is recorded needs these, and a system may have to ask a directory service.
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

/** Somebody may have removed the directory: what is not relative to it works all the same, the rest is not found. */
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
    // A container may run as a user id that has no name.
    return env['USER'] || env['USERNAME'] || 'unknown';
  }
}
