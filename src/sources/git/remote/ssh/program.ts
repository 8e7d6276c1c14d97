import { AttuneError } from '../../../../errors.ts';
import type { SshAddress } from './address.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The program that connects to a host, with the arguments that precede those for ssh. */
export interface SshProgram {
  /** The program as the user named it, for messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The options that the program accepts; `undefined` if neither the user nor its name specifies them. */
  readonly variant: SshVariant | undefined;
  /** The hint if the program cannot be started. */
  readonly startHint: string;
}

/** The variants known to git (`ssh.variant` in git-config). `simple` accepts a host and a command, but no options. */
export type SshVariant = 'ssh' | 'plink' | 'simple';

class NoPortForProgram extends AttuneError {
  constructor(location: string, port: string) {
    super(
      'NETWORK_SSH_PROGRAM',
      `Cannot reach ${location}: the configured ssh program is not known to accept a port, and the address has port ${port}.`,
      {
        facts: { url: location, port },
        hint: 'Set GIT_SSH_VARIANT=ssh or GIT_SSH_VARIANT=plink to specify the options that it accepts.',
      },
    );
  }
}

/** Selects the program like git: the command line in `GIT_SSH_COMMAND`, run by sh; the program in `GIT_SSH`; or `ssh`. */
export function selectSshProgram(variables: Variables): SshProgram {
  const line = variables['GIT_SSH_COMMAND'];
  if (line) {
    const [, double, single, plain] = /^\s*(?:"([^"]*)"|'([^']*)'|(\S+))/.exec(line) ?? [];
    return {
      name: line,
      command: 'sh',
      args: ['-c', `${line} "$@"`, line],
      variant: detectVariant(double ?? single ?? plain ?? '', variables),
      startHint: 'GIT_SSH_COMMAND requires a shell: put sh on the PATH, or set GIT_SSH instead.',
    };
  }
  const name = variables['GIT_SSH'] || 'ssh';
  const startHint = variables['GIT_SSH']
    ? 'Correct GIT_SSH, or unset it.'
    : 'Install OpenSSH (the package openssh-client), or use the https URL of the repository.';
  return { name, command: name, args: [], variant: detectVariant(name, variables), startHint };
}

const VARIANTS: Readonly<Record<string, SshVariant>> = {
  ssh: 'ssh',
  plink: 'plink',
  putty: 'plink',
  tortoiseplink: 'plink',
  simple: 'simple',
};

function detectVariant(program: string, variables: Variables): SshVariant | undefined {
  const name = program.replace(/^.*[/\\]/s, '').replace(/\.exe$/i, '');
  return VARIANTS[(variables['GIT_SSH_VARIANT'] ?? '').toLowerCase()] ?? VARIANTS[name.toLowerCase()];
}

/**
 * Builds the arguments that run a command on a host. If the user cannot be prompted, they keep OpenSSH
 * and plink from prompting: an unknown host key then ends the connection and is never accepted silently.
 * @throws NoPortForProgram for a port that the program does not accept
 */
export function buildSshArgs(
  address: SshAddress,
  variant: SshVariant,
  { canPrompt, remoteCommand }: { readonly canPrompt: boolean; readonly remoteCommand: string },
): string[] {
  const { user, host, port } = address;
  const destination = user === undefined ? host : `${user}@${host}`;
  switch (variant) {
    case 'ssh': {
      const options = [...(canPrompt ? [] : ['-o', 'BatchMode=yes']), ...(port === undefined ? [] : ['-p', port])];
      return [...options, '--', destination, remoteCommand];
    }
    case 'plink': {
      const options = [...(canPrompt ? [] : ['-batch']), ...(port === undefined ? [] : ['-P', port])];
      return [...options, destination, remoteCommand];
    }
    case 'simple':
      if (port === undefined) return [destination, remoteCommand];
      throw new NoPortForProgram(address.location, port);
  }
}

/**
 * Returns the user's environment, which the agent and the configuration require, without attune's own variables (which
 * include tokens) and without the variable that selects another protocol version. Without a terminal, graphical prompts
 * are disabled too.
 */
export function buildSshEnvironment(variables: Variables, canPrompt: boolean): Record<string, string> {
  const passed = Object.entries(variables).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !/^(?:ATTUNE_.*|GIT_PROTOCOL)$/i.test(pair[0]),
  );
  if (canPrompt) return Object.fromEntries(passed);
  const withoutPrompt = passed.filter(([name]) => !/^SSH_ASKPASS/i.test(name));
  return { ...Object.fromEntries(withoutPrompt), SSH_ASKPASS_REQUIRE: 'never' };
}

/** Quotes an argument for the server's shell like git: csh interprets `!` inside of quotes too. */
export function quoteForShell(path: string): string {
  return `'${path.replace(/['!]/g, (character) => `'\\${character}'`)}'`;
}
