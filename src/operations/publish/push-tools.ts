import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { detectTransport } from '../../sources/git/open-repository.ts';
import type { PushTools } from '../../sources/git/push/service.ts';
import type { Runtime } from '../runtime.ts';

/** Returns the collaborators of pushing. The HTTP client is created on the first request. */
export async function pushTools(
  runtime: Pick<Runtime, 'config' | 'environment' | 'http' | 'processes' | 'reporter'>,
): Promise<PushTools> {
  const { registries } = await runtime.config();
  return {
    http: { send: async (request) => (await runtime.http()).send(request) },
    processes: runtime.processes,
    reporter: runtime.reporter,
    variables: runtime.environment.variables,
    timeoutMs: registries.timeoutMs,
  };
}

/**
 * Returns the URL of a repository, in which a path is absolute.
 * @param directory the base of a relative path
 */
export function repositoryUrl(text: string, directory: string, { environment }: Pick<Runtime, 'environment'>): SafeUrl {
  const url = new SafeUrl(text);
  const isPath = detectTransport(url) === 'local' && !/^file:/i.test(text);
  return isPath ? new SafeUrl(expandPath(text, { ...environment, workingDirectory: directory })) : url;
}
