/**
 * Fetches over ssh without a local git program. The user's own ssh handles configuration, agent, known hosts and jump
 * hosts, and runs `git-upload-pack` on the server; attune exchanges data with it over standard input and output.
 *
 * The server associates a request with the advertisement that precedes it, so a connection serves one advertisement and
 * one exchange. A second exchange opens another connection.
 */
import type { Connection } from '../../../../platform/processes/types.ts';
import type { SafeUrl } from '../../../../platform/safe-url.ts';
import type { SourceTools } from '../../../source.ts';
import type { GitRepository } from '../../repository.ts';
import { collectAdvertisement, type GitService, parseAdvertisement, SERVICE } from '../advertisement.ts';
import { GitServerRefused } from '../protocol.ts';
import { openRemoteRepository, type RemoteTools } from '../remote-repository.ts';
import type { Advertisement, UploadPack } from '../upload-pack.ts';
import { parseSshAddress, type SshAddress } from './address.ts';
import {
  buildSshArgs,
  buildSshEnvironment,
  quoteForShell,
  type SshProgram,
  type SshVariant,
  selectSshProgram,
} from './program.ts';
import { UploadPackSession } from './session.ts';
import { explainSshFailure, lastLines } from './ssh-error.ts';

export type SshTools = Pick<SourceTools, 'processes' | 'reporter' | 'timeoutMs' | 'variables'>;

/**
 * Opens a repository on an ssh server.
 * @param url see `parseSshAddress`
 * @throws InvalidSshAddress; its methods also throw GitSshError, NoPortForProgram and NetworkError
 */
export function openSshRepository(url: SafeUrl, tools: SshTools & RemoteTools): GitRepository {
  const address = parseSshAddress(url);
  return {
    location: address.location,
    async find(refSpec) {
      await using server = new SshService(address, tools);
      return await openRemoteRepository(server, tools).find(refSpec);
    },
    async tip(branch) {
      await using server = new SshService(address, tools);
      return await openRemoteRepository(server, tools).tip(branch);
    },
  };
}

/** The bytes of standard error that are retained: enough for a warning about a host key and the lines after it. */
const MAX_ERROR_BYTES = 16 * 1024;
/** The timeout of the program that is probed for the options of OpenSSH. */
const PROBE_TIMEOUT_MS = 10_000;
const FLUSH_PACKET = Buffer.from('0000');

interface OpenSession {
  readonly connection: Connection;
  readonly session: UploadPackSession;
}

/** A service of git on an ssh server. */
export class SshService implements UploadPack, AsyncDisposable {
  readonly location: string;
  readonly #service: GitService;
  readonly #address: SshAddress;
  readonly #tools: SshTools;
  readonly #program: SshProgram;
  #variant: SshVariant | undefined;
  readonly #connections = new Set<Connection>();
  /** A session that has sent its advertisement and expects the request. */
  #advertised: OpenSession | undefined;

  constructor(address: SshAddress, tools: SshTools, service: GitService = SERVICE) {
    this.#service = service;
    this.location = address.location;
    this.#address = address;
    this.#tools = tools;
    this.#program = selectSshProgram(tools.variables);
    this.#variant = this.#program.variant;
  }

  async advertisement(): Promise<Advertisement> {
    const { advertisement } = await this.#openSession();
    return parseAdvertisement(advertisement, this.location);
  }

  /** Returns the advertisement in the form of smart HTTP. */
  async rawAdvertisement(): Promise<Buffer> {
    return (await this.#openSession()).advertisement;
  }

  async exchange(request: Buffer): Promise<AsyncIterable<Uint8Array>> {
    const open = this.#advertised ?? (await this.#openSession()).open;
    this.#advertised = undefined;
    open.connection.write(request);
    open.connection.end();
    return this.#readResponse(open);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A flush packet ends a session without a request.
    this.#advertised?.connection.write(FLUSH_PACKET);
    await Promise.all([...this.#connections].map((connection) => connection[Symbol.asyncDispose]()));
  }

  /** Opens a connection and reads the advertisement. */
  async #openSession(): Promise<{ open: OpenSession; advertisement: Buffer }> {
    this.#variant ??= await this.#probeVariant();
    const remoteCommand = `${this.#service} ${quoteForShell(this.#address.path)}`;
    const { canPrompt } = this.#tools.processes;
    const connection = await this.#connect(buildSshArgs(this.#address, this.#variant, { canPrompt, remoteCommand }));
    const session = new UploadPackSession(connection.output, this.location, this.#service);
    const advertisement = await collectAdvertisement(session.advertisement(), this.location);
    if (!session.isComplete) throw explainSshFailure(this.#address, await connection.finish(), this.#program);
    const open = { connection, session };
    this.#advertised = open;
    return { open, advertisement };
  }

  /** Detects like git whether a program accepts the options of OpenSSH: it is run with the option that prints its configuration. */
  async #probeVariant(): Promise<SshVariant> {
    const args = buildSshArgs(this.#address, 'ssh', { canPrompt: false, remoteCommand: 'true' });
    await using connection = await this.#connect(['-G', ...args], PROBE_TIMEOUT_MS);
    connection.end();
    try {
      for await (const _ of connection.output);
    } catch {
      return 'simple';
    }
    return (await connection.finish()).exitCode === 0 ? 'ssh' : 'simple';
  }

  async #connect(args: readonly string[], timeoutMs = this.#tools.timeoutMs): Promise<Connection> {
    const { processes, variables } = this.#tools;
    const connection = await processes.connect({
      command: this.#program.command,
      args: [...this.#program.args, ...args],
      env: buildSshEnvironment(variables, processes.canPrompt),
      address: this.location,
      timeoutMs,
      note: (text) => this.#tools.reporter.note(text),
      maxErrorBytes: MAX_ERROR_BYTES,
    });
    this.#connections.add(connection);
    return connection;
  }

  /** Yields the response. A server that fails in between, or refuses a commit, may report it on standard error alone. */
  async *#readResponse({ connection, session }: OpenSession): AsyncGenerator<Uint8Array> {
    yield* session.response();
    if (session.isComplete) return;
    const end = await connection.finish();
    if (end.exitCode === 0) return;
    if (/not our ref|upload-pack: /.test(end.errors)) {
      throw new GitServerRefused(this.location, lastLines(end.errors));
    }
    throw explainSshFailure(this.#address, end, this.#program);
  }
}
