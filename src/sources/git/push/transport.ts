import type { SafeUrl } from '../../../platform/safe-url.ts';
import { detectTransport, localPath, UnsupportedTransport } from '../open-repository.ts';
import type { GitService } from '../remote/advertisement.ts';
import { parseSshAddress } from '../remote/ssh/address.ts';
import { SshService } from '../remote/ssh/ssh.ts';
import { HttpService } from './http-service.ts';
import { LocalService } from './local-service.ts';
import type { PushTools, ServiceConnection } from './service.ts';

/** Opens a service of a repository. @param url https, http, ssh, file or a path @throws UnsupportedTransport */
export function openService(url: SafeUrl, service: GitService, tools: PushTools): ServiceConnection {
  switch (detectTransport(url)) {
    case 'http':
      return new HttpService(url, service, tools);
    case 'ssh':
      return new SshService(parseSshAddress(url), tools, service);
    case 'local':
      return new LocalService(localPath(url), service, tools);
    case 'unknown':
      throw new UnsupportedTransport(url, `${url}`.split(':', 1).join(''));
  }
}
