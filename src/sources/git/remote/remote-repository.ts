import type { Limits } from '../../../limits.ts';
import type { Activity, Reporter } from '../../../platform/reporter.ts';
import { CorruptObject, peelToCommit, UnpackingBudget } from '../objects/objects.ts';
import { ReceivedPackfile } from '../objects/packfile/received-packfile.ts';
import {
  AmbiguousCommit,
  checkRefSpec,
  commitDigits,
  EmptyRepository,
  NotACommit,
  refCandidates,
  UnknownGitRef,
} from '../refs.ts';
import type { FoundCommit, GitRepository } from '../repository.ts';
import { GitServerRefused, patiently, receivePack, uploadRequest } from './protocol.ts';

export interface AdvertisedRef {
  /** Its full name, or `HEAD`. */
  readonly name: string;
  readonly id: string;
  /** For an annotated tag, what it is a tag of. */
  readonly peeled: string | undefined;
}

export interface Advertisement {
  readonly refs: readonly AdvertisedRef[];
  readonly capabilities: ReadonlySet<string>;
}

/** A connection to `git upload-pack`, over whatever. */
export interface UploadPack {
  /** Without user info, for messages. */
  readonly location: string;
  advertisement(): Promise<Advertisement>;
  /** One request and the stream of its answer; may be called more than once. */
  exchange(request: Buffer): Promise<AsyncIterable<Uint8Array>>;
}

/** A repository behind a server: names are looked up in what it advertises, then as little as possible is fetched. */
export function openRemoteRepository(server: UploadPack, tools: RemoteTools): GitRepository {
  const { location } = server;
  return { location, find: (refSpec) => new RemoteSearch(server, tools).find(refSpec) };
}

interface RemoteTools {
  readonly reporter: Reporter;
  /** The fetching, which is told how much has come. */
  readonly activity: Activity;
  readonly limits: Limits;
  /** An existing directory for what is fetched, until it is written. */
  readonly scratch: string;
  /** Milliseconds for which a server may be silent. */
  readonly timeoutMs: number;
}

class RemoteSearch {
  readonly #server: UploadPack;
  readonly #tools: RemoteTools;

  constructor(server: UploadPack, tools: RemoteTools) {
    this.#server = server;
    this.#tools = tools;
  }

  async find(refSpec: string | undefined): Promise<FoundCommit> {
    if (refSpec !== undefined) checkRefSpec(refSpec);
    const advertisement = await this.#server.advertisement();
    const names = branchesAndTags(advertisement.refs).map(({ name }) => name);
    if (advertisement.refs.length === 0) throw new EmptyRepository(this.#server.location, names);
    const tip = this.#tip(refSpec ?? 'HEAD', advertisement.refs);
    if (tip !== undefined) return this.#fetchAdvertised(tip, refSpec ?? 'HEAD', advertisement);
    if (refSpec === undefined) throw new EmptyRepository(this.#server.location, names);
    const digits = commitDigits(refSpec);
    if (digits === undefined) throw new UnknownGitRef(refSpec, this.#server.location, names);
    return this.#fetchCommit(digits, refSpec, advertisement);
  }

  /** The id that is advertised under a name, or that begins with the given digits. A full id is never a name. */
  #tip(refSpec: string, refs: readonly AdvertisedRef[]): string | undefined {
    const digits = commitDigits(refSpec);
    if (digits?.length !== 40) {
      for (const name of refCandidates(refSpec)) {
        const ref = refs.find((candidate) => candidate.name === name);
        if (ref !== undefined) return ref.id;
      }
    }
    if (digits === undefined) return undefined;
    // A peeled id is asked for by way of its tag: only what is advertised is sure to be served.
    const tips = new Map(refs.map(({ id, peeled }) => [peeled ?? id, id] as const));
    for (const { id } of refs) if (id.startsWith(digits) && !tips.has(id)) tips.set(id, id);
    const matches = [...tips.keys()].filter((id) => id.startsWith(digits));
    if (matches.length > 1) throw new AmbiguousCommit(refSpec, this.#server.location, matches);
    return matches[0] === undefined ? undefined : tips.get(matches[0]);
  }

  /** A tip that somebody has moved since it was advertised may be refused; then it is looked up once more. */
  async #fetchAdvertised(id: string, refSpec: string, advertisement: Advertisement): Promise<FoundCommit> {
    try {
      return await this.#fetchTip(id, refSpec, advertisement);
    } catch (error) {
      if (!(error instanceof GitServerRefused)) throw error;
      const now = await this.#server.advertisement();
      const tip = this.#tip(refSpec, now.refs);
      if (tip === undefined || tip === id) throw error;
      return this.#fetchTip(tip, refSpec, now);
    }
  }

  async #fetchTip(id: string, refSpec: string, advertisement: Advertisement): Promise<FoundCommit> {
    const pack = await this.#fetch([id], 1, advertisement);
    return foundIn(pack, () => {
      if (pack.measure(id) === undefined) throw new CorruptObject('the fetched pack', `does not have ${id}, as asked`);
      const commit = peelToCommit(pack, id);
      if (commit === undefined) throw new NotACommit(refSpec, this.#server.location);
      return commit;
    });
  }

  /** A commit that is no tip: many servers serve it alone, the others only as a part of all their history. */
  async #fetchCommit(digits: string, refSpec: string, advertisement: Advertisement): Promise<FoundCommit> {
    const { location } = this.#server;
    let refused: GitServerRefused | undefined;
    if (digits.length === 40) {
      try {
        return await this.#fetchTip(digits, refSpec, advertisement);
      } catch (error) {
        if (!(error instanceof GitServerRefused)) throw error;
        refused = error;
      }
    }
    const tips = branchesAndTags(advertisement.refs);
    this.#tools.reporter.note(`${location} is fetched with its history, to look for commit ${digits}.`);
    const pack = await this.#fetch(
      tips.map(({ id }) => id),
      undefined,
      advertisement,
    );
    return foundIn(pack, () => {
      const commits = pack.idsWithPrefix(digits).filter((id) => pack.measure(id)?.kind === 'commit');
      if (commits.length > 1) throw new AmbiguousCommit(refSpec, location, commits);
      const names = tips.map(({ name }) => name);
      if (commits[0] === undefined) throw new UnknownGitRef(refSpec, location, names, refused?.words);
      return commits[0];
    });
  }

  async #fetch(
    wants: readonly string[],
    depth: 1 | undefined,
    { capabilities }: Advertisement,
  ): Promise<ReceivedPackfile> {
    const { limits, scratch, activity, timeoutMs } = this.#tools;
    const history = depth === undefined || !capabilities.has('shallow');
    using unpacking = this.#tools.reporter.activity(`Unpacking ${this.#server.location}`);
    using closing = new DisposableStack();
    const pack = closing.use(
      new ReceivedPackfile({
        scratch,
        budget: new UnpackingBudget(limits, history),
        keptBytes: limits.unpackedBytes,
        onObjects: (done, total) => unpacking.progress(done, total, 'objects'),
      }),
    );
    let bytes = 0;
    const write = (piece: Buffer) => {
      bytes += piece.length;
      activity.progress(bytes, undefined, 'bytes');
      pack.write(piece);
    };
    const { location: repository } = this.#server;
    const answer = await this.#server.exchange(uploadRequest(wants, depth, capabilities));
    await receivePack(patiently(answer, repository, timeoutMs), { repository, maxBytes: limits.archiveBytes, write });
    pack.finish();
    closing.move();
    return pack;
  }
}

/** @param choose picks the commit out of the pack, which is closed when it throws */
function foundIn(pack: ReceivedPackfile, choose: () => string): FoundCommit {
  using closing = new DisposableStack();
  closing.use(pack);
  const commit = choose();
  const open = closing.move();
  const keep = () => (pack.onlyCommit === commit ? pack.keep() : undefined);
  return { commit, objects: pack, keep, [Symbol.dispose]: () => open.dispose() };
}

function branchesAndTags(refs: readonly AdvertisedRef[]): AdvertisedRef[] {
  return refs.filter(({ name }) => /^refs\/(heads|tags)\//.test(name));
}
