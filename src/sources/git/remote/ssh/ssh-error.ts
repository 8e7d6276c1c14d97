import { AttuneError, type ErrorCode } from '../../../../errors.ts';
import type { ConnectionEnd } from '../../../../platform/processes/processes.ts';
import type { SshAddress } from './address.ts';
import type { SshProgram } from './program.ts';

/** Why the ssh program brought no repository, with the last of its own words. */
class GitSshError extends AttuneError {
  constructor(
    code: ErrorCode,
    { location }: SshAddress,
    end: ConnectionEnd,
    { why, hint }: { why: string; hint: string },
  ) {
    const words = lastWords(end.errors);
    const said = words && `\nssh said:\n${words.replace(/^/gm, '  ')}`;
    super(code, `Cannot read the git repository ${location}: ${why}.${said}`, {
      facts: { url: location, exit_code: end.exitCode, signal: end.signal, ssh_message: words },
      hint,
    });
  }
}

const LINES = 12;
const LINE_LENGTH = 300;

/** The end of what a program said, a few lines of it. */
export function lastWords(errors: string): string {
  const lines = errors.split(/\r?\n|\r/).map((line) => line.trimEnd());
  return lines
    .filter((line) => line !== '')
    .slice(-LINES)
    .map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}...` : line))
    .join('\n');
}

interface Explanation {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint: string | ((address: SshAddress) => string);
}

const CHECK_NETWORK = 'Check the network and the address; behind an air gap, set up a mirror in config.yaml.';
const CHECK_RIGHTS = 'Check the address, and whether the account of your key may read the repository.';

/** The words with which ssh and ssh-keyscan are given a host. */
function place({ host, port }: SshAddress, user?: string): string {
  return `${port === undefined ? '' : `-p ${port} `}${user === undefined ? '' : `${user}@`}${host}`;
}

/** What OpenSSH and plink say when they do not get as far as a shell. */
const CONNECTING: readonly Explanation[] = [
  {
    says: /REMOTE HOST IDENTIFICATION HAS CHANGED|POTENTIAL SECURITY BREACH|differs from the key for the IP/i,
    code: 'NETWORK_HOST_KEY',
    why: 'the key of the host is not the one that is known for it',
    hint: ({ host, port }) =>
      `Somebody may be between you and the host: ask those who run it whether its key was changed. Only then remove the old one with ssh-keygen -R '${port === undefined ? host : `[${host}]:${port}`}'.`,
  },
  {
    says: /host key verification failed|host key is known for|host key is not cached|authenticity of host/i,
    code: 'NETWORK_HOST_KEY',
    why: 'the key of the host is not known',
    hint: (address) =>
      `Connect once by hand (ssh ${place(address)}) and compare the fingerprint before you accept it; ssh-keyscan ${place(address)} prints the key for ~/.ssh/known_hosts.`,
  },
  {
    says: /permission denied \(|permission denied, please|too many authentication failures|no supported authentication methods|access denied/i,
    code: 'NETWORK_AUTH',
    why: 'the host does not accept the login',
    hint: (address) =>
      `Try ssh -v ${place(address, address.user)}: the account there must have your public key, and a key with a passphrase must be in the agent (ssh-add) where nobody can type it.`,
  },
  {
    says: /could not resolve hostname|name or service not known|host does not exist/i,
    code: 'NETWORK_UNREACHABLE',
    why: 'the name of the host is not known',
    hint: CHECK_NETWORK,
  },
  {
    says: /connection refused/i,
    code: 'NETWORK_UNREACHABLE',
    why: 'the connection was refused',
    hint: CHECK_NETWORK,
  },
  { says: /timed out/i, code: 'NETWORK_TIMEOUT', why: 'the connection timed out', hint: CHECK_NETWORK },
  { says: /no route to host/i, code: 'NETWORK_UNREACHABLE', why: 'there is no way to the host', hint: CHECK_NETWORK },
  { says: /network is unreachable/i, code: 'NETWORK_UNREACHABLE', why: 'there is no network', hint: CHECK_NETWORK },
  {
    says: /connection (?:to .* )?(?:closed|reset|abandoned)|closed by remote host|kex_exchange_identification|broken pipe/i,
    code: 'NETWORK_UNREACHABLE',
    why: 'the connection was cut',
    hint: CHECK_NETWORK,
  },
  {
    says: /bad configuration option|bad owner or permissions|terminating, \d+ bad configuration/i,
    code: 'NETWORK_SSH_PROGRAM',
    why: 'ssh does not accept its configuration',
    hint: 'Correct ~/.ssh/config, or what GIT_SSH_COMMAND adds to it.',
  },
];

/** What git on the server says, or the program that a git host has in place of a shell. */
const SERVING: readonly Explanation[] = [
  {
    says: /git-upload-pack['"]?: (?:command )?not found|git-upload-pack['"]? is not recognized|not found: git-upload-pack/i,
    code: 'NETWORK_NOT_GIT',
    why: 'the host has no git',
    hint: 'Install git there, for an account whose PATH has git-upload-pack without a login.',
  },
  {
    says: /does not appear to be a git repository|repository (?:does not exist|not found)|no such (?:repository|project)|project .*(?:could not be found|not found)|not a git repository/i,
    code: 'NETWORK_NO_REPOSITORY',
    why: 'there is no repository at this address, or none that this account may see',
    hint: CHECK_RIGHTS,
  },
  {
    says: /access denied|denied by|permission (?:to .* )?denied|forbidden|not (?:authori[sz]ed|allowed)|do(?:es)? not have (?:the )?(?:permission|access|rights?)/i,
    code: 'NETWORK_AUTH',
    why: 'the server does not allow it',
    hint: CHECK_RIGHTS,
  },
];

/** The status with which ssh tells a fault of its own; any other is that of the command on the server. */
const FAULT_OF_SSH = 255;

/** Why a conversation ended before its end. What a program says is only read for a fitting code and hint. */
export function sshFault(address: SshAddress, end: ConnectionEnd, { name, remedy }: SshProgram): GitSshError {
  const { startError, exitCode, signal, errors } = end;
  if (startError !== undefined) {
    const why = `the program '${name}' cannot be started (${startError})`;
    return new GitSshError('NETWORK_SSH_PROGRAM', address, end, { why, hint: remedy });
  }
  const tables = exitCode === FAULT_OF_SSH ? [CONNECTING, SERVING] : [SERVING, CONNECTING];
  const found = tables.flat().find(({ says }) => says.test(errors));
  if (found !== undefined) {
    const hint = typeof found.hint === 'string' ? found.hint : found.hint(address);
    return new GitSshError(found.code, address, end, { why: found.why, hint });
  }
  const how = signal === null ? `with status ${exitCode}` : `by ${signal}`;
  return new GitSshError(exitCode === FAULT_OF_SSH ? 'NETWORK_SSH' : 'NETWORK_GIT_REFUSED', address, end, {
    why: `'${name}' ended ${how} before the repository was there`,
    hint: 'Try git ls-remote, or ssh -v, with the same address: they say more.',
  });
}
