/**
 * git over ssh without a git program. The user's own ssh does what is hard (configuration, agent, known hosts, jumps),
 * and runs `git-upload-pack` on the server; attune speaks with that through its standard input and output. What leads
 * there: an address whose parts cannot be taken for anything else (git-ssh-address), the program and the options that
 * it takes (git-ssh-program), the two parts of what the server says (git-ssh-conversation), and why it said nothing
 * (git-ssh-fault).
 *
 * A server of this kind remembers what it advertised, so a connection serves one advertisement and one exchange; a
 * second exchange opens another.
 */
import type { Connection } from '../../../../platform/processes/processes.ts';
import type { SafeUrl } from '../../../../platform/safe-url.ts';
import type { SourceTools } from '../../../source.ts';
import type { GitRepository } from '../../repository.ts';
import { readAdvertisement, SERVICE, wholeAdvertisement } from '../advertisement.ts';
import { GitServerRefused, patiently } from '../protocol.ts';
import { openRemoteRepository, type UploadPack } from '../remote-repository.ts';
import { parseSshAddress, type SshAddress } from './address.ts';
import { quoted, type SshProgram, type SshVariant, sshArguments, sshEnvironment, sshProgram } from './program.ts';
import { GitConversation } from './session.ts';
import { lastWords, sshFault } from './ssh-error.ts';

type SshTools = Pick<SourceTools, 'processes' | 'timeoutMs' | 'variables'>;
type RemoteTools = Parameters<typeof openRemoteRepository>[1];

/**
 * @param url as `parseSshAddress` has it
 * @throws InvalidSshAddress; looking something up in it throws GitSshError, NoPortForProgram and NetworkFault as well
 */
export function openSshRepository(url: SafeUrl, tools: SshTools & RemoteTools): GitRepository {
  const address = parseSshAddress(url);
  return {
    location: address.location,
    async find(refSpec) {
      await using server = new SshUploadPack(address, tools);
      return await openRemoteRepository(server, tools).find(refSpec);
    },
  };
}

/** What is kept of standard error: enough for a warning about a host's key and what comes after it. */
const ERROR_BYTES = 16 * 1024;
/** For a program that is asked whether it takes the options of OpenSSH. */
const PROBE_MS = 10_000;
const GOODBYE = Buffer.from('0000');

interface Talk {
  readonly connection: Connection;
  readonly conversation: GitConversation;
}

class SshUploadPack implements UploadPack, AsyncDisposable {
  readonly location: string;
  readonly #address: SshAddress;
  readonly #tools: SshTools;
  readonly #program: SshProgram;
  #variant: SshVariant | undefined;
  readonly #open = new Set<Connection>();
  /** Has advertised, and waits for what is wanted. */
  #waiting: Talk | undefined;

  constructor(address: SshAddress, tools: SshTools) {
    this.location = address.location;
    this.#address = address;
    this.#tools = tools;
    this.#program = sshProgram(tools.variables);
    this.#variant = this.#program.variant;
  }

  async advertisement(): ReturnType<UploadPack['advertisement']> {
    return readAdvertisement(await this.#begin(), this.location);
  }

  async exchange(request: Buffer): Promise<AsyncIterable<Uint8Array>> {
    if (this.#waiting === undefined) await this.#begin();
    const talk = this.#waiting as Talk;
    this.#waiting = undefined;
    talk.connection.write(request);
    talk.connection.end();
    return this.#answer(talk);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiting?.connection.write(GOODBYE);
    await Promise.all([...this.#open].map((connection) => connection[Symbol.asyncDispose]()));
  }

  /** Opens a connection and reads what is advertised. */
  async #begin(): Promise<Buffer> {
    this.#variant ??= await this.#probe();
    const remoteCommand = `${SERVICE} ${quoted(this.#address.path)}`;
    const connection = await this.#connect(
      sshArguments(this.#address, this.#variant, {
        canAsk: this.#tools.processes.canAsk,
        remoteCommand,
      }),
    );
    const conversation = new GitConversation(connection.output, this.location);
    const heard = patiently(conversation.advertisement(), this.location, this.#tools.timeoutMs);
    const advertisement = await wholeAdvertisement(heard, this.location);
    if (!conversation.isWhole) throw sshFault(this.#address, await connection.finish(), this.#program);
    this.#waiting = { connection, conversation };
    return advertisement;
  }

  /** Whether a program of another name takes the options of OpenSSH: git asks it for its configuration, too. */
  async #probe(): Promise<SshVariant> {
    const words = sshArguments(this.#address, 'ssh', { canAsk: false, remoteCommand: 'true' });
    await using connection = await this.#connect(['-G', ...words], PROBE_MS);
    connection.end();
    try {
      for await (const _ of connection.output);
    } catch {
      return 'simple';
    }
    return (await connection.finish()).exitCode === 0 ? 'ssh' : 'simple';
  }

  async #connect(words: readonly string[], timeoutMs = this.#tools.timeoutMs): Promise<Connection> {
    const { processes, variables } = this.#tools;
    const connection = await processes.connect({
      command: this.#program.command,
      args: [...this.#program.args, ...words],
      env: sshEnvironment(variables, processes.canAsk),
      address: this.location,
      timeoutMs,
      maxErrorBytes: ERROR_BYTES,
    });
    this.#open.add(connection);
    return connection;
  }

  /** A server that dies in the middle says why on standard error, and some refuse a commit there alone. */
  async *#answer({ connection, conversation }: Talk): AsyncGenerator<Uint8Array> {
    yield* conversation.answer();
    if (conversation.isWhole) return;
    const end = await connection.finish();
    if (end.exitCode === 0) return;
    if (/not our ref|upload-pack: /.test(end.errors)) throw new GitServerRefused(this.location, lastWords(end.errors));
    throw sshFault(this.#address, end, this.#program);
  }
}
