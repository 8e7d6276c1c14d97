import { AttuneError } from '../../../../errors.ts';
import type { SshAddress } from './address.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What is started to reach a host: a program and the words that come before those for ssh. */
export interface SshProgram {
  /** As the user named it, for messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Which options it takes; `undefined` where nobody has said so and its name does not tell. */
  readonly variant: SshVariant | undefined;
  /** What to do when it cannot be started. */
  readonly remedy: string;
}

/** As git has them (`ssh.variant` of git-config). `simple` takes a host and a command and no options at all. */
export type SshVariant = 'ssh' | 'plink' | 'simple';

class NoPortForProgram extends AttuneError {
  constructor(location: string, port: string) {
    super(
      'NETWORK_SSH_PROGRAM',
      `Cannot reach ${location}: the program in place of ssh is not known to take a port, and the address has ${port}.`,
      {
        facts: { url: location, port },
        hint: 'Say which options it takes: GIT_SSH_VARIANT=ssh or GIT_SSH_VARIANT=plink.',
      },
    );
  }
}

/** What git would start: the command line in `GIT_SSH_COMMAND`, which sh reads, the program in `GIT_SSH`, or `ssh`. */
export function sshProgram(variables: Variables): SshProgram {
  const line = variables['GIT_SSH_COMMAND'];
  if (line) {
    const [, double, single, plain] = /^\s*(?:"([^"]*)"|'([^']*)'|(\S+))/.exec(line) ?? [];
    return {
      name: line,
      command: 'sh',
      args: ['-c', `${line} "$@"`, line],
      variant: variantOf(double ?? single ?? plain ?? '', variables),
      remedy: 'GIT_SSH_COMMAND needs a shell: put sh on the PATH, or set GIT_SSH in its place.',
    };
  }
  const name = variables['GIT_SSH'] || 'ssh';
  const remedy = variables['GIT_SSH']
    ? 'Correct GIT_SSH, or unset it.'
    : 'Install OpenSSH (the package openssh-client), or use the https address of the repository.';
  return { name, command: name, args: [], variant: variantOf(name, variables), remedy };
}

const NAMED: Readonly<Record<string, SshVariant>> = {
  ssh: 'ssh',
  plink: 'plink',
  putty: 'plink',
  tortoiseplink: 'plink',
  simple: 'simple',
};

function variantOf(program: string, variables: Variables): SshVariant | undefined {
  const name = program.replace(/^.*[/\\]/s, '').replace(/\.exe$/i, '');
  return NAMED[(variables['GIT_SSH_VARIANT'] ?? '').toLowerCase()] ?? NAMED[name.toLowerCase()];
}

/**
 * The words that ask a host to run a command. Without anybody to answer, OpenSSH and plink are told not to ask: an
 * unknown key of a host then ends the connection, and it is never accepted in silence.
 * @throws NoPortForProgram for a port that the program cannot be told
 */
export function sshArguments(
  address: SshAddress,
  variant: SshVariant,
  { canAsk, remoteCommand }: { readonly canAsk: boolean; readonly remoteCommand: string },
): string[] {
  const { user, host, port } = address;
  const destination = user === undefined ? host : `${user}@${host}`;
  switch (variant) {
    case 'ssh': {
      const options = [...(canAsk ? [] : ['-o', 'BatchMode=yes']), ...(port === undefined ? [] : ['-p', port])];
      return [...options, '--', destination, remoteCommand];
    }
    case 'plink': {
      const options = [...(canAsk ? [] : ['-batch']), ...(port === undefined ? [] : ['-P', port])];
      return [...options, destination, remoteCommand];
    }
    case 'simple':
      if (port === undefined) return [destination, remoteCommand];
      throw new NoPortForProgram(address.location, port);
  }
}

/**
 * The user's own environment, for their agent and configuration, without what is attune's (tokens among it) and what
 * would have the server speak another version of the protocol. Without a terminal no window may ask either.
 */
export function sshEnvironment(variables: Variables, canAsk: boolean): Record<string, string> {
  const kept = Object.entries(variables).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !/^(?:ATTUNE_.*|GIT_PROTOCOL)$/i.test(pair[0]),
  );
  if (canAsk) return Object.fromEntries(kept);
  const unasked = kept.filter(([name]) => !/^SSH_ASKPASS/i.test(name));
  return { ...Object.fromEntries(unasked), SSH_ASKPASS_REQUIRE: 'never' };
}

/** One word for the shell of the server, as git quotes it: csh reads a `!` also between quotes. */
export function quoted(path: string): string {
  return `'${path.replace(/['!]/g, (mark) => `'\\${mark}'`)}'`;
}
