import { AttuneError, type ErrorCode } from '../../../../errors.ts';
import type { ConnectionEnd } from '../../../../platform/processes/types.ts';
import type { SshAddress } from './address.ts';
import type { SshProgram } from './program.ts';

/** A failure of the ssh program or of the remote git, with the last lines of the program's output. */
class GitSshError extends AttuneError {
  constructor(
    code: ErrorCode,
    { location }: SshAddress,
    end: ConnectionEnd,
    { why, hint }: { why: string; hint: string },
  ) {
    const output = lastLines(end.errors);
    const quoted = output && `\nOutput of ssh:\n${output.replace(/^/gm, '  ')}`;
    super(code, `Cannot read the git repository ${location}: ${why}.${quoted}`, {
      facts: { url: location, exit_code: end.exitCode, signal: end.signal, ssh_message: output },
      hint,
    });
  }
}

const MAX_LINES = 12;
const MAX_LINE_LENGTH = 300;

/** Returns the last lines of a program's output. */
export function lastLines(output: string): string {
  const lines = output.split(/\r?\n|\r/).map((line) => line.trimEnd());
  return lines
    .filter((line) => line !== '')
    .slice(-MAX_LINES)
    .map((line) => (line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}...` : line))
    .join('\n');
}

interface KnownFailure {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint: string | ((address: SshAddress) => string);
}

const CHECK_NETWORK = 'Check the network and the address. In an isolated network, configure a mirror in settings.yaml.';
const CHECK_ACCESS = 'Check the address, and whether the account of your key may read the repository.';

/** Formats the arguments that select a host for ssh and ssh-keyscan. */
function hostArgs({ host, port }: SshAddress, user?: string): string {
  return `${port === undefined ? '' : `-p ${port} `}${user === undefined ? '' : `${user}@`}${host}`;
}

/** Messages of OpenSSH and plink when they fail to reach a remote shell. */
const CONNECTION_FAILURES: readonly KnownFailure[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|POTENTIAL SECURITY BREACH|differs from the key for the IP/i,
    code: 'NETWORK_HOST_KEY',
    why: 'the host key differs from the known one',
    hint: ({ host, port }) =>
      `The connection may be intercepted: ask the administrators of the host whether its key was changed. Only then remove the old one with ssh-keygen -R '${port === undefined ? host : `[${host}]:${port}`}'.`,
  },
  {
    pattern: /host key verification failed|host key is known for|host key is not cached|authenticity of host/i,
    code: 'NETWORK_HOST_KEY',
    why: 'the host key is not known',
    hint: (address) =>
      `Connect once interactively (ssh ${hostArgs(address)}) and compare the fingerprint before you accept it; ssh-keyscan ${hostArgs(address)} prints the key for ~/.ssh/known_hosts.`,
  },
  {
    pattern:
      /permission denied \(|permission denied, please|too many authentication failures|no supported authentication methods|access denied/i,
    code: 'NETWORK_AUTH',
    why: 'the host rejected the login',
    hint: (address) =>
      `Try ssh -v ${hostArgs(address, address.user)}. The account must have your public key, and without a terminal a key with a passphrase must be in the agent (ssh-add).`,
  },
  {
    pattern: /could not resolve hostname|name or service not known|host does not exist/i,
    code: 'NETWORK_UNREACHABLE',
    why: 'the host name cannot be resolved',
    hint: CHECK_NETWORK,
  },
  {
    pattern: /connection refused/i,
    code: 'NETWORK_UNREACHABLE',
    why: 'the connection was refused',
    hint: CHECK_NETWORK,
  },
  { pattern: /timed out/i, code: 'NETWORK_TIMEOUT', why: 'the connection timed out', hint: CHECK_NETWORK },
  { pattern: /no route to host/i, code: 'NETWORK_UNREACHABLE', why: 'the host is unreachable', hint: CHECK_NETWORK },
  {
    pattern: /network is unreachable/i,
    code: 'NETWORK_UNREACHABLE',
    why: 'the network is unreachable',
    hint: CHECK_NETWORK,
  },
  {
    pattern:
      /connection (?:to .* )?(?:closed|reset|abandoned)|closed by remote host|kex_exchange_identification|broken pipe/i,
    code: 'NETWORK_UNREACHABLE',
    why: 'the connection was closed',
    hint: CHECK_NETWORK,
  },
  {
    pattern: /bad configuration option|bad owner or permissions|terminating, \d+ bad configuration/i,
    code: 'NETWORK_SSH_PROGRAM',
    why: 'ssh rejected its configuration',
    hint: 'Correct ~/.ssh/config, or the options in GIT_SSH_COMMAND.',
  },
];

/** Messages of git on the server, or of the program that a git host runs instead of a shell. */
const SERVER_FAILURES: readonly KnownFailure[] = [
  {
    pattern:
      /git-upload-pack['"]?: (?:command )?not found|git-upload-pack['"]? is not recognized|not found: git-upload-pack/i,
    code: 'NETWORK_NOT_GIT',
    why: 'git is not installed on the host',
    hint: 'Install git on the host, with git-upload-pack on the PATH of non-login shells.',
  },
  {
    pattern:
      /does not appear to be a git repository|repository (?:does not exist|not found)|no such (?:repository|project)|project .*(?:could not be found|not found)|not a git repository/i,
    code: 'NETWORK_NO_REPOSITORY',
    why: 'there is no repository at this address, or this account may not see it',
    hint: CHECK_ACCESS,
  },
  {
    pattern:
      /access denied|denied by|permission (?:to .* )?denied|forbidden|not (?:authori[sz]ed|allowed)|do(?:es)? not have (?:the )?(?:permission|access|rights?)/i,
    code: 'NETWORK_AUTH',
    why: 'the server denied access',
    hint: CHECK_ACCESS,
  },
];

/** The exit status with which ssh reports its own errors. Any other is the status of the remote command. */
const SSH_ERROR_STATUS = 255;

/** Explains why a session ended early. The output of the program only determines the error code and the hint. */
export function explainSshFailure(address: SshAddress, end: ConnectionEnd, program: SshProgram): GitSshError {
  const { startError, exitCode, signal, errors } = end;
  if (startError !== undefined) {
    const why = `the program '${program.name}' cannot be started (${startError})`;
    return new GitSshError('NETWORK_SSH_PROGRAM', address, end, { why, hint: program.startHint });
  }
  const isSshError = exitCode === SSH_ERROR_STATUS;
  const known = isSshError
    ? [...CONNECTION_FAILURES, ...SERVER_FAILURES]
    : [...SERVER_FAILURES, ...CONNECTION_FAILURES];
  const match = known.find(({ pattern }) => pattern.test(errors));
  if (match !== undefined) {
    const hint = typeof match.hint === 'string' ? match.hint : match.hint(address);
    return new GitSshError(match.code, address, end, { why: match.why, hint });
  }
  const outcome = signal === null ? `exited with status ${exitCode}` : `was ended by ${signal}`;
  return new GitSshError(isSshError ? 'NETWORK_SSH' : 'NETWORK_GIT_REFUSED', address, end, {
    why: `'${program.name}' ${outcome} before it sent the repository`,
    hint: 'Run git ls-remote or ssh -v with the same address for more details.',
  });
}
