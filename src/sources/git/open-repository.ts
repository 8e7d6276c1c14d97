import { fileURLToPath } from 'node:url';
import { AttuneError } from '../../errors.ts';
import type { Activity } from '../../platform/reporter.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import type { SourceTools } from '../source.ts';
import { openLocalRepository } from './local/local-repository.ts';
import { createHttpUploadPack } from './remote/http.ts';
import { openRemoteRepository } from './remote/remote-repository.ts';
import { openSshRepository } from './remote/ssh/ssh.ts';
import type { GitRepository } from './repository.ts';

/** A way to reach a repository that attune does not have. */
class UnsupportedTransport extends AttuneError {
  constructor(url: SafeUrl, scheme: string) {
    super('NETWORK_GIT_TRANSPORT', `Cannot reach ${url}: attune does not speak git over ${scheme}.`, {
      facts: { url: `${url}`, scheme },
      hint: 'Use the https address of the repository, or clone it with git and give the path of the clone.',
    });
  }
}

class InvalidGitUrl extends AttuneError {
  constructor(url: SafeUrl, cause?: unknown) {
    super('INVALID_URL', `'${url}' is not the address of a git repository.`, {
      facts: { url: `${url}` },
      hint: 'Write it as https://host/path.git, file:///absolute/path, or a path.',
      cause,
    });
  }
}

type GitTransport = 'http' | 'ssh' | 'local' | 'unknown';

/** How an address is reached. `user@host:path` is ssh; `C:\path` and everything without a scheme is local. */
export function detectTransport(address: SafeUrl): GitTransport {
  const url = address.reveal();
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return /^[^/\\]{2,}:(?!\/\/)/.test(url) && !url.startsWith('.') ? 'ssh' : 'local';
  if (scheme === 'https' || scheme === 'http') return 'http';
  if (scheme === 'ssh' || scheme === 'git+ssh' || scheme === 'ssh+git') return 'ssh';
  return scheme === 'file' ? 'local' : 'unknown';
}

/** @param url https, http, ssh, file, or a path on this machine */
export async function openRepository(
  url: SafeUrl,
  tools: SourceTools & { readonly activity: Activity },
): Promise<GitRepository> {
  switch (detectTransport(url)) {
    case 'http':
      if (url.origin === undefined) throw new InvalidGitUrl(url);
      return openRemoteRepository(createHttpUploadPack(url, tools), tools);
    case 'local':
      return openLocalRepository(localPath(url), tools.limits);
    case 'ssh':
      return openSshRepository(url, tools);
    case 'unknown':
      throw new UnsupportedTransport(url, `${url}`.split(':', 1).join(''));
  }
}

/** The path that a file URL or a path stands for. @throws InvalidGitUrl */
export function localPath(url: SafeUrl): string {
  const text = url.reveal();
  if (!/^file:\/\//i.test(text)) return text;
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw new InvalidGitUrl(url, error);
  }
}
