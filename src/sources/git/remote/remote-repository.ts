import type { Limits } from '../../../limits.ts';
import type { GitRefType } from '../../../packs/provenance.ts';
import type { Activity, Reporter } from '../../../platform/reporter.ts';
import { CorruptObject, peelToCommit, UnpackingBudget } from '../objects/objects.ts';
import { ReceivedPackfile } from '../objects/packfile/received-packfile.ts';
import {
  AmbiguousCommit,
  ambiguityWarning,
  branchCandidates,
  checkRefSpec,
  commitDigits,
  EmptyRepository,
  NotACommit,
  refCandidates,
  refTypeOf,
  UnknownBranch,
  UnknownGitRef,
} from '../refs.ts';
import type { FoundCommit, GitRepository } from '../repository.ts';
import { formatFetchRequest, GitServerRefused, receivePackfile } from './protocol.ts';
import type { AdvertisedRef, Advertisement, UploadPack } from './upload-pack.ts';

/** Opens a repository on a server. Resolves ref specs with the advertised refs, and fetches as little as possible. */
export function openRemoteRepository(server: UploadPack, tools: RemoteTools): GitRepository {
  const { location } = server;
  return {
    location,
    find: (refSpec) => new CommitFinder(server, tools).find(refSpec),
    tip: (branch) => findTip(server, branch),
  };
}

export interface RemoteTools {
  readonly reporter: Reporter;
  /** Shows the progress of the fetch in received bytes. */
  readonly activity: Activity;
  readonly limits: Limits;
  /** An existing directory that holds the packfile until the files of the commit are written. */
  readonly scratch: string;
}

async function findTip(server: UploadPack, branch = 'HEAD'): Promise<string> {
  checkRefSpec(branch);
  const { location } = server;
  const { refs } = await server.advertisement();
  const names = branchesAndTags(refs).map(({ name }) => name);
  const candidates = branchCandidates(branch);
  const ref = candidates.flatMap((name) => refs.find((one) => one.name === name) ?? [])[0];
  if (ref !== undefined) return ref.peeled ?? ref.id;
  throw branch === 'HEAD' ? new EmptyRepository(location, names) : new UnknownBranch(branch, location, names);
}

/** An advertised ref or commit that a ref spec stands for. */
interface Tip {
  /** The id to request. */
  readonly id: string;
  readonly refType: GitRefType;
}

class CommitFinder {
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
    const tip = this.#findTip(refSpec ?? 'HEAD', advertisement.refs);
    if (tip !== undefined) {
      const found = await this.#fetchAdvertised(tip, refSpec ?? 'HEAD', advertisement);
      const warning = this.#findAmbiguity(refSpec ?? 'HEAD', advertisement.refs);
      return Object.assign(found, { warning, refType: tip.refType });
    }
    if (refSpec === undefined) throw new EmptyRepository(this.#server.location, names);
    const digits = commitDigits(refSpec);
    if (digits === undefined) throw new UnknownGitRef(refSpec, this.#server.location, names);
    return this.#fetchCommit(digits, refSpec, advertisement);
  }

  #findAmbiguity(refSpec: string, refs: readonly AdvertisedRef[]): string | undefined {
    const [tag, branch] = [`refs/tags/${refSpec}`, `refs/heads/${refSpec}`].map((name) => {
      const ref = refs.find((candidate) => candidate.name === name);
      return ref && (ref.peeled ?? ref.id);
    });
    return ambiguityWarning(refSpec, this.#server.location, tag, branch);
  }

  /** Returns the advertised id that has the given name or begins with the given digits. 40 digits are always an id. */
  #findTip(refSpec: string, refs: readonly AdvertisedRef[]): Tip | undefined {
    const digits = commitDigits(refSpec);
    if (digits?.length !== 40) {
      for (const name of refCandidates(refSpec)) {
        const ref = refs.find((candidate) => candidate.name === name);
        if (ref !== undefined) return { id: ref.id, refType: refTypeOf(name) };
      }
    }
    if (digits === undefined) return undefined;
    // A peeled id is requested by the id of its tag: servers guarantee to send advertised ids only.
    const tips = new Map(refs.map(({ id, peeled }) => [peeled ?? id, id] as const));
    for (const { id } of refs) if (id.startsWith(digits) && !tips.has(id)) tips.set(id, id);
    const matches = [...tips.keys()].filter((id) => id.startsWith(digits));
    if (matches.length > 1) throw new AmbiguousCommit(refSpec, this.#server.location, matches);
    return matches[0] === undefined ? undefined : { id: tips.get(matches[0])!, refType: 'commit' };
  }

  /** Fetches an advertised tip. A server may refuse a tip that has moved since; it is then resolved once more. */
  async #fetchAdvertised({ id }: Tip, refSpec: string, advertisement: Advertisement): Promise<FoundCommit> {
    try {
      return await this.#fetchTip(id, refSpec, advertisement);
    } catch (error) {
      if (!(error instanceof GitServerRefused)) throw error;
      const updated = await this.#server.advertisement();
      const tip = this.#findTip(refSpec, updated.refs);
      if (tip === undefined || tip.id === id) throw error;
      return this.#fetchTip(tip.id, refSpec, updated);
    }
  }

  async #fetchTip(id: string, refSpec: string, advertisement: Advertisement): Promise<FoundCommit> {
    const packfile = await this.#fetch([id], 1, advertisement);
    return selectCommit(packfile, () => {
      if (packfile.stat(id) === undefined) {
        throw new CorruptObject('the fetched packfile', `lacks the requested object ${id}`);
      }
      const commit = peelToCommit(packfile, id);
      if (commit === undefined) throw new NotACommit(refSpec, this.#server.location);
      return commit;
    });
  }

  /** Fetches a commit that is not a tip. Many servers send it alone; from others the whole history must be fetched. */
  async #fetchCommit(digits: string, refSpec: string, advertisement: Advertisement): Promise<FoundCommit> {
    let refusal: GitServerRefused | undefined;
    if (digits.length === 40) {
      try {
        return await this.#fetchTip(digits, refSpec, advertisement);
      } catch (error) {
        if (!(error instanceof GitServerRefused)) throw error;
        refusal = error;
      }
    }
    return this.#fetchFromHistory(digits, refSpec, advertisement, refusal);
  }

  async #fetchFromHistory(
    digits: string,
    refSpec: string,
    advertisement: Advertisement,
    refusal: GitServerRefused | undefined,
  ): Promise<FoundCommit> {
    const { location } = this.#server;
    const tips = branchesAndTags(advertisement.refs);
    this.#tools.reporter.note(`Fetching ${location} with its history to find commit ${digits}.`);
    const ids = tips.map(({ id }) => id);
    const packfile = await this.#fetch(ids, undefined, advertisement);
    return selectCommit(packfile, () => {
      const commits = packfile.idsWithPrefix(digits).filter((id) => packfile.stat(id)?.kind === 'commit');
      if (commits.length > 1) throw new AmbiguousCommit(refSpec, location, commits);
      const names = tips.map(({ name }) => name);
      if (commits[0] === undefined) throw new UnknownGitRef(refSpec, location, names, refusal?.serverMessage);
      return commits[0];
    });
  }

  async #fetch(
    wants: readonly string[],
    depth: 1 | undefined,
    { capabilities }: Advertisement,
  ): Promise<ReceivedPackfile> {
    const { limits, scratch, activity } = this.#tools;
    const { location: repository } = this.#server;
    const hasHistory = depth === undefined || !capabilities.has('shallow');
    using unpacking = this.#tools.reporter.activity(`Unpacking ${repository}`);
    using cleanup = new DisposableStack();
    const packfile = cleanup.use(
      new ReceivedPackfile({
        scratch,
        budget: new UnpackingBudget(limits, hasHistory),
        spillBytes: limits.unpackedBytes,
        onObjects: (done, total) => unpacking.progress(done, total, 'objects'),
      }),
    );
    let bytes = 0;
    const write = (chunk: Buffer) => {
      bytes += chunk.length;
      activity.progress(bytes, undefined, 'bytes');
      packfile.write(chunk);
    };
    const response = await this.#server.exchange(formatFetchRequest(wants, depth, capabilities));
    await receivePackfile(response, { repository, maxBytes: limits.archiveBytes, write });
    packfile.finish();
    cleanup.move();
    return packfile;
  }
}

/** @param select returns the id of the commit; the packfile is disposed if it throws */
function selectCommit(packfile: ReceivedPackfile, select: () => string): FoundCommit {
  using cleanup = new DisposableStack();
  cleanup.use(packfile);
  const commit = select();
  const resources = cleanup.move();
  const keep = () => (packfile.onlyCommit === commit ? packfile.keep() : undefined);
  return { commit, refType: 'commit', objects: packfile, keep, [Symbol.dispose]: () => resources.dispose() };
}

function branchesAndTags(refs: readonly AdvertisedRef[]): AdvertisedRef[] {
  return refs.filter(({ name }) => /^refs\/(heads|tags)\//.test(name));
}
