import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Returns the paths of the Unix sockets of running programs that this user can reach; none where Linux does not list them. */
export function reachableSockets(user: { readonly uid: number; readonly gid: number }): string[] {
  const paths = listed().flatMap((line) => /^(?:\S+\s+){7}(\/.*)$/.exec(line)?.[1] ?? []);
  return [...new Set(paths)].filter((path) => isReachable(path, user)).sort();
}

function listed(): string[] {
  try {
    return readFileSync('/proc/net/unix', 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
}

/** In a user namespace, root has no rights to the files of other users, so the modes count for root as well. */
function isReachable(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): boolean {
  try {
    if (!statSync(path).isSocket()) return false;
    for (let directory = dirname(path); directory !== '/'; directory = dirname(directory)) {
      const { mode, uid: owner, gid: group } = statSync(directory);
      const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
      if (uid === 0 && (mode & bit) === 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}
