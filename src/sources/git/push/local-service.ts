import { AttuneError } from '../../../errors.ts';
import type { Connection } from '../../../platform/processes/types.ts';
import { findGitDirectories } from '../local/git-directories.ts';
import { gitVariables } from '../program.ts';
import { collectAdvertisement, type GitService } from '../remote/advertisement.ts';
import { UploadPackSession } from '../remote/ssh/session.ts';
import { lastLines } from '../remote/ssh/ssh-error.ts';
import type { PushTools, ServiceConnection } from './service.ts';

const MAX_ERROR_BYTES = 16 * 1024;
const FLUSH_PACKET = Buffer.from('0000');

class NoGitProgram extends AttuneError {
  constructor(path: string) {
    super('DEPENDENCY_GIT', `Pushing to '${path}' requires the git program, and none was found on the PATH.`, {
      facts: { path },
      hint: 'Install git, which runs the hooks of the repository; or push over https or ssh.',
    });
  }
}

class NoRepository extends AttuneError {
  constructor(path: string) {
    super('NOT_FOUND_GIT_REPOSITORY', `There is no git repository at '${path}'.`, {
      facts: { path },
      hint: 'Check the path, or create the repository with: git init --bare PATH',
    });
  }
}

class GitProgramFailed extends AttuneError {
  constructor(path: string, output: string) {
    super('NETWORK_REFUSED', `git refused the repository '${path}': ${output || 'it ended without a message'}`, {
      facts: { path, server_message: output },
      hint: 'Correct what the message of git names, then run the command again.',
    });
  }
}

/** A service of a repository on this machine. The git program serves it, so that the hooks of the repository run. */
export class LocalService implements ServiceConnection {
  readonly #path: string;
  readonly #service: GitService;
  readonly #tools: PushTools;
  #open: { readonly connection: Connection; readonly session: UploadPackSession } | undefined;

  constructor(path: string, service: GitService, tools: PushTools) {
    this.#path = path;
    this.#service = service;
    this.#tools = tools;
  }

  /** @throws NoGitProgram, NoRepository, GitProgramFailed */
  async rawAdvertisement(): Promise<Buffer> {
    if (findGitDirectories(this.#path) === undefined) throw new NoRepository(this.#path);
    const env = gitVariables(this.#tools.variables);
    if (this.#tools.processes.find('git', env['PATH']) === undefined) throw new NoGitProgram(this.#path);
    const connection = await this.#tools.processes.connect({
      command: 'git',
      args: [this.#service.slice('git-'.length), this.#path],
      env,
      address: this.#path,
      timeoutMs: this.#tools.timeoutMs,
      note: (text) => this.#tools.reporter.note(text),
      maxErrorBytes: MAX_ERROR_BYTES,
      local: true,
    });
    const session = new UploadPackSession(connection.output, this.#path, this.#service);
    this.#open = { connection, session };
    const advertisement = await collectAdvertisement(session.advertisement(), this.#path);
    if (session.isComplete) return advertisement;
    throw new GitProgramFailed(this.#path, lastLines((await connection.finish()).errors));
  }

  async exchange(request: Buffer): Promise<AsyncIterable<Uint8Array>> {
    if (this.#open === undefined) throw new Error('the advertisement comes first');
    const { connection, session } = this.#open;
    connection.write(request);
    connection.end();
    return session.response();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open?.connection.write(FLUSH_PACKET);
    await this.#open?.connection[Symbol.asyncDispose]();
  }
}
