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

/** A URL scheme that attune cannot fetch git repositories from. */
export class UnsupportedTransport extends AttuneError {
  constructor(url: SafeUrl, scheme: string) {
    super('NETWORK_GIT_TRANSPORT', `Cannot reach ${url}: attune does not support git over ${scheme}.`, {
      facts: { url: `${url}`, scheme },
      hint: 'Use the https URL of the repository, or clone it with git and give the path of the clone.',
    });
  }
}

class InvalidGitUrl extends AttuneError {
  constructor(url: SafeUrl, cause?: unknown) {
    super('INVALID_URL', `'${url}' is not a valid git repository URL.`, {
      facts: { url: `${url}` },
      hint: 'Write it as https://host/path.git, file:///absolute/path, or a path.',
      cause,
    });
  }
}

type GitTransport = 'http' | 'ssh' | 'local' | 'unknown';

/** Detects the transport of a URL. `user@host:path` is ssh; `C:\path` and everything else without a scheme is local. */
export function detectTransport(url: SafeUrl): GitTransport {
  const text = url.reveal();
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return /^[^/\\]{2,}:(?!\/\/)/.test(text) && !text.startsWith('.') ? 'ssh' : 'local';
  if (scheme === 'https' || scheme === 'http') return 'http';
  if (scheme === 'ssh' || scheme === 'git+ssh' || scheme === 'ssh+git') return 'ssh';
  return scheme === 'file' ? 'local' : 'unknown';
}

/** Opens a repository. @param url https, http, ssh, file or a local path */
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

/** Returns the local path of a file URL or path. @throws InvalidGitUrl */
export function localPath(url: SafeUrl): string {
  const text = url.reveal();
  if (!/^file:\/\//i.test(text)) return text;
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw new InvalidGitUrl(url, error);
  }
}
