import type { Runtime } from '../runtime.ts';
import { NotInstalled } from './not-installed.ts';

export interface PinRequest {
  readonly refs: readonly string[];
  /** False to unpin. */
  readonly pinned: boolean;
  readonly dryRun: boolean;
}

export interface PinReceipt {
  /** Present for a dry run. */
  readonly dry_run?: true;
  /** In the order of the request. */
  readonly packs: readonly {
    readonly ref: string;
    readonly version: string;
    readonly pinned: boolean;
    /** False if the pack already was in the requested state. */
    readonly changed: boolean;
  }[];
}

/** Pins or unpins packs: all of them, or none. @throws NotInstalled */
export async function pinPacks(request: PinRequest, runtime: Pick<Runtime, 'store'>): Promise<PinReceipt> {
  const { pinned } = request;
  const store = await runtime.store();
  const refs = [...new Set(request.refs)];
  assertInstalled(refs, store.versions());
  const receipt = (versions: ReadonlyMap<string, string>, changed: readonly string[]): PinReceipt => ({
    packs: refs.map((ref) => ({ ref, version: versions.get(ref) ?? '', pinned, changed: changed.includes(ref) })),
  });
  if (request.dryRun) {
    const changed = store.graph().filter((node) => node.pinned !== pinned);
    const refsToChange = changed.map(({ ref }) => ref);
    return { dry_run: true, ...receipt(store.versions(), refsToChange) };
  }
  return store.write((writer) => {
    const versions = writer.versions();
    assertInstalled(refs, versions);
    return receipt(versions, writer.pin(refs, pinned));
  });
}

function assertInstalled(refs: readonly string[], installed: ReadonlyMap<string, string>): void {
  const missing = refs.filter((ref) => !installed.has(ref));
  if (missing.length > 0) throw new NotInstalled(missing, [...installed.keys()]);
}
