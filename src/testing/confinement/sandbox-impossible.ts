import { AttuneError } from '../../errors.ts';

/** `--sandbox` asks for tests without a network, and this system has no way to run them so. */
export class SandboxUnavailable extends AttuneError {
  /** @param tried what was tried and how it went, one line each */
  constructor(tried: readonly string[]) {
    const lines = tried.length > 0 ? tried.map((line) => `  ${line}`) : ['  it is not Linux'];
    super('DEPENDENCY_SANDBOX', ['The tests cannot be run without a network on this system:', ...lines].join('\n'), {
      facts: { tried },
      hint: "Install bubblewrap (Debian, Ubuntu, Fedora: the package 'bubblewrap'), or let users make namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0); or leave out --sandbox.",
    });
  }
}
