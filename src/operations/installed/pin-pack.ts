import type { Runtime } from '../runtime.ts';
import { NotInstalled } from './not-installed.ts';

export interface PinRequest {
  readonly refs: readonly string[];
  /** False to unpin. */
  readonly pinned: boolean;
}

export interface PinReceipt {
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
export async function pinPacks({ refs, pinned }: PinRequest, runtime: Pick<Runtime, 'store'>): Promise<PinReceipt> {
  const store = await runtime.store();
  const named = [...new Set(refs)];
  assertInstalled(named, store.versions());
  return store.write((writer) => {
    const versions = writer.versions();
    assertInstalled(named, versions);
    const changed = writer.pin(named, pinned);
    return {
      packs: named.map((ref) => ({ ref, version: versions.get(ref) ?? '', pinned, changed: changed.includes(ref) })),
    };
  });
}

function assertInstalled(refs: readonly string[], installed: ReadonlyMap<string, string>): void {
  const missing = refs.filter((ref) => !installed.has(ref));
  if (missing.length > 0) throw new NotInstalled(missing, [...installed.keys()]);
}
