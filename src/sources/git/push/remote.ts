/**
 * Fetches from and pushes to a repository with isomorphic-git, which receives a made-up URL and an HTTP client that attune
 * answers: the same code serves https, ssh and repositories on this machine, and the library sees no credentials.
 */
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { oneLine } from '../../../documents/problems.ts';
import { AttuneError, reasonOf } from '../../../errors.ts';
import { fileSystemForLibraries as fs } from '../../../platform/files/read.ts';
import type { SafeUrl } from '../../../platform/safe-url.ts';
import type { GitService } from '../remote/advertisement.ts';
import { BranchNotFound, PushRefused, RefMoved, UnexpectedResponse } from './errors.ts';
import type { PushTools, ServiceConnection } from './service.ts';
import { openService } from './transport.ts';

const URL_FOR_LIBRARY = 'https://repository.invalid/pack';
const MAX_RESPONSE_BYTES = 512 * 1024 * 1024;
const MAX_MESSAGE_LINES = 20;

export interface RemoteBranch {
  /** `refs/heads/main` */
  readonly ref: string;
  /** The id of its commit; `undefined` in a repository without commits. */
  readonly commit: string | undefined;
}

/** A repository to push to. */
export class Remote {
  readonly #url: SafeUrl;
  readonly #gitdir: string;
  readonly #tools: PushTools;

  /** @param gitdir a local repository, in which fetched objects are stored and from which commits are pushed */
  constructor(url: SafeUrl, gitdir: string, tools: PushTools) {
    this.#url = url;
    this.#gitdir = gitdir;
    this.#tools = tools;
  }

  /**
   * Fetches the tip of a branch, without its history.
   * @param branch `undefined` for the default branch
   * @throws BranchNotFound; the errors of the connection
   */
  async fetch(branch: string | undefined): Promise<RemoteBranch> {
    const { init, addRemote, fetch } = await import('isomorphic-git');
    const gitdir = this.#gitdir;
    await init({ fs, gitdir, bare: true });
    await addRemote({ fs, gitdir, remote: 'origin', url: URL_FOR_LIBRARY });
    return this.#connected('git-upload-pack', async (http) => {
      const ref = branch === undefined ? undefined : `refs/heads/${branch}`;
      try {
        const options = { depth: 1, singleBranch: true, tags: false, ...(ref !== undefined && { ref }) };
        const found = await fetch({ fs, http, gitdir, url: URL_FOR_LIBRARY, remote: 'origin', ...options });
        return { ref: ref ?? found.defaultBranch ?? 'refs/heads/main', commit: found.fetchHead ?? undefined };
      } catch (error) {
        if (!isNamed(error, 'NotFoundError')) throw error;
        throw new BranchNotFound(this.#url, branch);
      }
    });
  }

  /**
   * Pushes a commit, or the tag of one.
   * @param localRef the full name of a ref of the local repository
   * @param remoteRef the full name of the ref to update
   * @throws RefMoved, PushRefused; the errors of the connection
   */
  async push(localRef: string, remoteRef: string): Promise<void> {
    const { push } = await import('isomorphic-git');
    const messages: string[] = [];
    await this.#connected('git-receive-pack', async (http) => {
      try {
        await push({
          fs,
          http,
          gitdir: this.#gitdir,
          url: URL_FOR_LIBRARY,
          remote: 'origin',
          ref: localRef,
          remoteRef,
          onMessage: (line) => void messages.push(line.trimEnd()),
        });
      } catch (error) {
        throw this.#pushError(error, remoteRef, messages);
      }
    });
  }

  #pushError(error: unknown, ref: string, messages: readonly string[]): unknown {
    if (isNamed(error, 'PushRejectedError')) return new RefMoved(reasonOf(error));
    if (!isNamed(error, 'GitPushError')) return error;
    const { result } = (error as { readonly data?: { readonly result?: PushResult } }).data ?? {};
    const reason = result?.error ?? result?.refs?.[ref]?.error ?? reasonOf(error);
    if (MOVED.test(reason)) return new RefMoved(reason);
    const words = [...messages.filter((line) => line.trim() !== '').slice(-MAX_MESSAGE_LINES), reason];
    return new PushRefused(this.#url, ref, words.map((line) => this.#url.redact(oneLine(line))).join('\n'));
  }

  /**
   * Runs a call of the library and closes its connections. The library takes an error within a response for its end, so the
   * error is kept.
   * @throws UnexpectedResponse for an error of the library itself
   */
  async #connected<T>(service: GitService, work: (http: HttpClient) => Promise<T>): Promise<T> {
    await using connection = openService(this.#url, service, this.#tools);
    const response = new ResponseState();
    try {
      const result = await work({ request: (request) => respond(connection, request, response) });
      // The server runs its last hooks after the library has read what it needs; closing the connection would end them.
      await response.end();
      return result;
    } catch (error) {
      if (response.failure !== undefined) throw response.failure;
      if (error instanceof AttuneError || error instanceof RefMoved) throw error;
      throw new UnexpectedResponse(this.#url, error);
    }
  }
}

interface PushResult {
  readonly error?: string;
  readonly refs?: Readonly<Record<string, { readonly error?: string }>>;
}

/** The reasons of git when another push was faster. */
const MOVED =
  /failed to update ref|cannot lock ref|failed to lock|fetch first|non-fast-forward|incorrect old value|reference already exists|stale info/i;

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && 'code' in error && error.code === name;
}

async function respond(
  connection: ServiceConnection,
  { url, method = 'GET', body }: GitHttpRequest,
  response: ResponseState,
): Promise<GitHttpResponse> {
  const service = /git-(?:upload|receive)-pack/.exec(url)?.[0] ?? '';
  const isGet = method === 'GET';
  const content = isGet ? [await connection.rawAdvertisement()] : await connection.exchange(await collect(body));
  const type = `application/x-${service}-${isGet ? 'advertisement' : 'result'}`;
  const headers = { 'content-type': type };
  return { url, method, statusCode: 200, statusMessage: 'OK', body: response.track(content), headers };
}

async function collect(body: unknown): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Observes the responses that the library reads. */
class ResponseState {
  /** The error that ended a response. */
  failure: unknown;
  #ended: Promise<void> = Promise.resolve();

  /** Waits until the last response was received to its end. */
  end(): Promise<void> {
    return this.#ended;
  }

  track(content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    return this.#read(content, resolve);
  }

  async *#read(
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    onEnd: () => void,
  ): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of content) {
        bytes += chunk.length;
        if (bytes > MAX_RESPONSE_BYTES)
          throw new AttuneError('INVALID_GIT_SIZE', 'The git server sends too much data.', {
            hint: 'Check the URL: a branch of a registry is much smaller.',
          });
        // The library keeps the chunks.
        yield Uint8Array.from(chunk);
      }
    } catch (error) {
      this.failure = error;
      throw error;
    } finally {
      onEnd();
    }
  }
}
