/** Resource limits for untrusted packs, archives, indexes and repositories (SPEC section 9). Sizes are bytes. */
export interface Limits {
  readonly archiveBytes: number;
  readonly unpackedBytes: number;
  readonly fileBytes: number;
  readonly entries: number;
  readonly pathComponentBytes: number;
  readonly pathBytes: number;
  /** The unpacked size divided by the packed size. Checked once the unpacked size exceeds `ratioFreeBytes`. */
  readonly compressionRatio: number;
  readonly ratioFreeBytes: number;
  readonly indexBytes: number;
  readonly yamlBytes: number;
  /** The number of nodes that all aliases of a YAML document may expand to. */
  readonly yamlAliasedNodes: number;
  readonly redirects: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  archiveBytes: 100 * MIB,
  unpackedBytes: 500 * MIB,
  fileBytes: 100 * MIB,
  entries: 20_000,
  pathComponentBytes: 255,
  pathBytes: 4096,
  compressionRatio: 200,
  ratioFreeBytes: MIB,
  indexBytes: 100 * MIB,
  yamlBytes: MIB,
  yamlAliasedNodes: 20_000,
  redirects: 5,
};
